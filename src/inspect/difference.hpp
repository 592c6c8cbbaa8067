// The same events by the float model, exact and hls4ml numerics, layer by layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/graph.hpp"
#include "network/network.hpp"
#include "support/array_io.hpp"

namespace gw::inspect {

/// Largest and mean |difference| over all events and elements.
struct Difference {
    double largest = 0, mean = 0;
};

struct LayerDifference {
    std::string layer, kind;
    double magnitude = 0; ///< the largest |value| of the float model
    /// Nothing where a network has no tensor of this layer's name and size: it was merged into another.
    std::optional<Difference> exact, hls4ml; ///< from the float model
    std::optional<Difference> between;       ///< of exact and hls4ml
};

/// @param exact, hls4ml either may be absent
/// @param rows shape {events, inputs of the graph}
std::vector<LayerDifference> compare(const import::Graph& graph, const network::Network* exact,
                                     const network::Network* hls4ml, const support::Array& rows);

} // namespace gw::inspect
