// Activations, by name and as layers.
#include <algorithm>

#include <fmt/format.h>

#include "import/keras_layer.hpp"

namespace gw::import {

namespace {

using Kind = Function::Kind;

LayerBody relu(std::optional<double> ceiling, double slope = 0, double threshold = 0) {
    return Relu{ceiling, Relu::Origin::activation, slope, threshold};
}

/// What a name means where it does not depend on the version.
const std::map<std::string, LayerBody>& plain_activations() {
    static const std::map<std::string, LayerBody> all{{"linear", Linear{Linear::Origin::activation}},
                                                      {"relu", relu({})},
                                                      {"relu6", relu(6.0)},
                                                      {"leaky_relu", relu({}, 0.2)},
                                                      {"elu", Function{Kind::elu, 1, 0}},
                                                      {"selu", Function{Kind::selu, 0, 0}},
                                                      {"celu", Function{Kind::celu, 1, 0}},
                                                      {"gelu", Function{Kind::gelu, 0, 0}},
                                                      {"sigmoid", Function{Kind::sigmoid, 0, 0}},
                                                      {"tanh", Function{Kind::tanh, 0, 0}},
                                                      {"hard_tanh", Function{Kind::hard_tanh, 0, 0}},
                                                      {"softplus", Function{Kind::softplus, 0, 0}},
                                                      {"softsign", Function{Kind::softsign, 0, 0}},
                                                      {"swish", Function{Kind::swish, 1, 0}},
                                                      {"silu", Function{Kind::swish, 1, 0}},
                                                      {"hard_swish", Function{Kind::hard_swish, 0, 0}},
                                                      {"hard_silu", Function{Kind::hard_swish, 0, 0}},
                                                      {"mish", Function{Kind::mish, 0, 0}},
                                                      {"exponential", Function{Kind::exponential, 0, 0}},
                                                      {"log_sigmoid", Function{Kind::log_sigmoid, 0, 0}},
                                                      {"tanh_shrink", Function{Kind::tanh_shrink, 0, 0}},
                                                      {"soft_shrink", Function{Kind::soft_shrink, 0.5, 0}},
                                                      {"hard_shrink", Function{Kind::hard_shrink, 0.5, 0}},
                                                      {"squareplus", Function{Kind::squareplus, 4, 0}},
                                                      {"sparse_plus", Function{Kind::sparse_plus, 0, 0}},
                                                      {"sparse_sigmoid", Function{Kind::sparse_sigmoid, 0, 0}}};
    return all;
}

std::vector<LayerId> as_layer(KerasLayer& layer, LayerBody body) {
    if (!layer.require_inputs(1, 1))
        return {};
    return {layer.add(layer.inputs[0], layer.shape(), std::move(body))};
}

/// A number that Keras 2 may also write as a numpy value.
double number(KerasLayer& layer, const char* key, double if_absent) {
    const Json& value = layer.config.take(key);
    if (value.is_object() && value.contains("config") && value["config"].is_object() &&
        value["config"].contains("value") && value["config"]["value"].is_number())
        return value["config"]["value"].get<double>();
    return layer.config.number(key).value_or(if_absent);
}

std::vector<LayerId> read_activation(KerasLayer& layer) {
    const Json& name = layer.config.take("activation");
    if (!layer.require_inputs(1, 1))
        return {};
    if (name.is_string())
        if (auto body = keras_activation(name.get<std::string>(), layer.model.major, layer.shape().size()))
            return as_layer(layer, std::move(*body));
    const std::string text = name.is_string() ? name.get<std::string>() : std::string();
    layer.config.problem("activation", fmt::format("is {}, which is not understood{}", brief(name),
                                                   refusal(keras_activation_refusals(), text)));
    return {};
}

std::vector<LayerId> read_relu(KerasLayer& layer) {
    Relu body{layer.config.number("max_value"), Relu::Origin::layer, number(layer, "negative_slope", 0),
              number(layer, "threshold", 0)};
    if (body.ceiling && *body.ceiling < 0)
        layer.config.problem("max_value", "is negative");
    return as_layer(layer, body);
}

std::vector<LayerId> read_prelu(KerasLayer& layer) {
    const Json& shared = layer.config.take("shared_axes");
    layer.config.ignore({"alpha_initializer", "alpha_regularizer", "alpha_constraint"});
    if (!layer.require_rank(1, 7))
        return {};
    Shape shape = layer.shape();
    for (const Json& each : shared.is_array() ? shared : Json::array())
        if (const auto axis = layer.axis(each, "shared_axes", shape.size()))
            shape[*axis] = 1;
    return as_layer(layer, PRelu{layer.weight("alpha", shape)});
}

std::vector<LayerId> read_softmax(KerasLayer& layer) {
    const Json& given = layer.config.take("axis");
    if (!layer.require_rank(1, 7))
        return {};
    const auto axis = layer.axis(given.is_null() ? Json(-1) : given, "axis", layer.shape().size());
    return axis ? as_layer(layer, Softmax{*axis, false}) : std::vector<LayerId>{};
}

} // namespace

std::optional<LayerBody> keras_activation(const std::string& name, int major, std::size_t rank) {
    if (name == "hard_sigmoid") // Keras 2 and 3 differ
        return major < 3 ? Function{Kind::hard_sigmoid, 0.2, 0.5} : Function{Kind::hard_sigmoid, 1.0 / 6, 0.5};
    if ((name == "softmax" || name == "log_softmax") && rank > 0)
        return Softmax{static_cast<std::uint32_t>(rank - 1), name == "log_softmax"};
    const auto found = plain_activations().find(name);
    return found == plain_activations().end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> keras_activation_names() {
    std::vector<std::string> names{"hard_sigmoid", "log_softmax", "softmax"};
    for (const auto& [name, body] : plain_activations())
        names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

void add_activations(KerasReaders& readers) {
    readers["Activation"] = read_activation;
    readers["ReLU"] = read_relu;
    readers["PReLU"] = read_prelu;
    readers["Softmax"] = read_softmax;
    readers["LeakyReLU"] = [](KerasLayer& layer) {
        const double old = number(layer, "alpha", 0.3);
        return as_layer(layer, Relu{{}, Relu::Origin::layer, number(layer, "negative_slope", old), 0});
    };
    readers["ELU"] = [](KerasLayer& layer) {
        return as_layer(layer, Function{Kind::elu, number(layer, "alpha", 1), 0});
    };
    readers["ThresholdedReLU"] = [](KerasLayer& layer) {
        return as_layer(layer, Function{Kind::thresholded, number(layer, "theta", 1), 0});
    };
}

} // namespace gw::import
