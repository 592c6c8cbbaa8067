// QuantizeLinear and DequantizeLinear. A pair of them, with no more than a Clip between, is one quantiser of real
// values (a QDQ or QCDQ network then looks as a QONNX one does); the integers between are a layer of their own only
// where something else reads them.
#include "import/onnx_integer.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

using fixed::FixedType;
using fixed::Overflow;
using fixed::Rounding;

namespace {

constexpr ElementType uint4 = 21, int4 = 22; // newer than the library's own list

std::optional<FixedType> integers(ElementType type) {
    const auto make = [](int width, bool is_signed) {
        return FixedType{width, 0, is_signed, Rounding::rnd_conv, Overflow::sat};
    };
    switch (type) {
    case onnx::TensorProto::INT8:
        return make(8, true);
    case onnx::TensorProto::UINT8:
        return make(8, false);
    case onnx::TensorProto::INT16:
        return make(16, true);
    case onnx::TensorProto::UINT16:
        return make(16, false);
    case onnx::TensorProto::INT32:
        return make(32, true);
    case int4:
        return make(4, true);
    case uint4:
        return make(4, false);
    default:
        return std::nullopt;
    }
}

bool all_zero(const FloatArray& array) {
    return std::all_of(array.values.begin(), array.values.end(), [](double value) { return value == 0; });
}

bool same(const FloatArray& a, const FloatArray& b) {
    return a.shape == b.shape && a.values == b.values;
}

/// A vector along one axis.
FloatArray placed(const FloatArray& array, std::size_t axis, std::size_t rank) {
    FloatArray result{Shape(rank, 1), array.values, {}, {}};
    if (array.values.size() > 1)
        result.shape[axis] = static_cast<std::uint32_t>(array.values.size());
    else
        result.shape.clear();
    return result;
}

/// Where the integers of `q` come from: the quantiser, and the range that a Clip behind it left.
struct Source {
    const Layer* quantiser = nullptr;
    double low = -INFINITY, high = INFINITY;
};

std::optional<Source> source_of(const OnnxNode& node, const Tensor& q) {
    Source source;
    const Layer* layer = &node.model.graph.layer(q.layer);
    if (const auto* relu = std::get_if<Relu>(&layer->body);
        relu != nullptr && relu->slope == 0 && relu->threshold == 0) {
        source.low = 0;
        source.high = relu->ceiling.value_or(INFINITY);
        layer = &node.model.graph.layer(layer->inputs.front());
    } else if (const auto* clip = std::get_if<Function>(&layer->body);
               clip != nullptr && clip->kind == Function::Kind::clip) {
        source.low = clip->alpha;
        source.high = clip->beta;
        layer = &node.model.graph.layer(layer->inputs.front());
    }
    const auto* quantise = std::get_if<Quantise>(&layer->body);
    if (quantise == nullptr || !quantise->codes || layer->shape != node.shape(q))
        return std::nullopt;
    source.quantiser = layer;
    return source;
}

/// The type of the codes that lie between both ends, if one has just these.
std::optional<FixedType> limited(FixedType type, double low, double high) {
    const double lowest = std::max(low, static_cast<double>(type.lowest()));
    const double highest = std::min(high, static_cast<double>(type.highest()));
    int bits = 0;
    while (bits < 40 && std::ldexp(1.0, bits) - 1 < highest)
        ++bits;
    if (std::ldexp(1.0, bits) - 1 != highest)
        return std::nullopt;
    if (lowest == 0)
        return FixedType{std::max(bits, 1), 0, false, type.rounding, Overflow::sat};
    if (lowest == -highest - 1)
        return FixedType{bits + 1, 0, true, type.rounding, Overflow::sat};
    if (lowest == -highest && bits > 0)
        return FixedType{bits + 1, 0, true, type.rounding, Overflow::sat_sym};
    return std::nullopt;
}

/// Powers of two and no zero point: a conversion to types.
void simplify(Quantise& body, const Shape& shape) {
    if (body.zero_point && all_zero(*body.zero_point)) {
        body.zero_point.reset();
        body.zero_after_rounding = false;
    }
    if (body.zero_point || !body.scale || body.codes || body.types.size() != 1)
        return;
    for (const double scale : body.scale->values)
        if (!fraction_of(scale))
            return;
    const auto at = broadcast_indices(body.scale->shape, shape);
    std::vector<FixedType> types;
    const bool one = body.scale->values.size() == 1;
    for (std::size_t i = 0; i < (one ? 1 : at.size()); ++i) {
        FixedType type = body.types.front();
        type.fraction = *fraction_of(body.scale->values[one ? 0 : at[i]]);
        types.push_back(type);
    }
    body.types = std::move(types);
    body.scale.reset();
}

/// The quantiser and its way back as one layer of real values, where nothing else stands between.
std::optional<Tensor> joined(OnnxNode& node, const std::string& suffix, const Tensor& q, const FloatArray& scale,
                             const FloatArray& zero_point) {
    const auto source = source_of(node, q);
    if (!source)
        return std::nullopt;
    Quantise body = std::get<Quantise>(source->quantiser->body);
    const FloatArray none{{}, {0}, {}, {}};
    const FloatArray& own = body.zero_point ? *body.zero_point : none;
    const bool zeros_fit = same(own, zero_point) || (all_zero(own) && all_zero(zero_point));
    const auto type = limited(body.types.front(), source->low, source->high);
    if (!body.scale || !same(*body.scale, scale) || !zeros_fit || !type || body.types.size() != 1)
        return std::nullopt;
    body.types = {*type};
    body.codes = false;
    const Shape shape = source->quantiser->shape;
    simplify(body, shape);
    Tensor result = q;
    result.type = onnx::TensorProto::FLOAT;
    const std::vector<LayerId> from = source->quantiser->inputs;
    result.layer = node.add_layer(suffix, from, shape, std::move(body));
    return result;
}

FloatArray codes_of(const FloatArray& x, const LinearSpec& spec, const FixedType& type) {
    FloatArray out{x.shape, {}, {}, {}};
    const auto scale_at = broadcast_indices(spec.scale.shape, x.shape);
    const auto zero_at = broadcast_indices(spec.zero_point.shape, x.shape);
    for (std::size_t i = 0; i < x.values.size(); ++i) {
        const auto quotient = static_cast<float>(x.values[i] / spec.scale.values[scale_at[i]]);
        out.values.push_back(
            std::clamp(std::nearbyint(static_cast<double>(quotient)) + spec.zero_point.values[zero_at[i]],
                       static_cast<double>(type.lowest()), static_cast<double>(type.highest())));
    }
    return out;
}

FloatArray values_of(const FloatArray& q, const LinearSpec& spec) {
    FloatArray out{q.shape, {}, {}, {}};
    const auto scale_at = broadcast_indices(spec.scale.shape, q.shape);
    const auto zero_at = broadcast_indices(spec.zero_point.shape, q.shape);
    double most = 1;
    for (std::size_t i = 0; i < q.values.size(); ++i) {
        const double code = q.values[i] - spec.zero_point.values[zero_at[i]];
        most = std::max(most, std::abs(code));
        out.values.push_back(code * spec.scale.values[scale_at[i]]);
    }
    return with_unit(std::move(out), spec.scale, std::ilogb(most) + 3);
}

void read_quantize(OnnxNode& node) {
    node.ignore("saturate"); // of formats that are no integers
    node.ignore("precision");
    const std::int64_t axis = node.whole("axis", 1), block = node.whole("block_size", 0);
    const auto wanted = static_cast<ElementType>(node.whole("output_dtype", onnx::TensorProto::UNDEFINED));
    const Value* x = node.value(0);
    if (x == nullptr)
        return;
    if (block != 0)
        return node.problem("scales in blocks are not understood");
    auto spec = linear_spec(node, 1, 2, axis, file_shape(node, *x).size());
    if (!spec)
        return;
    if (wanted != onnx::TensorProto::UNDEFINED && !node.given(2))
        spec->type = wanted;
    if (auto made = quantised_linearly(node, "", *x, *spec))
        node.give(std::move(*made));
}

void read_dequantize(OnnxNode& node) {
    const std::int64_t axis = node.whole("axis", 1), block = node.whole("block_size", 0);
    node.ignore("output_dtype");
    const Value* q = node.value(0);
    if (q == nullptr)
        return;
    if (block != 0)
        return node.problem("scales in blocks are not understood");
    const auto spec = linear_spec(node, 1, 2, axis, file_shape(node, *q).size());
    if (!spec)
        return;
    if (auto made = dequantised_linearly(node, "", *q, *spec))
        node.give(std::move(*made));
}

} // namespace

