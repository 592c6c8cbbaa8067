// Cells of a core, layer by layer, counted in a model of what synthesis does. No calibration yet.
#pragma once

#include <cstdint>
#include <vector>

#include "estimate/cover.hpp"
#include "estimate/elaborate.hpp"

namespace gw::estimate {

struct Cells {
    LutCounts luts{};             ///< of logic, by Role
    std::uint64_t chain_luts = 0; ///< of those that are parts of chains (three operands), under Role::sum too
    std::uint64_t ff = 0;
    std::uint64_t srl = 0;   ///< shift registers in LUTs
    std::uint64_t carry = 0; ///< bits of carry chains
    std::uint64_t bram = 0;  ///< block memories

    Cells& operator+=(const Cells& other);
};

Cells cells(const Module& module);
/// By layer of the graph.
std::vector<Cells> cells_by_layer(const datapath::Graph& graph, const datapath::Pipeline& pipeline, Adders adders);

} // namespace gw::estimate
