// Dense layers, convolutions, batch normalisations, embeddings.
#include <algorithm>
#include <cmath>

#include "quantize/constants.hpp"
#include "quantize/hls4ml/model.hpp"

namespace gw::quantize::as_hls4ml {

namespace {

struct Floats {
    std::vector<double> weights, bias;
    bool has_bias = false;
};

Floats floats_of(const Site& site, const import::FloatArray& weights, const std::optional<import::FloatArray>& bias) {
    const std::size_t outputs = weights.shape.back();
    Floats out{weights.values, bias ? bias->values : std::vector<double>(outputs, 0.0), bias.has_value()};
    const import::BatchNorm* norm = site.fused();
    if (norm == nullptr)
        return out;
    const FloatAffine affine = affine_of(*norm);
    for (std::size_t k = 0; k < out.weights.size(); ++k)
        out.weights[k] = static_cast<float>(affine.scale[k % outputs]) * static_cast<float>(out.weights[k]);
    for (std::size_t j = 0; j < outputs; ++j) {
        const float scaled = static_cast<float>(affine.scale[j]) * static_cast<float>(out.bias[j]);
        out.bias[j] = scaled + static_cast<float>(affine.bias[j]);
    }
    out.has_bias = true;
    return out;
}

/// What dense layers and convolutions have alike.
struct Types {
    FixedType weight, bias, accum, result;
};

Types types_of(const Site& site, const Value& x, bool has_bias, std::size_t terms) {
    Types out;
    out.weight = site.or_default("weight");
    out.bias = has_bias ? site.or_default("bias") : fixed::ap_ufixed(1, 1);
    const FixedType sum = site.types().sum_type(x.type, out.weight, out.bias, terms);
    out.accum = site.precision("accum").value_or(sum);
    out.result = site.precision("result").value_or(sum);
    return out;
}

bool does_nothing(const FloatAffine& affine) {
    for (std::size_t i = 0; i < affine.scale.size(); ++i)
        if (affine.scale[i] != 1.0 || affine.bias[i] != 0.0)
            return false;
    return true;
}

/// What no partial sum of a row can pass.
double largest_sum(const Site& site, const Value& x, const Constant& weights, const std::optional<Constant>& bias) {
    const std::size_t outputs = weights.shape.back();
    double most = 0;
    for (std::size_t j = 0; j < outputs; ++j) {
        double sum = 0;
        for (std::size_t k = j; k < weights.raw.size(); k += outputs)
            sum += std::abs(fixed::to_double(weights.raw[k], weights.type.fraction));
        sum *= site.magnitude(x);
        most = std::max(most, bias ? sum + std::abs(fixed::to_double(bias->raw[j], bias->type.fraction)) : sum);
    }
    return most;
}

} // namespace

network::Accumulator accumulator(Site& site, const FixedType& type, double largest) {
    const std::string strategy = site.types().strategy(site.layer());
    if (strategy.rfind("distributed", 0) == 0) // sums exactly, whatever the accumulator's type
        return {};
    if (strategy != "latency" && type.overflow != fixed::Overflow::wrap)
        throw site.refuse("strategy " + strategy +
                          " with an accumulator that saturates depends on the order of summation");
    FixedType held = type;
    held.width = std::min(type.width, type.is_signed ? 64 : 63);
    if (held.width < type.width && std::ldexp(largest, type.fraction) > std::ldexp(1.0, held.width - 2))
        throw site.refuse("its accumulator " + fixed::to_string(type) + " is wider than 64 bits");
    return {held, network::Accumulator::Products::converted};
}

Value dense(Site& site, const std::string& part, const Value& x, const std::vector<double>& weights, const Shape& shape,
            const FixedType& weight_type, const std::vector<double>& bias, const std::optional<FixedType>& bias_type,
            const FixedType& accum, const FixedType& result) {
    network::Dense op{};
    op.input = x.tensor;
    op.weights = printed(weights, shape, weight_type);
    if (bias_type)
        op.bias = printed(bias, {shape.back()}, *bias_type);
    op.accumulator = accumulator(site, accum, largest_sum(site, x, op.weights, op.bias));
    Shape out = x.shape;
    out.back() = shape.back();
    return site.emit(part, out, result, std::move(op));
}

Value lower(const import::Dense& layer, Site& site) {
    const Value x = site.in();
    if (x.shape.size() > 3)
        throw site.refuse("hls4ml has dense layers over at most two axes of positions");
    const Floats floats = floats_of(site, layer.weights, layer.bias);
    const Types types = types_of(site, x, floats.has_bias, layer.weights.shape[0]);
    return dense(site, "", x, floats.weights, layer.weights.shape, types.weight, floats.bias,
                 floats.has_bias ? std::optional(types.bias) : std::nullopt, types.accum, types.result);
}

Value lower(const import::Conv& conv, Site& site) {
    const Value x = site.in();
    const std::uint32_t depth = conv.weights.shape[conv.weights.shape.size() - 2];
    if (conv.groups != 1 && (depth != 1 || conv.groups != x.shape.back()))
        throw site.refuse("hls4ml has no grouped convolutions but depthwise ones");
    const Floats floats = floats_of(site, conv.weights, conv.bias);
    const Types types = types_of(site, x, floats.has_bias, network::elements(conv.window.size) * depth);
    network::Conv op{};
    op.input = x.tensor;
    op.window = {conv.window.size, conv.window.strides, conv.window.dilation, conv.window.pad_before};
    op.groups = conv.groups;
    op.weights = printed(floats.weights, conv.weights.shape, types.weight);
    if (floats.has_bias)
        op.bias = printed(floats.bias, {conv.weights.shape.back()}, types.bias);
    op.accumulator = accumulator(site, types.accum, largest_sum(site, x, op.weights, op.bias));
    return site.emit("", site.shape(), types.result, std::move(op));
}

Value lower(const import::BatchNorm& norm, Site& site) {
    const Value x = site.in();
    const FloatAffine affine = affine_of(norm);
    const FixedType scale_type = site.or_default("scale"), bias_type = site.or_default("bias");
    const FixedType sum = site.types().sum_type(x.type, scale_type, bias_type, 1);
    const FixedType result = site.precision("result").value_or(sum);
    if (does_nothing(affine))
        return {x.tensor, result, x.shape};
    const Shape shape{static_cast<std::uint32_t>(affine.scale.size())};
    network::Affine op{};
    op.input = x.tensor;
    op.scale = printed(affine.scale, shape, scale_type);
    op.bias = printed(affine.bias, shape, bias_type);
    return site.emit("", site.shape(), result, std::move(op));
}

Value lower(const import::Embedding& embedding, Site& site) {
    network::Embedding op{};
    op.input = site.in().tensor;
    op.table = printed(embedding.table.values, embedding.table.shape, site.or_default("embeddings"));
    return site.emit("", site.shape(), site.or_default("result"), std::move(op));
}

} // namespace gw::quantize::as_hls4ml
