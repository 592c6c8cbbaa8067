// Every layer and operator of the frameworks with what becomes of it, asked of the readers and of both numerics: no
// list of its own that could be wrong. docs/layers.md is this table.
#pragma once

#include <string>
#include <vector>

namespace gw::inspect {

/// A layer that is read; "yes", or why the numerics refuse its smallest example.
struct ReadLayer {
    std::string name, exact, hls4ml;
};
/// A layer that the framework knows and that is not read.
struct RefusedLayer {
    std::string name, reason;
};

struct LayerTable {
    std::string title; ///< the framework's name
    std::vector<ReadLayer> read;
    std::vector<RefusedLayer> refused;
};

/// Keras (layers, activations), quantising frameworks, ONNX.
std::vector<LayerTable> layer_tables();

std::string as_text(const std::vector<LayerTable>& tables);
std::string as_markdown(const std::vector<LayerTable>& tables);

} // namespace gw::inspect
