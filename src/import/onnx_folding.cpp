// Nodes whose operands are all constants, computed while the file is read: the shapes that exporters compute, weights
// that they transpose, scale and quantise. Operators that only move elements fold in their own readers.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

using Two = std::function<double(double, double)>;
using One = std::function<double(double)>;

double quotient(double a, double b) {
    return a / b;
}

double whole_quotient(double a, double b) {
    if (b == 0)
        throw support::unsupported("it divides by 0");
    return std::trunc(a / b);
}

double remainder(double a, double b) {
    if (b == 0)
        throw support::unsupported("it divides by 0");
    return a - b * std::floor(a / b);
}

/// Of several operands, two at a time.
const std::map<std::string, Two>& of_two() {
    static const std::map<std::string, Two> table{
        {"Add", [](double a, double b) { return a + b; }},
        {"Sub", [](double a, double b) { return a - b; }},
        {"Mul", [](double a, double b) { return a * b; }},
        {"Div", quotient},
        {"Mod", remainder},
        {"Pow", [](double a, double b) { return std::pow(a, b); }},
        {"Max", [](double a, double b) { return std::max(a, b); }},
        {"Min", [](double a, double b) { return std::min(a, b); }},
        {"Sum", [](double a, double b) { return a + b; }},
        {"Equal", [](double a, double b) { return a == b ? 1.0 : 0.0; }},
        {"Greater", [](double a, double b) { return a > b ? 1.0 : 0.0; }},
        {"GreaterOrEqual", [](double a, double b) { return a >= b ? 1.0 : 0.0; }},
        {"Less", [](double a, double b) { return a < b ? 1.0 : 0.0; }},
        {"LessOrEqual", [](double a, double b) { return a <= b ? 1.0 : 0.0; }},
        {"And", [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; }},
        {"Or", [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; }},
        {"Xor", [](double a, double b) { return (a != 0) != (b != 0) ? 1.0 : 0.0; }}};
    return table;
}

