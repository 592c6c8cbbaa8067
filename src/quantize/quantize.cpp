#include "quantize/quantize.hpp"

#include "network/verify.hpp"
#include "quantize/exact/lower.hpp"
#include "quantize/hls4ml/lower.hpp"
#include "quantize/hls4ml_types.hpp"

namespace gw::quantize {

Quantised quantize(const import::Graph& graph, const Options& options) {
    if (options.config)
        import::require_names_match(*options.config, graph);
    Quantised out =
        options.numerics == Numerics::hls4ml ? lower_as_hls4ml(graph, options.config) : lower_exactly(graph, options);
    const Hls4mlTypes settings(options.config);
    for (const import::Layer& layer : graph.layers)
        if (const auto reuse = settings.reuse_factor(layer))
            out.reuse[layer.name] = *reuse;
    network::require_sound(out.network, graph.file);
    return out;
}

} // namespace gw::quantize
