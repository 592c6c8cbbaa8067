#include "estimate/estimate.hpp"

#include <algorithm>

#include "estimate/calibration.hpp"
#include "estimate/cells.hpp"

namespace gw::estimate {

namespace {

/// value / real - 1 lies between the ends of the spread.
Figure with_span(double value, const Spread& error) {
    return {value, value / (1 + error.high), value / (1 + error.low)};
}

} // namespace

Estimate estimate(const datapath::Graph& graph, const datapath::Pipeline& pipeline, const plan::Plan& plan,
                  Family family) {
    const Calibration& factors = calibration();
    const bool primitives = plan.chain_operands == 3 && family == Family::ultrascale_plus;
    const auto layers = cells_by_layer(graph, pipeline, primitives ? Adders::primitives : Adders::expressions);
    Estimate result;
    double lut = 0, ff = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        LayerEstimate& layer = result.layers.emplace_back();
        layer.name = graph.layers[i];
        // chains of three operands are placed LUT by LUT: synthesis changes nothing about them
        const auto placed = static_cast<double>(layers[i].chain_luts);
        layer.lut = static_cast<double>(layers[i].srl) + placed * (1 - factors.luts[0]);
        for (std::size_t role = 0; role < role_count; ++role)
            layer.lut += factors.luts[role] * static_cast<double>(layers[i].luts[role]);
        layer.ff = factors.ff * static_cast<double>(layers[i].ff);
        lut += layer.lut;
        ff += layer.ff;
        result.srl += layers[i].srl;
        result.bram += layers[i].bram;
    }
    result.lut = with_span(lut, factors.lut_error);
    result.ff = with_span(ff, factors.ff_error);
    result.stages = pipeline.stages;
    result.clock_ns = plan.clock_ns;
    result.path_ns = datapath::longest_path(graph, pipeline, plan.delays) + plan.delays.register_overhead;
    result.fmax_mhz = 1000 / result.path_ns;
    result.latency_ns = pipeline.stages * plan.clock_ns;
    return result;
}

Fit fit(const Estimate& estimate, const Device& device) {
    const auto lut = static_cast<double>(device.lut), ff = static_cast<double>(device.ff);
    const double bram =
        static_cast<double>(estimate.bram) / static_cast<double>(std::max<std::uint64_t>(device.bram, 1));
    return {estimate.lut.value / lut, estimate.ff.value / ff, bram,
            estimate.lut.high <= lut && estimate.ff.high <= ff && estimate.bram <= device.bram};
}

} // namespace gw::estimate
