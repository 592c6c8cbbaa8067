// HGQ2's attention, taken apart like Keras's (keras_attention.cpp): projections between quantisers, QSoftmax with its
// tables, projection back. Linformer attention projects the positions of key and value to fewer first. The projections'
// quantisers stand in the layer's own configuration, their widths in the projections' groups of the file.
#include <cmath>

#include <fmt/format.h>

#include "import/hgq2_quantizer.hpp"

namespace gw::import {

namespace {

struct Hgq2Attention {
    KerasLayer& layer;
    std::uint32_t heads = 1, key_width = 1, value_width = 1, output_width = 1;
    bool use_bias = true, quantise_inputs = true, quantise_output = false;
    std::string fuse = "none";
    Json iq, kq, bq, oq; ///< of all projections

    explicit Hgq2Attention(KerasLayer& from) : layer(from) {}

    KerasWeights group(const std::string& what) const { return layer.weights.part({what, "_" + what}); }
    bool has(const KerasWeights& weights, const char* part) const {
        return weights.part({part}).part({"quantizer"}).left() > 0;
    }
    std::optional<Hgq2Quantizer> read(const std::string& what, const char* part, const Json& config,
                                      const KerasWeights& from) const {
        return read_hgq2_quantizer(layer, what + " " + part, config, from.part({part}));
    }

    /// The projection whose group holds the input quantiser: fused ones share it, and it is saved once.
    KerasWeights input_owner(const std::string& what) const {
        const bool shared = (fuse == "qkv" && what == "query_dense") ||
                            (fuse != "none" && (what == "key_dense" || what == "value_dense"));
        for (const char* name : {"key_dense", "query_dense", "value_dense"})
            if (shared && has(group(name), "iq"))
                return group(name);
        return group(what);
    }

    /// `equation` sums the input with a kernel of this shape; the bias has `bias` (none: no bias).
    LayerId projected(const std::string& what, LayerId input, Einsum equation, const Shape& kernel, const Shape& bias,
                      const Shape& out, bool has_output) {
        const std::string name = "_" + what.substr(0, what.find("_dense"));
        if (quantise_inputs || what == "output_dense")
            input = quantised(layer, name + "_iq", input, read(what, "iq", iq, input_owner(what)));
        KerasWeights weights = group(what);
        const auto next = [&](const char* variable, const Shape& shape, const char* part, const Json& config) {
            const FloatArray values = weights.next(variable, shape, layer.where() + ", " + what, layer.model.problems);
            const auto own = read(what, part, config, group(what));
            return own ? own->apply(values) : values;
        };
        equation.weights = next("kernel", kernel, "kq", kq);
        if (!bias.empty())
            equation.bias = next("bias", bias, "bq", bq);
        const LayerId made = layer.add(name, {input}, out, std::move(equation));
        return has_output ? quantised(layer, name + "_oq", made, read(what, "oq", oq, group(what))) : made;
    }

    /// To all heads.
    LayerId to_heads(const std::string& what, LayerId input, std::uint32_t width, bool biased) {
        const Shape in = layer.shape_of(input);
        return projected(what, input, {"td", "dhk", "thk", {}, {}}, {in[1], heads, width},
                         biased ? Shape{heads, width} : Shape{}, {in[0], heads, width}, true);
    }