std::optional<LinearSpec> linear_spec(OnnxNode& node, int scale, int zero, std::int64_t axis, std::size_t rank) {
    const FloatArray* factor = positive(node, scale);
    const FloatArray none{{}, {0}, {}, {}};
    const FloatArray* points = node.given(zero) ? node.finite(zero) : &none;
    if (factor == nullptr || points == nullptr)
        return std::nullopt;
    std::size_t at = 0;
    for (const FloatArray* array : {factor, points}) {
        if (array->values.size() == 1)
            continue;
        const auto own = node.axis(axis, rank);
        if (!own)
            return std::nullopt;
        at = *own;
        if (array->shape.size() != 1) {
            node.problem(fmt::format("a scale of shape [{}] is not understood; a number or a vector is",
                                     fmt::join(array->shape, ", ")));
            return std::nullopt;
        }
    }
    LinearSpec spec{placed(*factor, at, rank), placed(*points, at, rank), onnx::TensorProto::UINT8};
    if (node.given(zero))
        spec.type = node.constant(zero)->type;
    return spec;
}

std::optional<Value> quantised_linearly(OnnxNode& node, const std::string& suffix, const Value& x,
                                        const LinearSpec& spec) {
    const auto type = integers(spec.type);
    if (!type) {
        node.problem(fmt::format("integers of element type {} are not understood", spec.type));
        return std::nullopt;
    }
    if (const auto* constant = std::get_if<OnnxConstant>(&x))
        return OnnxConstant{codes_of(constant->array, spec, *type), spec.type, {}};
    const auto* tensor = std::get_if<Tensor>(&x);
    if (tensor == nullptr)
        return std::nullopt;
    const auto scale = along(node, spec.scale, *tensor), zero = along(node, spec.zero_point, *tensor);
    if (!scale || !zero)
        return std::nullopt;
    Quantise body{{*type}, *scale, *zero};
    body.zero_after_rounding = true;
    body.codes = true;
    simplify(body, node.shape(*tensor));
    Tensor made = node.add(suffix, *tensor, std::move(body));
    made.type = spec.type;
    return made;
}

