// A Keras model's configuration (JSON), walked layer by layer and call by call: Sequential and Functional models, in
// Keras 2's and Keras 3's writing, nested in each other, with layers used several times.
#pragma once

#include "import/keras_layer.hpp"

namespace gw::import {

/// Adds the model's layers to model.graph, inputs and outputs included. What is not understood goes to model.problems;
/// the result is meaningful only if none was added.
void read_keras_model(const Json& json, KerasModel& model, const KerasWeights& weights);

} // namespace gw::import
