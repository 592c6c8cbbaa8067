// Graph: what a model file says, in floating point, with the quantisers that it names. floating/ evaluates it as its
// framework would; quantize/ makes a Network of it.
//
// Every layer has one output and any number of inputs; layers stand in an order in which they can run. Shapes are
// without the event axis, and images are channels-last, whatever the file had. Compound layers (MultiHeadAttention,
// Bidirectional, SeparableConv, nested models) are taken apart by the readers into the layers below.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fixed/type.hpp"
#include "import/layers.hpp"
#include "network/network.hpp"

namespace gw::import {

enum class LayerId : std::uint32_t {};

struct Layer {
    std::string name; ///< unique in the graph
    std::vector<LayerId> inputs;
    Shape shape; ///< of its output
    LayerBody body;
    std::string class_name =
        {}; ///< the file's word for it: "Conv2D", "QDense", "Gemm"; for messages and hls4ml's LayerType
};

enum class FileKind : std::uint8_t { keras, onnx };

struct Graph {
    std::string name;
    std::string file; ///< for messages
    FileKind kind = FileKind::keras;
    std::deque<Layer> layers; ///< LayerId indexes here; a reference to a layer stays valid while layers are added
    std::vector<LayerId> inputs, outputs;

    const Layer& layer(LayerId id) const { return layers.at(static_cast<std::size_t>(id)); }
    LayerId add(Layer layer);
    /// How many layers and outputs read each layer.
    std::vector<std::size_t> uses() const;
};

} // namespace gw::import