const std::map<std::string, One>& of_one() {
    static const std::map<std::string, One> table{{"Neg", [](double x) { return -x; }},
                                                  {"Abs", [](double x) { return std::abs(x); }},
                                                  {"Sqrt", [](double x) { return std::sqrt(x); }},
                                                  {"Reciprocal", [](double x) { return 1 / x; }},
                                                  {"Exp", [](double x) { return std::exp(x); }},
                                                  {"Log", [](double x) { return std::log(x); }},
                                                  {"Floor", [](double x) { return std::floor(x); }},
                                                  {"Ceil", [](double x) { return std::ceil(x); }},
                                                  {"Round", [](double x) { return std::nearbyint(x); }},
                                                  {"Sin", [](double x) { return std::sin(x); }},
                                                  {"Cos", [](double x) { return std::cos(x); }},
                                                  {"Erf", [](double x) { return std::erf(x); }},
                                                  {"Tanh", [](double x) { return std::tanh(x); }},
                                                  {"Sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
                                                  {"Relu", [](double x) { return std::max(x, 0.0); }},
                                                  {"Sign", [](double x) { return x > 0 ? 1.0 : (x < 0 ? -1.0 : 0.0); }},
                                                  {"Not", [](double x) { return x == 0 ? 1.0 : 0.0; }}};
    return table;
}

OnnxConstant mapped(const OnnxConstant& from, const One& of) {
    OnnxConstant result = from;
    result.array.type.reset();
    result.array.units.clear();
    for (double& value : result.array.values)
        value = of(value);
    for (double& value : result.for_two)
        value = of(value);
    return result;
}

bool gives_truth(const std::string& operator_name) {
    return operator_name == "Equal" || operator_name == "Not" || operator_name == "And" || operator_name == "Or" ||
           operator_name == "Xor" || operator_name.rfind("Greater", 0) == 0 || operator_name.rfind("Less", 0) == 0;
}

void settle(OnnxConstant& constant) {
    if (constant.for_two == constant.array.values)
        constant.for_two.clear();
}

void fold_two(OnnxNode& node, const Two& of) {
    OnnxConstant result = *node.constant(0);
    const bool whole_division = node.type() == "Div" && is_whole(result.type);
    for (int k = 1; k < node.inputs(); ++k)
        result = combined(result, *node.constant(k), whole_division ? Two(whole_quotient) : of);
    node.ignore("fmod");
    if (gives_truth(node.type()))
        result.type = onnx::TensorProto::BOOL;
    settle(result);
    node.give(std::move(result));
}

void fold_cast(OnnxNode& node) {
    node.ignore("saturate");
    node.ignore("round_mode");
    const auto to = static_cast<ElementType>(node.whole("to", onnx::TensorProto::FLOAT));
    const OnnxConstant& from = *node.constant(0);
    OnnxConstant result = from;
    if (to == onnx::TensorProto::BOOL)
        result = mapped(from, [](double x) { return x != 0 ? 1.0 : 0.0; });
    else if (is_whole(to) && !is_whole(from.type))
        result = mapped(from, [](double x) { return std::trunc(x); });
    else if (to == onnx::TensorProto::FLOAT && from.type != onnx::TensorProto::FLOAT)
        for (double& value : result.array.values)
            value = static_cast<double>(static_cast<float>(value));
    result.type = to;
    node.give(std::move(result));
}

void fold_shape(OnnxNode& node) {
    const auto rank = static_cast<std::int64_t>(node.constant(0)->array.shape.size());
    const std::int64_t start = node.whole("start", 0), end = node.whole("end", rank);
    const auto from_end = [&](std::int64_t k) { return std::clamp<std::int64_t>(k < 0 ? k + rank : k, 0, rank); };
    OnnxConstant result{{{}, {}, {}, {}}, onnx::TensorProto::INT64, {}};
    for (std::int64_t k = from_end(start); k < from_end(end); ++k)
        result.array.values.push_back(node.constant(0)->array.shape[static_cast<std::size_t>(k)]);
    result.array.shape = {static_cast<std::uint32_t>(result.array.values.size())};
    node.give(std::move(result));
}

void fold_where(OnnxNode& node) {
    const OnnxConstant &mask = *node.constant(0), &a = *node.constant(1), &b = *node.constant(2);
    const auto no = [](double m, double) { return m == 0 ? 1.0 : 0.0; };
    const OnnxConstant other = combined(mask, mask, no);
    // Infinities times 0 are no numbers: what a mask leaves out is 0 whatever it is.
    const auto kept = [](double m, double value) { return m != 0 ? value : 0.0; };
    OnnxConstant result =
        combined(combined(mask, a, kept), combined(other, b, kept), [](double x, double y) { return x + y; });
    result.type = a.type;
    settle(result);
    node.give(std::move(result));
}

void fold_clip(OnnxNode& node) {
    const auto low = node.given(1) ? node.scalar(1) : std::optional(node.number("min", -INFINITY)),
               high = node.given(2) ? node.scalar(2) : std::optional(node.number("max", INFINITY));
    if (low && high)
        node.give(mapped(*node.constant(0), [&](double x) { return std::min(std::max(x, *low), *high); }));
}

/// {rows, summed} by {summed, columns}.
void fold_matmul(OnnxNode& node) {
    const FloatArray *a = node.finite(0), *b = node.finite(1);
    if (a == nullptr || b == nullptr)
        return;
    if (a->shape.size() != 2 || b->shape.size() != 2 || a->shape[1] != b->shape[0])
        return node.problem("a product of constants that are no matrices that fit is not understood");
    FloatArray result{{a->shape[0], b->shape[1]}, {}, {}, {}};
    for (std::size_t r = 0; r < a->shape[0]; ++r)
        for (std::size_t c = 0; c < b->shape[1]; ++c) {
            double sum = 0;
            for (std::size_t k = 0; k < a->shape[1]; ++k)
                sum += a->values[r * a->shape[1] + k] * b->values[k * b->shape[1] + c];
            result.values.push_back(sum);
        }
    node.give(OnnxConstant{std::move(result), node.constant(0)->type, {}});
}

double reduced(const std::string& name, double sum, double value, bool first) {
    if (name == "ReduceProd")
        return first ? value : sum * value;
    if (name == "ReduceMax")
        return first ? value : std::max(sum, value);
    if (name == "ReduceMin")
        return first ? value : std::min(sum, value);
    if (name == "ReduceL2" || name == "ReduceSumSquare")
        return (first ? 0 : sum) + value * value;
    return (first ? 0 : sum) + (name == "ReduceL1" ? std::abs(value) : value);
}

void fold_reduction(OnnxNode& node) {
    const bool keep = node.flag("keepdims", true), none_is_identity = node.flag("noop_with_empty_axes", false);
    const OnnxConstant& from = *node.constant(0);
    const Shape& shape = from.array.shape;
    const bool named = node.given(1) || node.wholes("axes");
    const auto axes = node.axes("axes", 1, shape.size());
    if (!axes)
        return;
    if (!named && none_is_identity)
        return node.give(from);
    Shape kept = shape;
    double count = 1;
    for (const std::uint32_t axis : *axes) {
        count *= kept[axis];
        kept[axis] = 1;
    }
    OnnxConstant result{{kept, std::vector<double>(network::elements(kept), 0.0), {}, {}}, from.type, {}};
    if (!from.for_two.empty())
        result.for_two = result.array.values;
    std::vector<bool> begun(result.array.values.size(), false);
    for (std::size_t i = 0; i < from.array.values.size(); ++i) {
        std::size_t group = 0, rest = i, step = 1;
        for (std::size_t k = shape.size(); k-- > 0; rest /= shape[k]) {
            group += kept[k] == 1 ? 0 : rest % shape[k] * step;
            step *= kept[k];
        }
        const bool first = !begun[group];
        begun[group] = true;
        result.array.values[group] = reduced(node.type(), result.array.values[group], from.array.values[i], first);
        if (!from.for_two.empty())
            result.for_two[group] = reduced(node.type(), result.for_two[group], from.for_two[i], first);
    }
    if (node.type() == "ReduceMean")
        result = mapped(result, [&](double x) { return x / count; });
    if (node.type() == "ReduceL2")
        result = mapped(result, [](double x) { return std::sqrt(x); });
    const Value value = std::move(result);
    node.give(keep ? value : without_axes(node, value, *axes));
}

} // namespace

bool fold_onnx_node(OnnxNode& node) {
    if (node.inputs() == 0)
        return false;
    for (int k = 0; k < node.inputs(); ++k)
        if (node.given(k) && !node.is_constant(k))
            return false;
    if (!node.given(0))
        return false;
    if (const auto two = of_two().find(node.type()); two != of_two().end())
        fold_two(node, two->second);
    else if (const auto one = of_one().find(node.type()); one != of_one().end())
        node.give(mapped(*node.constant(0), one->second));
    else if (node.type() == "Cast")
        fold_cast(node);
    else if (node.type() == "Shape")
        fold_shape(node);
    else if (node.type() == "Where" && node.inputs() == 3)
        fold_where(node);
    else if (node.type() == "Clip")
        fold_clip(node);
    else if (node.type() == "MatMul")
        fold_matmul(node);
    else if (node.type().rfind("Reduce", 0) == 0 && node.type().rfind("ReduceLog", 0) != 0)
        fold_reduction(node);
    else
        return false;
    return true;
}

} // namespace gw::import
