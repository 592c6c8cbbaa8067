// The meaning of an import::Graph in binary64, layer by layer: what the model's own framework computes, without its
// rounding to float32. Quantisers are exact. Importers are tested with it, precision is calibrated on it, and every
// bound of error is measured against it. Kept plain.
#pragma once

#include <span>
#include <vector>

#include "import/graph.hpp"

namespace gw::floating {

using Values = std::vector<double>; ///< one event's tensor, row-major

/// One layer of one event, given its inputs' values. @param inputs one for each of layer.inputs
/// Throws support::Error (kind user) where an input cannot be (an embedding's index that is no entry).
Values evaluate_layer(const import::Graph& graph, const import::Layer& layer, const std::vector<const Values*>& inputs);

/// All layers of one event. @param inputs the model's inputs concatenated in the order of graph.inputs
/// @return by LayerId
std::vector<Values> evaluate_all(const import::Graph& graph, std::span<const double> inputs);

/// The model's outputs of one event, concatenated in the order of graph.outputs.
Values evaluate(const import::Graph& graph, std::span<const double> inputs);

/// Elements of all inputs (outputs) of one event.
std::size_t input_size(const import::Graph& graph);
std::size_t output_size(const import::Graph& graph);

} // namespace gw::floating
