// One layer of a pipelined datapath as logic: what its Verilog module (rtl/layer_module.hpp) says, after the first,
// plain steps of synthesis.
#pragma once

#include <cstdint>
#include <vector>

#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"
#include "estimate/arithmetic.hpp"
#include "estimate/logic.hpp"
#include "rtl/wiring.hpp"

namespace gw::estimate {

struct Design {
    const datapath::Graph& graph;
    const datapath::Pipeline& pipeline;
    const rtl::Wiring& wiring;
    Adders adders = Adders::expressions;
};

struct Module {
    Logic logic;
    std::uint64_t memories = 0; ///< block memories
    std::vector<Net> outputs;   ///< what other layers, or the core's output, take
};

/// @param layer index into Graph::layers
Module elaborate(const Design& design, std::uint32_t layer);

} // namespace gw::estimate
