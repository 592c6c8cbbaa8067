// What `gatewright card --platform` knows: a line each in card.cpp's table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace gw::cli {

/// What every platform is asked for; each takes what it needs.
struct CardRequest {
    std::filesystem::path bundle, output;
    std::string board;
    std::optional<std::uint32_t> stream_width; ///< bits
    bool force = false, json = false;
    bool sources_only = false; ///< nothing is compiled
};

struct CardPlatform {
    const char* name;
    const char* what;                  ///< for the help
    void (*write)(const CardRequest&); ///< makes request.output and prints what it made
};

void write_zynq_card(const CardRequest& request);

} // namespace gw::cli
