// The Verilog module of one layer.
#pragma once

#include <cstdint>
#include <string>

#include "rtl/operation.hpp"
#include "rtl/wiring.hpp"

namespace gw::rtl {

struct LayerModule {
    std::string name;
    std::string text;                ///< the file; empty where the layer has nothing to do (only renames)
    bool clocked = false;            ///< has a port clk
    std::uint64_t register_bits = 0; ///< in it
};

struct Design {
    const datapath::Graph& graph;
    const datapath::Pipeline& pipeline;
    const Wiring& wiring;
    std::vector<std::uint32_t> input_offset; ///< of each input element in the word x
    std::uint32_t input_bits = 0;
    AdderStyle adders;
};

/// @param layer index into graph.layers; layer 0 has the port x
LayerModule layer_module(const Design& design, std::uint32_t layer, const std::string& core_name);

} // namespace gw::rtl
