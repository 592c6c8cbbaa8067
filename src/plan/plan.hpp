// Plan: how a Network is built. Nothing here may change a bit of any output (tests/verify/rtl_network_test.cpp checks
// it as a property).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace gw::plan {

/// A linear model of combinational delay, in ns, and first-order: it decides where registers go, and
/// docs/benchmarks.md shows how far from it open tools place. These figures are of a 16 nm UltraScale+ part, speed
/// grade -2; part.hpp has those of other families.
struct DelayModel {
    double adder = 0.45;             ///< LUT + net + carry entry of a two-input adder
    double carry_per_bit = 0.018;    ///< carry chain
    double mux = 0.30;               ///< one level of LUT and its net (saturation, rectifier)
    double register_overhead = 0.25; ///< clock-to-output + set-up + uncertainty
};

struct Plan {
    double clock_ns = 5.0;               ///< target clock period
    std::optional<std::uint32_t> stages; ///< exactly so many pipeline stages, instead of as many as the clock needs
    std::uint32_t extra_depth = 0;       ///< adder levels that constant multiplication may use above the minimum
    /// Operands that one carry chain adds up, 2 or 3. Three take LUTs with two outputs (six-input LUTs of Xilinx
    /// devices): half as many chains, each slower by a LUT.
    std::uint32_t chain_operands = 2;
    /// How many products of a layer share a multiplier, in designs that tensors travel through in beats (stream/): a
    /// layer takes as many clocks a frame, or position. The layers' own stand before the one of all.
    std::uint32_t reuse_factor = 1;
    std::map<std::string, std::uint32_t> layer_reuse;
    DelayModel delays;
    std::string part = "xcu250-figd2104-2L-e"; ///< named in generated projects; open synthesis maps to its family

    std::uint32_t reuse_of(const std::string& layer) const {
        const auto own = layer_reuse.find(layer);
        return own == layer_reuse.end() ? reuse_factor : own->second;
    }
};

} // namespace gw::plan
