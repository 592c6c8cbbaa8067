// A Keras model's configuration (JSON): which layers it has and how they hang together. Weights come later
// (keras_weights.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/attributes.hpp"
#include "import/graph.hpp"

namespace gw::import {

/// One layer as configured; which members count depends on `class_name`.
struct KerasLayer {
    std::string class_name, name;
    std::vector<std::string> sources;  ///< names of the layers read
    Shape input_shape;                 ///< InputLayer, or the first layer of a Sequential model
    std::uint32_t units = 0;           ///< Dense
    bool use_bias = true;              ///< Dense
    bool center = true, scale = true;  ///< BatchNormalization
    double epsilon = 1e-3;             ///< BatchNormalization
    std::optional<int> axis;           ///< BatchNormalization
    std::string activation = "linear"; ///< Dense, Activation: linear, relu, relu6
    std::optional<double> max_value;   ///< ReLU
};

struct KerasConfig {
    std::string name;
    std::vector<KerasLayer> layers; ///< in the file's order
    std::vector<std::string> inputs, outputs;
};

/// What is not understood goes to `problems`; the result is meaningful only if none was added.
KerasConfig read_keras_config(const Json& model, Problems& problems);

} // namespace gw::import
