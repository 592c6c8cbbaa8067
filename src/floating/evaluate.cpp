#include "floating/evaluate.hpp"

#include "floating/layers.hpp"
#include "support/error.hpp"

namespace gw::floating {
namespace {

std::size_t total(const import::Graph& graph, const std::vector<import::LayerId>& ids) {
    std::size_t sum = 0;
    for (const import::LayerId id : ids)
        sum += network::elements(graph.layer(id).shape);
    return sum;
}

} // namespace

Values evaluate_layer(const import::Graph& graph, const import::Layer& layer,
                      const std::vector<const Values*>& inputs) {
    const Context context{graph, layer, inputs};
    return std::visit(
        [&](const auto& body) -> Values {
            if constexpr (std::is_same_v<std::decay_t<decltype(body)>, import::Input>)
                throw support::internal_error("an input has no evaluation");
            else
                return compute(body, context);
        },
        layer.body);
}

std::vector<Values> evaluate_all(const import::Graph& graph, std::span<const double> inputs) {
    if (inputs.size() != input_size(graph))
        throw support::internal_error("an event of " + std::to_string(inputs.size()) + " values for a model with " +
                                      std::to_string(input_size(graph)) + " inputs");
    std::vector<Values> values(graph.layers.size());
    for (const import::LayerId id : graph.inputs) {
        const std::size_t size = network::elements(graph.layer(id).shape);
        values[static_cast<std::size_t>(id)].assign(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(size));
        inputs = inputs.subspan(size);
    }
    for (std::size_t i = 0; i < graph.layers.size(); ++i) {
        const import::Layer& layer = graph.layers[i];
        if (std::holds_alternative<import::Input>(layer.body))
            continue;
        std::vector<const Values*> read;
        for (const import::LayerId id : layer.inputs)
            read.push_back(&values[static_cast<std::size_t>(id)]);
        values[i] = evaluate_layer(graph, layer, read);
        if (values[i].size() != network::elements(layer.shape))
            throw support::internal_error("layer '" + layer.name + "' gives " + std::to_string(values[i].size()) +
                                          " values for a shape of " + std::to_string(network::elements(layer.shape)));
    }
    return values;
}

Values evaluate(const import::Graph& graph, std::span<const double> inputs) {
    const std::vector<Values> values = evaluate_all(graph, inputs);
    Values result;
    for (const import::LayerId id : graph.outputs) {
        const Values& part = values[static_cast<std::size_t>(id)];
        result.insert(result.end(), part.begin(), part.end());
    }
    return result;
}

std::size_t input_size(const import::Graph& graph) {
    return total(graph, graph.inputs);
}

std::size_t output_size(const import::Graph& graph) {
    return total(graph, graph.outputs);
}

} // namespace gw::floating