    /// Positions to `count` fewer.
    LayerId to_positions(const std::string& what, LayerId input, std::uint32_t count) {
        const Shape in = layer.shape_of(input);
        const bool before = quantise_inputs;
        quantise_inputs = has(group(what), "iq");
        const LayerId out = projected(what, input, {"nd", "nm", "md", {}, {}}, {in[0], count}, {}, {count, in[1]},
                                      has(group(what), "oq"));
        quantise_inputs = before;
        return out;
    }
};

void take_settings(Hgq2Attention& attention) {
    KerasLayer& layer = attention.layer;
    Attributes& config = layer.config;
    attention.heads = config.count("num_heads").value_or(1);
    attention.key_width = config.count("key_dim").value_or(1);
    attention.value_width = config.count("value_dim").value_or(attention.key_width);
    attention.use_bias = config.flag("use_bias", true);
    attention.fuse = config.text("fuse").value_or("none");
    attention.quantise_inputs = config.flag("enable_iq", true);
    attention.quantise_output = config.flag("enable_oq", false);
    attention.iq = config.take("qkvo_iq_conf");
    attention.kq = config.take("qkvo_kq_conf");
    attention.bq = config.take("qkvo_bq_conf");
    attention.oq = config.take("qkvo_oq_conf");
    config.ignore({"dropout", "seed", "flash_attention", "query_shape", "key_shape", "value_shape",
                   "activity_regularizer", "enable_ebops", "ebops_factor", "beta0", "parallelization_factor",
                   "softmax_allow_heterogeneous_table", "softmax_iq_conf"});
    for (const char* part : {"kernel", "bias"})
        for (const char* what : {"_initializer", "_regularizer", "_constraint"})
            config.ignore({(std::string(part) + what).c_str()});
    config.require_flag("use_gate", false);
    config.require_null("sliding_window");
    const Json& axes = config.take("attention_axes");
    if (!axes.is_null() && axes != Json::array({1}))
        config.problem("attention_axes", fmt::format("is {}, which is not understood", brief(axes)));
    attention.output_width = layer.shape()[1];
    const Json& given = config.take("output_shape");
    const Json& only = given.is_array() && given.size() == 1 ? given[0] : given;
    if (only.is_number_integer() && only > 0 && only < 1'000'000)
        attention.output_width = only.get<std::uint32_t>();
    else if (!given.is_null())
        config.problem("output_shape", fmt::format("is {}, one extent is understood", brief(given)));
}

/// The layer's QSoftmax, over the positions that are attended to.
LayerId attended(KerasLayer& layer, LayerId scores, double scaler) {
    Json settings{{"axes", {3}}, {"input_scaler", scaler}, {"enable_oq", true}};
    const bool stable = layer.config.flag("stable_softmax", true);
    settings["stable"] = stable;
    for (const char* key : {"exp_iq_conf", "exp_oq_conf", "inv_iq_conf", "inv_oq_conf", "oq_conf"})
        settings[key] = layer.config.take(std::string("softmax_") + key);
    if (!stable) // the exponent's argument is not quantised then, though the settings are there
        settings["exp_iq_conf"] = Json();
    Attributes attributes(settings, layer.where() + ", softmax", layer.model.problems);
    KerasLayer softmax(layer.model, "hgq.QSoftmax", layer.name + "_softmax", attributes,
                       layer.weights.part({"softmax", "_softmax"}), {scores});
    const std::vector<LayerId> out = read_keras_layer(softmax);
    return out.empty() ? scores : out.front();
}

/// No masks, no scores handed out.
void check_call(KerasLayer& layer) {
    const Json none = Json::object();
    Attributes call(layer.call == nullptr ? none : *layer.call, layer.where() + ", call", layer.model.problems);
    call.require_flag("use_causal_mask", false);
    call.require_flag("return_attention_scores", false);
    layer.call = nullptr;
}

std::vector<LayerId> read_attention(KerasLayer& layer, bool linformer) {
    if (!layer.require_rank(2, 2) || !layer.require_inputs(1, 3))
        return {};
    check_call(layer);
    Hgq2Attention attention(layer);
    take_settings(attention);
    const LayerId query = layer.inputs[0];
    LayerId value = layer.inputs.size() > 1 ? layer.inputs[1] : query,
            key = layer.inputs.size() > 2 ? layer.inputs[2] : value;
    if (linformer) {
        const Json& given = layer.config.take("lin_kv_proj_dim");
        const Json& count = given.is_array() && given.size() == 1 ? given[0] : given;
        const bool shared = layer.config.flag("share_kv_proj", false);
        if (layer.config.text("lin_kv_proj_mode").value_or("dense") != "dense")
            layer.config.problem("lin_kv_proj_mode", "other than dense is not understood");
        if (!count.is_number_integer() || count < 1 || count > 1'000'000) {
            layer.config.problem("lin_kv_proj_dim", fmt::format("is {}, a count is expected", brief(given)));
            return {};
        }
        const auto positions = count.get<std::uint32_t>();
        key = attention.to_positions("lin_k_proj", key, positions);
        value = attention.to_positions(shared ? "lin_k_proj" : "lin_v_proj", value, positions);
    }
    const std::uint32_t heads = attention.heads, targets = layer.shape()[0], sources = layer.shape_of(key)[0];
    const LayerId q = attention.to_heads("query_dense", query, attention.key_width, attention.use_bias);
    const LayerId k = attention.to_heads("key_dense", key, attention.key_width, false);
    const LayerId v = attention.to_heads("value_dense", value, attention.value_width, attention.use_bias);
    LayerId scores = layer.add("_scores", {k, q}, {heads, targets, sources}, Einsum{"shk", "thk", "hts", {}, {}});
    scores = attended(layer, scores, 1 / std::sqrt(static_cast<double>(attention.key_width)));
    const LayerId mixed =
        layer.add("_mixed", {scores, v}, {targets, heads, attention.value_width}, Einsum{"hts", "shv", "thv", {}, {}});
    LayerId out = attention.projected("output_dense", mixed, {"thv", "hvd", "td", {}, {}},
                                      {heads, attention.value_width, attention.output_width},
                                      attention.use_bias ? Shape{attention.output_width} : Shape{},
                                      {targets, attention.output_width}, attention.quantise_output);
    const Json& last = layer.config.take("oq_conf");
    if (attention.quantise_output)
        out = quantised(layer, "_oq", out, read_hgq2_quantizer(layer, "oq", last, layer.weights.part({"oq"})));
    while (layer.weights.left() > 0)
        layer.weights.skip();
    return {out};
}

} // namespace

void add_hgq2_attention(KerasReaders& readers) {
    readers["hgq.QMultiHeadAttention"] = [](KerasLayer& layer) { return read_attention(layer, false); };
    readers["hgq.QLinformerAttention"] = [](KerasLayer& layer) { return read_attention(layer, true); };
}

} // namespace gw::import
