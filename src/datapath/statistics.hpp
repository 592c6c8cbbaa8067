// What a datapath is made of, counted exactly, and what that is likely to cost, estimated. No synthesis is run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"
#include "plan/plan.hpp"

namespace gw::datapath {

struct LayerStatistics {
    std::string name;              ///< as in Graph::layers
    std::uint64_t adders = 0;      ///< sums, differences, negations, comparisons
    std::uint64_t adder_bits = 0;  ///< bits of carry chain in them
    std::uint64_t conversions = 0; ///< conversions with logic: a rounding adder, a limiter
    std::uint64_t conversion_bits = 0;
    std::uint64_t rectifiers = 0; ///< max(x, 0), min(x, c) and choices between two values
    std::uint64_t rectifier_bits = 0;
    std::uint64_t multipliers = 0;     ///< of two values that both vary
    std::uint64_t multiplier_bits = 0; ///< width times width of their operands
    std::uint64_t tables = 0;
    std::uint64_t table_bits = 0;    ///< entries times width of a value
    std::uint64_t register_bits = 0; ///< of values made in this layer
    double lut_estimate = 0;         ///< ESTIMATE: LUT6 before the synthesiser's own optimisation
};

struct Statistics {
    std::vector<LayerStatistics> layers; ///< in the order of Graph::layers
    LayerStatistics total;               ///< named "total"
    std::uint32_t stages = 0;            ///< latency in clock cycles; exact
    double clock_ns = 0;                 ///< the plan's
    double path_ns = 0;    ///< ESTIMATE: longest path of a stage with register overhead, under the delay model
    double latency_ns = 0; ///< stages * clock_ns
};

Statistics statistics(const Graph& graph, const Pipeline& pipeline, const plan::Plan& plan);

/// Bits of carry chain of a sum or negation.
std::uint64_t adder_bits(const Graph& graph, const Node& node);

} // namespace gw::datapath
