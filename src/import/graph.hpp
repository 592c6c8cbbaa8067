// Graph: what a model file says, in floating point, with the quantisers that it names. quantize/ makes a Network of it.
//
// Every layer has one input; layers stand in an order in which they can run. Shapes are without the event axis.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fixed/type.hpp"
#include "network/network.hpp"

namespace gw::import {

using network::Shape;

enum class LayerId : std::uint32_t {};

/// Constants of a file, row-major, all finite. Where the file quantises them, the values are the quantised ones and
/// `type` is one that holds every one of them exactly.
struct FloatArray {
    Shape shape;
    std::vector<double> values;
    std::optional<fixed::FixedType> type;
};

struct Input {};

/// output[j] = sum_i input[i] * weights[i, j] + bias[j].
struct Dense {
    FloatArray weights; ///< {inputs, outputs}
    std::optional<FloatArray> bias;
};

/// output = gamma * (input - mean) / sqrt(variance + epsilon) + beta; variance + epsilon > 0. All have the layer's
/// number of elements.
struct BatchNorm {
    std::vector<double> gamma, beta, mean, variance;
    double epsilon = 0;
};

/// output = input * scale + bias. One element, or the layer's number.
struct Scale {
    std::optional<FloatArray> scale, bias;
};

/// output = max(input, 0), at most `ceiling` (> 0) where given.
struct Relu {
    enum class Origin : std::uint8_t { activation, layer }; ///< an activation function, or Keras's layer ReLU
    std::optional<double> ceiling;
    Origin origin = Origin::activation;
};

/// output = input: a linear activation; a dropout, a flattening or an ONNX identity, which no hardware shows.
struct Linear {
    enum class Origin : std::uint8_t { activation, dropout, flatten, identity };
    Origin origin = Origin::identity;
};

/// output = input converted to a fixed-point type: one for all elements, or one each.
struct Quantise {
    std::vector<fixed::FixedType> types;
};

using LayerBody = std::variant<Input, Dense, BatchNorm, Scale, Relu, Linear, Quantise>;

struct Layer {
    std::string name;             ///< unique in the graph
    std::optional<LayerId> input; ///< none for Input
    Shape shape;                  ///< of its output
    LayerBody body;
};

enum class FileKind : std::uint8_t { keras, onnx };

struct Graph {
    std::string name;
    std::string file; ///< for messages
    FileKind kind = FileKind::keras;
    std::vector<Layer> layers; ///< LayerId indexes here
    std::vector<LayerId> inputs, outputs;

    const Layer& layer(LayerId id) const { return layers.at(static_cast<std::size_t>(id)); }
    LayerId add(Layer layer);
    /// How many layers and outputs read each layer.
    std::vector<std::size_t> uses() const;
};

} // namespace gw::import
