// What `gatewright card --platform NAME` makes: a row for each platform in card.cpp's table, a file for each function.
#pragma once

#include <filesystem>

namespace gw::cli {

struct CardRequest {
    std::filesystem::path bundle, output;
    bool force = false;
    bool json = false;
    bool emulation = true; ///< compile what stands in for the hardware here
};

struct CardPlatform {
    const char* name;
    const char* what; ///< for --help
    void (*make)(const CardRequest& request);
};

void make_f2_card(const CardRequest& request);

} // namespace gw::cli
