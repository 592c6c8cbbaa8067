// Add, Sub, Mul, Div, Pow, and the merges Min, Max, Mean and Sum.
#include "import/onnx_arithmetic.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

using Axes = std::vector<std::uint32_t>;

/// The flat index of an operand's element for each of the result's.
std::vector<std::size_t> spread(const Shape& operand, const Shape& result) {
    std::vector<std::size_t> at(network::elements(result), 0);
    std::size_t step = 1, own_step = 1;
    for (std::size_t k = 0; k < operand.size(); ++k) {
        const std::size_t extent = result[result.size() - 1 - k], own = operand[operand.size() - 1 - k];
        for (std::size_t i = 0; i < at.size() && own != 1; ++i)
            at[i] += i / step % extent * own_step;
        step *= extent;
        own_step *= own;
    }
    return at;
}

Shape broadcast_shape(const Shape& a, const Shape& b) {
    Shape shape(std::max(a.size(), b.size()), 1);
    for (const Shape* each : {&a, &b})
        for (std::size_t k = 0; k < each->size(); ++k) {
            std::uint32_t& extent = shape[shape.size() - 1 - k];
            const std::uint32_t own = (*each)[each->size() - 1 - k];
            if (own != extent && own != 1 && extent != 1)
                throw support::unsupported(fmt::format("constants of shapes [{}] and [{}] do not fit",
                                                       fmt::join(a, ", "), fmt::join(b, ", ")));
            extent = extent == 1 ? own : extent;
        }
    require_elements(shape);
    return shape;
}

/// The labels of `like`, ascending: what the tensor lacks of them has the extent 1. None where it has others.
std::optional<Tensor> with_labels(OnnxNode& node, const Tensor& from, const Axes& labels,
                                  std::optional<std::uint32_t> event) {
    Axes own = from.axes;
    std::sort(own.begin(), own.end());
    if (own == labels && from.event == event)
        return from;
    Tensor result = straight(node, from);
    const Shape shape = node.shape(result);
    Shape wide;
    std::size_t next = 0;
    for (std::size_t k = 0; k < labels.size(); ++k) {
        while (next < shape.size() && result.axes[next] < labels[k] && shape[next] == 1)
            ++next;
        const bool has = next < shape.size() && result.axes[next] == labels[k];
        wide.push_back(has ? shape[next++] : 1);
    }
    while (next < shape.size() && shape[next] == 1)
        ++next;
    if (next != shape.size() || (from.event && from.event != event))
        return std::nullopt;
    if (wide != shape)
        result.layer = node.add_layer("_wide", {result.layer}, wide, Reshape{});
    result.axes = labels;
    result.event = event;
    return result;
}

/// All in one rank and one order of axes: an order that is not the file's where some tensor has one, so that images
/// stay as convolutions left them.
bool align(OnnxNode& node, std::vector<Tensor>& from) {
    std::size_t rank = 0;
    for (const Tensor& each : from)
        rank = std::max(rank, each.rank());
    for (Tensor& each : from)
        each = widened(node, each, rank);
    std::optional<std::uint32_t> event;
    Axes labels;
    for (const Tensor& each : from) {
        event = event ? event : each.event;
        if (each.event && each.axes.size() > labels.size())
            labels = each.axes;
    }
    if (labels.empty())
        labels = from.front().axes;
    std::sort(labels.begin(), labels.end());
    Axes order = labels;
    for (Tensor& each : from) {
        const auto made = with_labels(node, each, labels, event);
        if (!made) {
            node.problem(fmt::format("a value of shape {} does not fit one of shape {}", describe(node, each),
                                     describe(node, from.front())));
            return false;
        }
        each = *made;
        if (each.axes != labels && order == labels)
            order = each.axes;
    }
    for (Tensor& each : from)
        each = in_order(node, each, order);
    return true;
}

} // namespace

FloatArray combined(const FloatArray& a, const FloatArray& b, const std::function<double(double, double)>& of) {
    FloatArray result{broadcast_shape(a.shape, b.shape), {}, {}, {}};
    const auto left = spread(a.shape, result.shape), right = spread(b.shape, result.shape);
    for (std::size_t i = 0; i < left.size(); ++i)
        result.values.push_back(of(a.values[left[i]], b.values[right[i]]));
    return result;
}

OnnxConstant combined(const OnnxConstant& a, const OnnxConstant& b, const std::function<double(double, double)>& of) {
    OnnxConstant result{combined(a.array, b.array, of), a.type, {}};
    if (!a.for_two.empty() || !b.for_two.empty())
        result.for_two = combined(FloatArray{a.array.shape, a.for_two.empty() ? a.array.values : a.for_two, {}, {}},
                                  FloatArray{b.array.shape, b.for_two.empty() ? b.array.values : b.for_two, {}, {}}, of)
                             .values;
    return result;
}

OnnxConstant number_constant(double value) {
    return {FloatArray{{}, {value}, {}, {}}, onnx::TensorProto::FLOAT, {}};
}

