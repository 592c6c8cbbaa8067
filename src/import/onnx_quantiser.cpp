// Quant, IntQuant, BipolarQuant and Trunc of QONNX.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_quantised.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

std::optional<QuantRounding> rounding_of(OnnxNode& node, const std::string& if_absent) {
    const std::string name = node.text("rounding_mode", if_absent);
    const auto rounding = parse_quant_rounding(name);
    if (!rounding)
        node.problem(fmt::format("rounding_mode '{}' is not understood", name));
    return rounding;
}

/// Widths in whole bits.
const FloatArray* widths(OnnxNode& node, int index) {
    const FloatArray* bits = node.finite(index);
    if (bits == nullptr)
        return nullptr;
    for (const double width : bits->values)
        if (!(width >= 1 && width <= 32) || width != std::floor(width)) {
            node.problem(fmt::format("a bit width of {} is not understood; whole numbers from 1 to 32 are", width));
            return nullptr;
        }
    return bits;
}

const FloatArray* zero_points(OnnxNode& node, int index) {
    const FloatArray* points = node.finite(index);
    if (points == nullptr)
        return nullptr;
    for (const double point : points->values)
        if (point != std::floor(point) || std::abs(point) > 4e9) {
            node.problem(fmt::format("zero point {} is no whole number", point));
            return nullptr;
        }
    return points;
}

/// The three arrays of `spec` turned along the tensor; the tensor gets as many axes as they have.
bool turn(OnnxNode& node, Tensor& x, QuantSpec& spec) {
    FloatArray* const arrays[] = {&spec.scale, &spec.zero_point, &spec.bits};
    for (const FloatArray* array : arrays)
        x = widened(node, x, array->shape.size());
    for (FloatArray* array : arrays) {
        auto turned = along(node, *array, x);
        if (!turned)
            return false;
        *array = std::move(*turned);
    }
    return true;
}

void apply_quant(OnnxNode& node, QuantSpec spec) {
    if (node.is_constant(0)) {
        const FloatArray* array = node.finite(0);
        if (array != nullptr)
            node.give(OnnxConstant{quantised(*array, spec), node.constant(0)->type, {}});
        return;
    }
    auto x = node.computed(0);
    if (!x)
        return;
    if (spec.bipolar()) {
        if (const auto y = bipolar(node, *x, spec.scale, &spec.zero_point))
            node.give(*y);
        return;
    }
    if (spec.is_signed && std::count(spec.bits.values.begin(), spec.bits.values.end(), 1.0) != 0)
        return node.problem("one signed bit (-1 and 1) for some values and more for others is not understood");
    if (turn(node, *x, spec))
        node.give(node.add("", *x, quantise_layer(spec, node.shape(*x))));
}

void read_quant(OnnxNode& node) {
    QuantSpec spec;
    spec.is_signed = node.flag("signed", true);
    spec.narrow = node.flag("narrow", true);
    const auto rounding = rounding_of(node, "ROUND");
    const FloatArray *scale = positive(node, 1), *zero_point = zero_points(node, 2), *bits = widths(node, 3);
    if (!rounding || scale == nullptr || zero_point == nullptr || bits == nullptr)
        return;
    spec.scale = *scale;
    spec.zero_point = *zero_point;
    spec.bits = *bits;
    spec.rounding = *rounding;
    apply_quant(node, std::move(spec));
}

void read_bipolar_quant(OnnxNode& node) {
    const FloatArray* scale = positive(node, 1);
    if (scale == nullptr)
        return;
    QuantSpec spec;
    spec.scale = *scale;
    spec.bits = FloatArray{{}, {1}, {}, {}};
    if (node.is_constant(0)) // of any scale and shape
        return apply_quant(node, std::move(spec));
    if (const auto x = node.computed(0))
        if (const auto y = bipolar(node, *x, *scale, nullptr))
            node.give(*y);
}

/// How many times two the steps of the result are, in both versions.
std::optional<int> bits_cut(OnnxNode& node, double scale, bool second_version) {
    const auto from = node.scalar(3), to = node.scalar(4);
    if (!from || !to)
        return std::nullopt;
    const double cut = second_version ? std::nearbyint(std::log2(*to / scale)) : *from - *to;
    if (!(std::abs(cut) <= 32) || cut != std::floor(cut)) {
        node.problem(fmt::format("cutting off {} bits is not understood", cut));
        return std::nullopt;
    }
    return static_cast<int>(cut);
}

/// codes = round(x / scale + zero); version 1 gives (rounding(codes / 2^k) - zero) * scale, version 2 saturates, and
/// gives (rounding(codes / 2^k) - zero / 2^k) * output_scale.
void read_trunc(OnnxNode& node) {
    const bool second = node.inputs() > 5;
    const auto rounding = rounding_of(node, "FLOOR");
    const FloatArray* scale_array = positive(node, 1);
    const auto scale = node.scalar(1), zero = node.scalar(2);
    const FloatArray* bits = second ? widths(node, 5) : nullptr;
    const bool is_signed = !second || node.flag("signed", true), narrow = second && node.flag("narrow", false);
    const auto x = node.computed(0);
    if (!rounding || scale_array == nullptr || !scale || !zero || !x || (second && bits == nullptr))
        return;
    const auto cut = bits_cut(node, *scale, second);
    if (!cut)
        return;
    const auto number = [](double value) { return FloatArray{{}, {value}, {}, {}}; };
    const double factor = std::ldexp(1.0, *cut);
    const QuantSpec whole{number(*scale), number(*zero), number(32), true, false, QuantRounding::half_even};
    QuantSpec coarse{number(*scale * factor), number(*zero / factor), number(32), true, false, *rounding};
    if (second) {
        coarse.bits = *bits;
        coarse.is_signed = is_signed;
        coarse.narrow = narrow;
    }
    const Shape shape = node.shape(*x);
    const Tensor codes = node.add("_codes", *x, quantise_layer(whole, shape));
    if (coarse.narrow && coarse.bipolar()) // nothing but 0
        coarse.is_signed = false;
    std::optional<Tensor> y = node.add(second ? "" : "_cut", codes, quantise_layer(coarse, shape));
    const double given = second ? *node.scalar(4) : *scale;
    if (y && given != *scale * factor) {
        const FloatArray ratio = number(given / (*scale * factor));
        const FloatArray shift = number(second ? 0.0 : (*zero / factor - *zero) * *scale);
        y = scaled(node, "_scale", *y, &ratio, shift.values.front() == 0 ? nullptr : &shift);
    }
    if (y)
        node.give(*y);
}

} // namespace

void add_onnx_quantisers(OnnxReaders& readers) {
    readers["Quant"] = read_quant;
    readers["IntQuant"] = read_quant;
    readers["BipolarQuant"] = read_bipolar_quant;
    readers["Trunc"] = read_trunc;
}

} // namespace gw::import
