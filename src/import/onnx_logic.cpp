// Comparisons, truth values and selection. A truth value is 0 or 1: a comparison is a step of the difference, a
// selection the sum of both sides times the truth value and its opposite.
#include <cmath>

#include <fmt/format.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

Steps step(double threshold, bool closed, double below, double above) {
    return {closed, FloatArray{{1}, {threshold}, {}, {}}, FloatArray{{2}, {below, above}, {}, {}},
            Steps::Origin::comparison};
}

/// a - b, and the threshold to compare it with: a itself and b where b is one number.
std::optional<std::pair<Tensor, double>> difference(OnnxNode& node) {
    if (node.is_computed(0) && node.is_constant(1)) {
        const FloatArray* limit = node.finite(1);
        if (limit == nullptr)
            return std::nullopt;
        if (limit->values.size() == 1 && limit->shape.size() <= node.computed(0)->rank())
            return std::pair{*node.computed(0), limit->values.front()};
    }
    const Value *a = node.value(0), *b = node.value(1);
    if (a == nullptr || b == nullptr)
        return std::nullopt;
    const auto made = arithmetic(node, "_difference", Merge::Kind::subtract, *a, *b);
    if (!made)
        return std::nullopt;
    return std::pair{std::get<Tensor>(*made), 0.0};
}

ReadOnnxNode comparison(bool closed, double below, double above) {
    return [=](OnnxNode& node) {
        if (const auto of = difference(node)) {
            Tensor result = node.add("", of->first, step(of->second, closed, below, above));
            result.type = onnx::TensorProto::BOOL;
            node.give(result);
        }
    };
}

/// Not below, and not above.
void read_equal(OnnxNode& node) {
    const auto of = difference(node);
    if (!of)
        return;
    const Tensor least = node.add("_at_least", of->first, step(of->second, true, 0, 1)),
                 above = node.add("_above", of->first, step(of->second, false, 0, 1));
    if (auto made = merged(node, "", Merge::Kind::subtract, {least, above})) {
        made->type = onnx::TensorProto::BOOL;
        node.give(*made);
    }
}

/// 1 - x
std::optional<Value> opposite(OnnxNode& node, const std::string& suffix, const Value& x) {
    OnnxConstant one = number_constant(1);
    one.type = onnx::TensorProto::BOOL;
    return arithmetic(node, suffix, Merge::Kind::subtract, one, x);
}

void read_not(OnnxNode& node) {
    if (const auto x = node.computed(0))
        if (const auto made = opposite(node, "", *x))
            node.give(*made);
}

ReadOnnxNode truth(Merge::Kind kind) {
    return [kind](OnnxNode& node) {
        const auto a = node.tensor_of(0), b = node.tensor_of(1);
        if (!a || !b)
            return;
        if (const auto made = merged(node, "", kind, {*a, *b}))
            node.give(*made);
    };
}

void read_where(OnnxNode& node) {
    const Value *mask = node.value(0), *a = node.value(1), *b = node.value(2);
    if (mask == nullptr || a == nullptr || b == nullptr)
        return;
    for (const int k : {1, 2})
        if (node.is_constant(k) && node.finite(k) == nullptr)
            return;
    const auto other = opposite(node, "_not", *mask);
    const auto yes = arithmetic(node, "_then", Merge::Kind::multiply, *mask, *a);
    const auto no = other ? arithmetic(node, "_else", Merge::Kind::multiply, *other, *b) : std::nullopt;
    if (!yes || !no)
        return;
    auto made = arithmetic(node, "", Merge::Kind::add, *yes, *no);
    if (!made)
        return;
    if (auto* tensor = std::get_if<Tensor>(&*made)) {
        const Value& like = std::holds_alternative<Tensor>(*a) ? *a : *b;
        const auto* computed = std::get_if<Tensor>(&like);
        tensor->type = computed != nullptr ? computed->type : std::get<OnnxConstant>(like).type;
    }
    node.give(*made);
}

} // namespace

void add_onnx_logic(OnnxReaders& readers) {
    readers["Greater"] = comparison(false, 0, 1);
    readers["GreaterOrEqual"] = comparison(true, 0, 1);
    readers["Less"] = comparison(true, 1, 0);
    readers["LessOrEqual"] = comparison(false, 1, 0);
    readers["Equal"] = read_equal;
    readers["Not"] = read_not;
    readers["And"] = truth(Merge::Kind::minimum);
    readers["Or"] = truth(Merge::Kind::maximum);
    readers["Where"] = read_where;
}

} // namespace gw::import
