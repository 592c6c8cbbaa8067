// Quant, IntQuant and BipolarQuant of QONNX.
#include <cmath>

#include <fmt/format.h>

#include "import/onnx_registry.hpp"
#include "import/qonnx_quant.hpp"

namespace gw::import {

namespace {

void apply_quant(OnnxNode& node, const QuantSpec& spec) {
    if (node.is_constant(0)) {
        const FloatArray* array = node.finite(0);
        if (array != nullptr)
            node.give(OnnxConstant{quantised(*array, spec), node.constant(0)->type, {}});
        return;
    }
    const auto x = node.computed(0);
    if (!x)
        return;
    const Shape& shape = node.shape(*x);
    if (shape.size() != 1 && spec.scale.values.size() != 1)
        return node.problem("a scale per channel is understood on vectors only");
    node.give(node.add("", *x, Quantise{quant_types(spec, shape.back())}));
}

void read_quant(OnnxNode& node) {
    QuantSpec spec;
    spec.is_signed = node.flag("signed", true);
    spec.narrow = node.flag("narrow", true);
    const std::string name = node.text("rounding_mode", "ROUND");
    const auto rounding = parse_quant_rounding(name);
    const FloatArray* scale = node.finite(1);
    const auto zero_point = node.scalar(2);
    const auto bits = node.scalar(3);
    if (!rounding)
        return node.problem(fmt::format("rounding_mode '{}' is not understood", name));
    if (scale == nullptr || !zero_point || !bits)
        return;
    if (!(*bits >= 1 && *bits <= 32) || *bits != std::floor(*bits))
        return node.problem(fmt::format("a bit width of {} is not understood; whole numbers from 1 to 32 are", *bits));
    if (!std::isfinite(*zero_point) || *zero_point != std::floor(*zero_point) || std::abs(*zero_point) > 4e9)
        return node.problem(fmt::format("zero point {} is no whole number", *zero_point));
    spec.scale = *scale;
    spec.rounding = *rounding;
    spec.zero_point = *zero_point;
    spec.bits = static_cast<int>(*bits);
    apply_quant(node, spec);
}

void read_bipolar_quant(OnnxNode& node) {
    const FloatArray* scale = node.finite(1);
    if (scale == nullptr)
        return;
    QuantSpec spec;
    spec.scale = *scale;
    spec.bits = 1;
    apply_quant(node, spec);
}

} // namespace

void add_onnx_quantisers(OnnxReaders& readers) {
    readers["Quant"] = read_quant;
    readers["IntQuant"] = read_quant;
    readers["BipolarQuant"] = read_bipolar_quant;
}

} // namespace gw::import
