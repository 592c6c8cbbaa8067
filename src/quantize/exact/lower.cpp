// Every layer becomes ops whose tensors hold the exact result, in the narrowest type that range inference proves
// sufficient. A quantiser behind a layer that no one else reads becomes the type of that layer's own tensor: the op
// casts once, to the same bits. Where a float model names no types, activations are rounded to a stated number of
// fraction bits; how far that can carry the outputs from the float model's is summed up layer by layer.
#include "quantize/exact/lower.hpp"

#include "quantize/exact/families.hpp"

namespace gw::quantize {

Quantised lower_exactly(const import::Graph& graph, const Options& options) {
    exact::Model model(graph, options);
    for (std::size_t i = 0; i < graph.layers.size(); ++i) {
        if (model.merged[i]) {
            model.values[i] = model.values[*model.merged[i]];
            continue;
        }
        exact::Site site(model, i);
        model.values[i] = std::visit([&](const auto& body) { return exact::lower(body, site); }, graph.layers[i].body);
    }
    Quantised out;
    model.builder.network.name = graph.name;
    model.builder.network.inputs.clear();
    for (const import::LayerId id : graph.inputs)
        model.builder.network.inputs.push_back(model.values[static_cast<std::size_t>(id)]->tensor);
    for (const import::LayerId id : graph.outputs) {
        const exact::Value value =
            exact::Site(model, static_cast<std::size_t>(id)).plain(*model.values[static_cast<std::size_t>(id)]);
        model.builder.network.outputs.push_back(value.tensor);
        out.error_bounds.push_back(value.error);
    }
    out.network = std::move(model.builder.network);
    out.notes = std::move(model.notes);
    return out;
}

} // namespace gw::quantize