std::optional<Value> dequantised_linearly(OnnxNode& node, const std::string& suffix, const Value& q,
                                          const LinearSpec& spec) {
    if (const auto* constant = std::get_if<OnnxConstant>(&q))
        return OnnxConstant{values_of(constant->array, spec), onnx::TensorProto::FLOAT, {}};
    const auto* tensor = std::get_if<Tensor>(&q);
    if (tensor == nullptr)
        return std::nullopt;
    const auto scale = along(node, spec.scale, *tensor), zero = along(node, spec.zero_point, *tensor);
    if (!scale || !zero)
        return std::nullopt;
    if (const auto made = joined(node, suffix, *tensor, *scale, *zero))
        return *made;
    const FloatArray factor = with_unit(FloatArray{spec.scale.shape, spec.scale.values, {}, {}}, spec.scale, 2);
    const FloatArray back =
        combined(spec.zero_point, spec.scale, [](double point, double step) { return -point * step; });
    auto made = scaled(node, suffix, *tensor, &factor, all_zero(back) ? nullptr : &back);
    if (!made)
        return std::nullopt;
    made->type = onnx::TensorProto::FLOAT;
    return *made;
}

void add_onnx_integers(OnnxReaders& readers) {
    for (const char* domain : {"", "com.microsoft."}) {
        readers[std::string(domain) + "QuantizeLinear"] = read_quantize;
        readers[std::string(domain) + "DequantizeLinear"] = read_dequantize;
    }
}

} // namespace gw::import
