// Operators on integers with scales beside them (QLinearConv and its kin), and those that leave the scales to others
// (ConvInteger, MatMulInteger): the operator on real values between the conversions of onnx_integer.hpp. Sums are the
// same: a window's padding is the zero point, which is 0 in real values.
#include <fmt/format.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_integer.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

std::size_t rank_of(OnnxNode& node, const Value& value) {
    return file_shape(node, value).size();
}

/// Input `at` with the scale and the zero point behind it, as real values.
std::optional<Value> real(OnnxNode& node, const std::string& suffix, int at, std::int64_t axis) {
    const Value* q = node.value(at);
    if (q == nullptr)
        return std::nullopt;
    const auto spec = linear_spec(node, at + 1, at + 2, axis, rank_of(node, *q));
    return spec ? dequantised_linearly(node, suffix, *q, *spec) : std::nullopt;
}

/// `y` as integers of the scale and the zero point from input `at` on.
void give_integers(OnnxNode& node, const std::optional<Value>& y, int at) {
    if (!y)
        return;
    const auto spec = linear_spec(node, at, at + 1, 1, rank_of(node, *y));
    if (!spec)
        return;
    if (auto made = quantised_linearly(node, "_codes", *y, *spec))
        node.give(std::move(*made));
}

/// A bias of whole numbers, in steps of both scales.
std::optional<Value> real_bias(OnnxNode& node, int at, int input_scale, int weight_scale) {
    const FloatArray* bias = node.finite(at);
    const FloatArray *a = positive(node, input_scale), *b = positive(node, weight_scale);
    if (bias == nullptr || a == nullptr || b == nullptr)
        return std::nullopt;
    const auto product = [](double x, double y) { return x * y; };
    return OnnxConstant{combined(*bias, combined(*a, *b, product), product), onnx::TensorProto::FLOAT, {}};
}

void read_qlinear_conv(OnnxNode& node) {
    const auto x = real(node, "_input", 0, 1), w = real(node, "_weights", 3, 0);
    if (!x || !w)
        return;
    std::vector<Value> operands{*x, *w};
    if (node.given(8)) {
        const auto bias = real_bias(node, 8, 1, 4);
        if (!bias)
            return;
        operands.push_back(*bias);
    }
    give_integers(node, read_as(node, "Conv", operands), 6);
}

void read_qlinear_matmul(OnnxNode& node) {
    const auto a = real(node, "_left", 0, -2), b = real(node, "_right", 3, -1);
    if (a && b)
        give_integers(node, read_as(node, "MatMul", {*a, *b}), 6);
}

/// com.microsoft's Gemm; without a result's scale it gives real values.
void read_qgemm(OnnxNode& node) {
    const bool turned = node.flag("transB", false);
    const auto a = real(node, "_left", 0, 1), b = real(node, "_right", 3, turned ? 0 : 1);
    if (!a || !b)
        return;
    std::vector<Value> operands{*a, *b};
    if (node.given(6)) {
        const auto bias = real_bias(node, 6, 1, 4);
        if (!bias)
            return;
        operands.push_back(*bias);
    }
    const auto y = read_as(node, "Gemm", operands);
    if (node.given(7))
        return give_integers(node, y, 7);
    if (y)
        node.give(*y);
}

void read_qlinear_merge(OnnxNode& node) {
    const auto a = real(node, "_left", 0, 1), b = real(node, "_right", 3, 1);
    if (a && b)
        give_integers(node, read_as(node, node.type() == "QLinearAdd" ? "Add" : "Mul", {*a, *b}), 6);
}

/// Functions of one tensor: x, its scale and zero point, the result's.
void read_qlinear_function(OnnxNode& node) {
    const std::string plain = node.type().substr(std::string("QLinear").size());
    if (plain == "GlobalAveragePool" && node.flag("channels_last", false))
        return node.problem("channels_last is not understood");
    const auto x = real(node, "_input", 0, 1);
    if (x)
        give_integers(node, read_as(node, plain, {*x}), 3);
}

/// Integers less their zero point, which is a number or, of a constant, an array that broadcasts onto it.
std::optional<Value> centred(OnnxNode& node, const std::string& suffix, int at, int zero, bool per_row) {
    const Value* q = node.value(at);
    if (q == nullptr || !node.given(zero))
        return q == nullptr ? std::nullopt : std::optional(*q);
    const OnnxConstant* points = node.constant(zero);
    if (points == nullptr)
        return std::nullopt;
    OnnxConstant shift = *points;
    for (double& value : shift.array.values)
        value = -value;
    if (per_row && shift.array.values.size() > 1)
        shift.array.shape.resize(rank_of(node, *q), 1);
    if (const auto* constant = std::get_if<OnnxConstant>(q))
        return combined(*constant, shift, [](double a, double b) { return a + b; });
    bool none = true;
    for (const double value : shift.array.values)
        none = none && value == 0;
    if (none)
        return *q;
    if (shift.array.values.size() != 1) {
        node.problem("zero points of several rows of computed values are not understood");
        return std::nullopt;
    }
    auto made = scaled(node, suffix, std::get<Tensor>(*q), nullptr, &shift.array);
    return made ? std::optional<Value>(*made) : std::nullopt;
}

void read_integer_product(OnnxNode& node) {
    const bool conv = node.type() == "ConvInteger";
    const auto a = centred(node, "_left", 0, 2, false), b = centred(node, "_right", 1, 3, conv);
    if (!a || !b)
        return;
    auto y = read_as(node, conv ? "Conv" : "MatMul", {*a, *b});
    if (!y)
        return;
    if (auto* tensor = std::get_if<Tensor>(&*y))
        tensor->type = onnx::TensorProto::INT32;
    node.give(std::move(*y));
}

} // namespace

void add_onnx_integer_products(OnnxReaders& readers) {
    readers["QLinearConv"] = read_qlinear_conv;
    readers["QLinearMatMul"] = read_qlinear_matmul;
    readers["ConvInteger"] = read_integer_product;
    readers["MatMulInteger"] = read_integer_product;
    const std::string microsoft = "com.microsoft.";
    readers[microsoft + "QGemm"] = read_qgemm;
    for (const char* name : {"QLinearAdd", "QLinearMul"})
        readers[microsoft + name] = read_qlinear_merge;
    for (const char* name : {"QLinearGlobalAveragePool", "QLinearAveragePool", "QLinearSigmoid", "QLinearLeakyRelu"})
        readers[microsoft + name] = read_qlinear_function;
}

} // namespace gw::import
