// The platforms of `gatewright card`, one file each: a platform adds its options to the command and writes its folder.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace gw::cli {

/// What every platform is asked for; each takes what it has.
struct CardRequest {
    std::filesystem::path bundle, output;
    std::optional<std::string> board;   ///< nothing: the platform's first
    std::uint32_t units = 1;            ///< compute units of a card
    std::optional<std::uint32_t> banks; ///< memory banks; none: the platform's own number
    bool hbm = false, force = false, json = false;
    bool sources_only = false; ///< compile nothing that stands in for the hardware
};

/// Writes the folder `request.output`, which is not there unless `request.force`, and says so.
using MakeCard = std::function<void(const CardRequest& request)>;

struct CardPlatform {
    const char* name;                ///< as --platform names it
    const char* what;                ///< for the help
    std::vector<std::string> boards; ///< names for --board
    /// Adds the platform's own options. @return what makes its folder once they are parsed
    MakeCard (*add)(CLI::App& command);
};

/// All but xrt, which is `card` itself.
CardPlatform alveo_platform();
CardPlatform ecp5_platform();
CardPlatform f2_platform();
CardPlatform zynq_platform();

} // namespace gw::cli