std::optional<Tensor> merged(OnnxNode& node, const std::string& suffix, Merge::Kind kind, std::vector<Tensor> from) {
    if (from.empty() || !align(node, from))
        return std::nullopt;
    Shape shape = node.shape(from.front());
    std::vector<LayerId> inputs;
    for (const Tensor& each : from) {
        const Shape own = node.shape(each);
        for (std::size_t k = 0; k < shape.size(); ++k) {
            if (own[k] != shape[k] && own[k] != 1 && shape[k] != 1) {
                node.problem(fmt::format("a value of shape {} does not fit one of shape {}", describe(node, each),
                                         describe(node, from.front())));
                return std::nullopt;
            }
            shape[k] = std::max(shape[k], own[k]);
        }
        inputs.push_back(each.layer);
    }
    Tensor result = from.front();
    if (inputs.size() > 1)
        result.layer = node.add_layer(suffix, std::move(inputs), std::move(shape), Merge{kind});
    return result;
}

std::optional<Tensor> scaled(OnnxNode& node, const std::string& suffix, const Tensor& x, const FloatArray* scale,
                             const FloatArray* bias) {
    Tensor from = x;
    for (const FloatArray* each : {scale, bias})
        if (each != nullptr)
            from = widened(node, from, each->shape.size());
    Shape shape = node.shape(from);
    Scale body;
    for (const FloatArray* each : {scale, bias}) {
        if (each == nullptr)
            continue;
        auto own = beside(node, *each, from);
        if (!own)
            return std::nullopt;
        for (std::size_t k = 0; k < shape.size(); ++k)
            shape[k] = std::max(shape[k], own->shape[k]);
        if (own->values.size() == 1)
            own->shape = {1};
        (each == scale ? body.scale : body.bias) = std::move(own);
    }
    return node.add(suffix, from, std::move(shape), std::move(body));
}

namespace {

/// One number by two.
using Binary = double (*)(double, double);

Binary function_of(Merge::Kind kind) {
    switch (kind) {
    case Merge::Kind::subtract:
        return [](double a, double b) { return a - b; };
    case Merge::Kind::multiply:
        return [](double a, double b) { return a * b; };
    case Merge::Kind::divide:
        return [](double a, double b) { return a / b; };
    default:
        return [](double a, double b) { return a + b; };
    }
}

/// What a constant is to a tensor that it is added to or multiplied by; the type is lost where the values change.
FloatArray changed(const FloatArray& from, double (*of)(double), bool keeps_type) {
    FloatArray result = from;
    for (double& value : result.values)
        value = of(value);
    if (!keeps_type)
        result.type.reset();
    return result;
}

std::optional<Tensor> with_constant(OnnxNode& node, const std::string& suffix, Merge::Kind kind, const Tensor& x,
                                    const FloatArray& constant) {
    switch (kind) {
    case Merge::Kind::add:
        return scaled(node, suffix, x, nullptr, &constant);
    case Merge::Kind::subtract: {
        const FloatArray minus = changed(
            constant, [](double v) { return -v; }, true);
        return scaled(node, suffix, x, nullptr, &minus);
    }
    case Merge::Kind::multiply:
        return scaled(node, suffix, x, &constant, nullptr);
    default:
        break;
    }
    if (std::find(constant.values.begin(), constant.values.end(), 0.0) != constant.values.end()) {
        node.problem("it divides by 0");
        return std::nullopt;
    }
    FloatArray inverse = changed(
        constant, [](double v) { return 1 / v; }, false);
    inverse.units.clear();
    return scaled(node, suffix, x, &inverse, nullptr);
}

std::optional<Tensor> from_constant(OnnxNode& node, const std::string& suffix, Merge::Kind kind,
                                    const FloatArray& constant, const Tensor& x) {
    const FloatArray minus_one{{}, {-1}, {}, {}};
    if (kind == Merge::Kind::subtract)
        return scaled(node, suffix, x, &minus_one, &constant);
    if (kind != Merge::Kind::divide)
        return with_constant(node, suffix, kind, x, constant);
    const bool one = constant.values == std::vector<double>{1.0} && constant.shape.size() <= x.rank();
    const Tensor inverse = node.add(one ? suffix : suffix + "_inverse", x, Function{Function::Kind::reciprocal});
    return one ? inverse : scaled(node, suffix, inverse, &constant, nullptr);
}

const FloatArray* finite_array(OnnxNode& node, const OnnxConstant& constant) {
    const bool good = constant.for_two.empty() && !constant.array.values.empty() &&
                      std::all_of(constant.array.values.begin(), constant.array.values.end(),
                                  [](double value) { return std::isfinite(value); });
    if (good)
        return &constant.array;
    node.problem("a constant that it computes with is empty, infinite or depends on the number of events");
    return nullptr;
}

} // namespace

