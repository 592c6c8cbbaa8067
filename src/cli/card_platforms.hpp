// The platforms of `gatewright card`, one file each: a platform adds its options to the command and writes its folder.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "bundle/bundle.hpp"

namespace gw::cli {

/// What every platform is asked for.
struct CardRequest {
    std::filesystem::path bundle, output;
    std::uint32_t units = 1;            ///< compute units of a card
    std::optional<std::uint32_t> banks; ///< memory banks; none: the platform's own number
    bool hbm = false, force = false, json = false;
};

/// Writes the folder `request.output`, which is not there unless `request.force`, and says so.
using MakeCard = std::function<void(const CardRequest& request)>;

/// Adds a platform's own options. @return what makes its folder once they are parsed
MakeCard add_ecp5_card(CLI::App& command);
MakeCard add_alveo_card(CLI::App& command);

struct CardPlatform {
    const char* name; ///< as --platform names it
    const char* what;
    MakeCard (*add)(CLI::App& command);
};

/// All but xrt, which is `card` itself.
inline constexpr std::array<CardPlatform, 2> card_platforms{
    {{"ecp5", "a bitstream for a board with a Lattice ECP5, by open tools", add_ecp5_card},
     {"alveo", "a Vitis RTL kernel for Alveo cards", add_alveo_card}}};

} // namespace gw::cli
