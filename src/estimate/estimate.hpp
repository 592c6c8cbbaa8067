// What a pipelined datapath will cost, in milliseconds and before any Verilog is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"
#include "estimate/device.hpp"
#include "plan/plan.hpp"

namespace gw::estimate {

/// A count, and the span that holds the real one for eight designs of ten.
struct Figure {
    double value = 0, low = 0, high = 0;
};

struct LayerEstimate {
    std::string name; ///< as in Graph::layers
    double lut = 0, ff = 0;
};

struct Estimate {
    Figure lut; ///< as synth::Resources counts them: logic, inverters and shift registers
    Figure ff;
    std::uint64_t srl = 0;    ///< shift registers in LUTs, among the LUTs
    std::uint64_t dsp = 0;    ///< none: products are made of adders
    std::uint64_t bram = 0;   ///< of large tables with a register before or behind
    std::uint32_t stages = 0; ///< exact
    double clock_ns = 0;      ///< the plan's
    double path_ns = 0;       ///< the slowest stage with its register, by the plan's delay model
    double fmax_mhz = 0;      ///< 1000 / path_ns
    double latency_ns = 0;    ///< stages * clock_ns
    std::vector<LayerEstimate> layers;

    bool meets_clock() const { return path_ns <= clock_ns + 1e-6; } // stages are cut in whole picoseconds
};

/// The pipeline is that of the plan (datapath::pipeline).
Estimate estimate(const datapath::Graph& graph, const datapath::Pipeline& pipeline, const plan::Plan& plan,
                  Family family = Family::ultrascale_plus);

/// How much of a device a design takes: shares of what it has.
struct Fit {
    double lut = 0, ff = 0, bram = 0; ///< of the estimate's value
    bool fits = false;                ///< even where the real counts are at the upper ends of their spans
};
Fit fit(const Estimate& estimate, const Device& device);

} // namespace gw::estimate