std::optional<Value> arithmetic(OnnxNode& node, const std::string& suffix, Merge::Kind kind, const Value& a,
                                const Value& b) {
    const auto *left = std::get_if<OnnxConstant>(&a), *right = std::get_if<OnnxConstant>(&b);
    if (left != nullptr && right != nullptr)
        return combined(*left, *right, function_of(kind));
    std::optional<Tensor> made;
    if (left == nullptr && right == nullptr) {
        made = merged(node, suffix, kind, {std::get<Tensor>(a), std::get<Tensor>(b)});
    } else if (const FloatArray* constant = finite_array(node, left != nullptr ? *left : *right)) {
        made = left != nullptr ? from_constant(node, suffix, kind, *constant, std::get<Tensor>(b))
                               : with_constant(node, suffix, kind, std::get<Tensor>(a), *constant);
    }
    return made ? std::optional<Value>(*made) : std::nullopt;
}

namespace {

ReadOnnxNode binary(Merge::Kind kind) {
    return [kind](OnnxNode& node) {
        node.ignore("axis"); // of operator sets that are too old for it to matter
        const Value *a = node.value(0), *b = node.value(1);
        if (a == nullptr || b == nullptr)
            return;
        for (const int k : {0, 1})
            if (node.is_constant(k) && node.finite(k) == nullptr)
                return;
        const auto* tensor = std::get_if<Tensor>(a);
        if (kind == Merge::Kind::divide && tensor != nullptr && is_whole(tensor->type))
            return node.problem("a division of whole numbers has no layer");
        if (const auto made = arithmetic(node, "", kind, *a, *b))
            node.give(*made);
    };
}

/// x ^ exponent for the exponents that have functions of their own.
Function power(double exponent) {
    using Kind = Function::Kind;
    if (exponent == 2)
        return {Kind::square};
    if (exponent == 0.5)
        return {Kind::square_root};
    if (exponent == -0.5)
        return {Kind::reciprocal_root};
    if (exponent == -1)
        return {Kind::reciprocal};
    return {Kind::power, exponent};
}

void read_pow(OnnxNode& node) {
    if (node.is_computed(0) && node.is_computed(1))
        return node.problem("a computed power of a computed value has no layer");
    if (node.is_computed(0)) {
        const auto x = node.computed(0);
        const FloatArray* exponents = node.finite(1);
        if (!x || exponents == nullptr)
            return;
        for (const double each : exponents->values)
            if (each != exponents->values.front())
                return node.problem("powers that differ from element to element have no layer");
        if (exponents->values.front() == 1)
            return node.give(*x);
        return node.give(node.add("", *x, power(exponents->values.front())));
    }
    const FloatArray* base = node.finite(0);
    const auto x = node.computed(1);
    if (base == nullptr || !x)
        return;
    FloatArray logarithm{base->shape, {}, {}, {}};
    for (const double each : base->values) {
        if (each <= 0)
            return node.problem(fmt::format("a computed power of {} has no layer", each));
        logarithm.values.push_back(std::log(each));
    }
    if (const auto exponent = scaled(node, "_logarithm", *x, &logarithm, nullptr))
        node.give(node.add("", *exponent, Function{Function::Kind::exponential}));
}

ReadOnnxNode merge_all(Merge::Kind kind) {
    return [kind](OnnxNode& node) {
        using Limits = std::pair<double, double>;
        const bool limits = kind == Merge::Kind::maximum || kind == Merge::Kind::minimum;
        if (node.inputs() == 0)
            return node.problem("it has no inputs");
        if (limits && node.inputs() == 2 && node.is_computed(0) && node.is_constant(1)) {
            const OnnxConstant& other = *node.constant(1);
            if (other.array.values.size() == 1 && other.array.shape.size() <= node.computed(0)->rank()) {
                const double limit = other.array.values.front();
                const auto [low, high] =
                    kind == Merge::Kind::maximum ? Limits{limit, INFINITY} : Limits{-INFINITY, limit};
                if (std::isfinite(limit))
                    return node.give(node.add("", *node.computed(0), Function{Function::Kind::clip, low, high}));
            }
        }
        std::vector<Tensor> from;
        for (int k = 0; k < node.inputs(); ++k)
            if (const auto each = node.tensor_of(k))
                from.push_back(*each);
        if (from.size() != static_cast<std::size_t>(node.inputs()))
            return;
        if (const auto made = merged(node, "", kind, std::move(from)))
            node.give(*made);
    };
}

} // namespace

void add_onnx_arithmetic(OnnxReaders& readers) {
    readers["Add"] = binary(Merge::Kind::add);
    readers["Sub"] = binary(Merge::Kind::subtract);
    readers["Mul"] = binary(Merge::Kind::multiply);
    readers["Div"] = binary(Merge::Kind::divide);
    readers["Pow"] = read_pow;
    readers["Max"] = merge_all(Merge::Kind::maximum);
    readers["Min"] = merge_all(Merge::Kind::minimum);
    readers["Mean"] = merge_all(Merge::Kind::average);
    readers["Sum"] = merge_all(Merge::Kind::add);
}

} // namespace gw::import
