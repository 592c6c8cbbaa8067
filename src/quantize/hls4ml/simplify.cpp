// What hls4ml's converter changes before it infers types: see lower.cpp.
#include <algorithm>
#include <cmath>

#include "quantize/hls4ml/model.hpp"

namespace gw::quantize::as_hls4ml {

namespace {

bool is_flatten(const Model& model, std::size_t i) {
    const auto* linear = model.body<import::Linear>(i);
    return linear != nullptr && linear->origin == import::Linear::Origin::flatten;
}

/// Layers whose own type a linear activation behind them gives way to.
bool safe(const Model& model, std::size_t i) {
    return std::visit(
        [](const auto& body) {
            using Body = std::decay_t<decltype(body)>;
            return std::is_same_v<Body, import::Dense> || std::is_same_v<Body, import::Conv> ||
                   std::is_same_v<Body, import::BatchNorm> || std::is_same_v<Body, import::Relu> ||
                   std::is_same_v<Body, import::PRelu> || std::is_same_v<Body, import::Function> ||
                   std::is_same_v<Body, import::Softmax> || std::is_same_v<Body, import::Linear>;
        },
        model.graph.layers[i].body);
}

void drop_linear(Model& model) {
    for (std::size_t i = 0; i < model.graph.layers.size(); ++i) {
        if (model.body<import::Linear>(i) == nullptr || is_flatten(model, i))
            continue;
        const std::size_t from = model.resolve(static_cast<std::size_t>(model.graph.layers[i].inputs.front()));
        if (model.body<import::Input>(from) != nullptr || !model.is_auto(from))
            continue;
        if (model.is_auto(i) || safe(model, from))
            model.alias[i] = from;
    }
}

} // namespace

FloatAffine affine_of(const import::BatchNorm& norm) {
    FloatAffine out;
    for (std::size_t i = 0; i < norm.mean.size(); ++i) {
        const float sum = static_cast<float>(norm.variance[i]) + static_cast<float>(norm.epsilon);
        const float root = std::sqrt(sum);
        const float scale = static_cast<float>(norm.gamma[i]) / root;
        const float shift = scale * static_cast<float>(norm.mean[i]);
        const float bias = static_cast<float>(norm.beta[i]) - shift;
        out.scale.push_back(scale);
        out.bias.push_back(bias);
    }
    return out;
}

void simplify(Model& model) {
    drop_linear(model);
    const auto& layers = model.graph.layers;
    std::vector<std::size_t> uses(layers.size(), 0);
    for (std::size_t i = 0; i < layers.size(); ++i)
        for (const import::LayerId id : layers[i].inputs)
            if (!model.alias[i])
                ++uses[model.resolve(static_cast<std::size_t>(id))];
    for (const import::LayerId id : model.graph.outputs)
        ++uses[model.resolve(static_cast<std::size_t>(id))];
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (model.body<import::BatchNorm>(i) == nullptr)
            continue;
        const std::size_t from = model.resolve(static_cast<std::size_t>(layers[i].inputs.front()));
        if ((model.body<import::BatchNorm>(from) != nullptr && model.is_auto(from)) || model.fused[from])
            throw model.refuse(i, "two batch normalisations in a row with automatic types are not understood; give "
                                  "the first a result type");
        const auto* conv = model.body<import::Conv>(from);
        if (conv == nullptr && model.body<import::Dense>(from) == nullptr)
            continue;
        if (!model.is_auto(from) || uses[from] != 1)
            continue;
        if (conv != nullptr && conv->groups != 1)
            throw model.refuse(i, "hls4ml multiplies this into the depthwise convolution before it, and fails; give "
                                  "that one a result type");
        model.fused[from] = i;
        model.alias[i] = from;
    }
}

} // namespace gw::quantize::as_hls4ml
