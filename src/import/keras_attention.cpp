// MultiHeadAttention, taken apart: projections, products, softmax, projection back (keras.layers.MultiHeadAttention).
#include <cmath>

#include <fmt/format.h>

#include "import/arrange.hpp"
#include "import/keras_layer.hpp"

namespace gw::import {

namespace {

struct Heads {
    std::uint32_t count = 1, key = 1, value = 1;
    bool use_bias = true;
};

LayerId projected(KerasLayer& layer, const Heads& heads, const std::string& what, LayerId input, std::uint32_t width) {
    const Shape in = layer.shape_of(input);
    KerasWeights weights = layer.weights.part({what + "_dense", "_" + what + "_dense"});
    const auto next = [&](const char* name, const Shape& shape) {
        return weights.next(name, shape, layer.where() + ", " + what, layer.model.problems);
    };
    Einsum einsum{"td", "dhk", "thk", next("kernel", {in[1], heads.count, width}), {}};
    if (heads.use_bias)
        einsum.bias = next("bias", {heads.count, width});
    return layer.add("_" + what, {input}, {in[0], heads.count, width}, std::move(einsum));
}

/// 0 where a position may be seen, far below every score where it may not.
FloatArray causal_mask(std::uint32_t targets, std::uint32_t sources) {
    constexpr double hidden = -1e6;
    FloatArray mask{{targets, sources}, {}, {}};
    for (std::uint32_t t = 0; t < targets; ++t)
        for (std::uint32_t s = 0; s < sources; ++s)
            mask.values.push_back(s > t ? hidden : 0.0);
    return mask;
}

std::vector<LayerId> read_multi_head(KerasLayer& layer) {
    Heads heads;
    heads.count = layer.config.count("num_heads").value_or(1);
    heads.key = layer.config.count("key_dim").value_or(1);
    heads.value = layer.config.count("value_dim").value_or(heads.key);
    heads.use_bias = layer.config.flag("use_bias", true);
    const Json& output_shape = layer.config.take("output_shape");
    layer.config.ignore(
        {"dropout", "seed", "attention_axes", "flash_attention", "query_shape", "key_shape", "value_shape"});
    for (const char* part : {"kernel", "bias"})
        for (const char* what : {"_initializer", "_regularizer", "_constraint"})
            layer.config.ignore({(std::string(part) + what).c_str()});
    layer.config.ignore({"activity_regularizer"});
    layer.config.require_flag("use_gate", false);
    layer.config.require_null("sliding_window");
    if (!layer.require_rank(2, 2) || !layer.require_inputs(2, 3))
        return {};
    const Shape &values = layer.shape(1), &keys = layer.shape(layer.inputs.size() - 1);
    if (values.size() != 2 || keys.size() != 2 || keys[0] != values[0]) {
        layer.problem("its value and key must have two axes, and as many positions as each other");
        return {};
    }
    require_elements({heads.count, layer.shape()[0], values[0]});
    const Json none = Json::object();
    Attributes call(layer.call == nullptr ? none : *layer.call, layer.where() + ", call", layer.model.problems);
    const bool causal = call.flag("use_causal_mask", false);
    call.require_flag("return_attention_scores", false);
    layer.call = nullptr;
    const LayerId query = layer.inputs[0], value = layer.inputs[1],
                  key = layer.inputs.size() > 2 ? layer.inputs[2] : layer.inputs[1];
    std::uint32_t width = layer.shape()[1];
    const Json& only = output_shape.is_array() && output_shape.size() == 1 ? output_shape[0] : output_shape;
    if (only.is_number_integer() && only > 0 && only < 1'000'000)
        width = only.get<std::uint32_t>();
    else if (!output_shape.is_null())
        layer.config.problem("output_shape", fmt::format("is {}, one extent is understood", brief(output_shape)));

    const LayerId q = projected(layer, heads, "query", query, heads.key);
    const LayerId k = projected(layer, heads, "key", key, heads.key);
    const LayerId v = projected(layer, heads, "value", value, heads.value);
    const std::uint32_t targets = layer.shape_of(query)[0], sources = layer.shape_of(key)[0];
    const Shape score_shape{heads.count, targets, sources};
    LayerId scores = layer.add("_scores", {k, q}, score_shape, Einsum{"shk", "thk", "hts", {}, {}});
    Scale scale{FloatArray{{1}, {1 / std::sqrt(static_cast<double>(heads.key))}, {}}, {}};
    if (causal)
        scale.bias = causal_mask(targets, sources);
    scores = layer.add("_scaled", {scores}, score_shape, std::move(scale));
    const LayerId weights = layer.add("_softmax", {scores}, score_shape, Softmax{2, false});
    const LayerId mixed =
        layer.add("_mixed", {weights, v}, {targets, heads.count, heads.value}, Einsum{"hts", "shv", "thv", {}, {}});
    KerasWeights last = layer.weights.part({"output_dense", "_output_dense"});
    const auto next = [&](const char* name, const Shape& shape) {
        return last.next(name, shape, layer.where() + ", output", layer.model.problems);
    };
    Einsum out{"thv", "hvd", "td", next("kernel", {heads.count, heads.value, width}), {}};
    if (heads.use_bias)
        out.bias = next("bias", {width});
    return {layer.add("", {mixed}, {targets, width}, std::move(out))};
}

} // namespace

void add_attention(KerasReaders& readers) {
    readers["MultiHeadAttention"] = read_multi_head;
}

} // namespace gw::import
