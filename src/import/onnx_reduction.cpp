// Reductions over axes: sums, means and extremes are layers; the others are made of these and functions.
#include <algorithm>

#include <fmt/format.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

using Kind = Function::Kind;

/// Axes of the file, none of them the events'.
std::optional<std::vector<std::uint32_t>> reduced_axes(OnnxNode& node, const Tensor& x) {
    const auto axes = node.axes("axes", 1, x.rank());
    if (!axes)
        return std::nullopt;
    if (!x.event || std::find(axes->begin(), axes->end(), *x.event) == axes->end())
        return axes;
    node.problem("it would reduce over the events");
    return std::nullopt;
}

/// The axes stay with the extent 1.
Tensor reduced(OnnxNode& node, const std::string& suffix, const Tensor& x, const std::vector<std::uint32_t>& axes,
               Reduce::Kind kind) {
    Reduce body{kind, {}};
    Shape shape = node.shape(x);
    for (const std::uint32_t axis : axes)
        body.axes.push_back(*layer_axis(x, axis));
    std::sort(body.axes.begin(), body.axes.end());
    for (const std::uint32_t k : body.axes)
        shape[k] = 1;
    return body.axes.empty() ? x : node.add(suffix, x, std::move(shape), std::move(body));
}

/// The product of all slices along the axes.
std::optional<Tensor> multiplied(OnnxNode& node, Tensor x, const std::vector<std::uint32_t>& axes) {
    for (const std::uint32_t axis : axes) {
        const Shape shape = file_shape(node, x);
        std::vector<Tensor> slices;
        for (std::uint32_t k = 0; k < shape[axis]; ++k) {
            std::vector<AxisIndices> from = all_indices(shape);
            from[axis] = {k};
            slices.push_back(std::get<Tensor>(picked(node, x, from)));
        }
        const auto made = merged(node, "", Merge::Kind::multiply, std::move(slices));
        if (!made)
            return std::nullopt;
        x = *made;
    }
    return x;
}

/// log(sum(exp(x))), the largest taken out first so that no exponential grows.
std::optional<Tensor> log_sum_exp(OnnxNode& node, const Tensor& x, const std::vector<std::uint32_t>& axes) {
    const Tensor most = reduced(node, "_largest", x, axes, Reduce::Kind::maximum);
    const auto below = merged(node, "_below", Merge::Kind::subtract, {x, most});
    if (!below)
        return std::nullopt;
    const Tensor sum =
        reduced(node, "_sum", node.add("_exp", *below, Function{Kind::exponential}), axes, Reduce::Kind::sum);
    return merged(node, "", Merge::Kind::add, {node.add("_log", sum, Function{Kind::log}), most});
}

std::optional<Tensor> reduction(OnnxNode& node, const Tensor& x, const std::vector<std::uint32_t>& axes) {
    const std::string& type = node.type();
    if (type == "ReduceSum")
        return reduced(node, "", x, axes, Reduce::Kind::sum);
    if (type == "ReduceMean")
        return reduced(node, "", x, axes, Reduce::Kind::mean);
    if (type == "ReduceMax")
        return reduced(node, "", x, axes, Reduce::Kind::maximum);
    if (type == "ReduceMin")
        return reduced(node, "", x, axes, Reduce::Kind::minimum);
    if (type == "ReduceL1")
        return reduced(node, "", node.add("_absolute", x, Function{Kind::absolute}), axes, Reduce::Kind::sum);
    if (type == "ReduceLogSum")
        return node.add("", reduced(node, "_sum", x, axes, Reduce::Kind::sum), Function{Kind::log});
    if (type == "ReduceLogSumExp")
        return log_sum_exp(node, x, axes);
    if (type == "ReduceProd")
        return multiplied(node, x, axes);
    const Tensor squares = node.add("_squares", x, Function{Kind::square});
    if (type == "ReduceSumSquare")
        return reduced(node, "", squares, axes, Reduce::Kind::sum);
    return node.add("", reduced(node, "_sum", squares, axes, Reduce::Kind::sum), Function{Kind::square_root});
}

void read_reduction(OnnxNode& node) {
    const bool keep = node.flag("keepdims", true), nothing_without = node.flag("noop_with_empty_axes", false);
    const auto attribute = node.wholes("axes");
    const bool named = (attribute && !attribute->empty()) ||
                       (node.given(1) && node.is_constant(1) && !node.constant(1)->array.values.empty());
    const auto x = node.computed(0);
    if (!x)
        return;
    if (!named && nothing_without)
        return node.give(*x);
    if (!named && x->event)
        return node.problem("it would reduce over the events");
    const auto axes = reduced_axes(node, *x);
    if (!axes)
        return;
    const auto made = reduction(node, *x, *axes);
    if (made)
        node.give(keep ? Value(*made) : without_axes(node, *made, *axes));
}

/// x divided by the sum of its absolute values, or by the root of the sum of its squares.
void read_lp_norm(OnnxNode& node) {
    const std::int64_t order = node.whole("p", 2), given_axis = node.whole("axis", -1);
    const auto x = node.computed(0);
    if (!x)
        return;
    const auto axis = node.axis(given_axis, x->rank());
    if (!axis)
        return;
    if (x->event == axis || (order != 1 && order != 2))
        return node.problem(fmt::format("p {} along axis {} is not understood", order, *axis));
    const Tensor powers = node.add("_powers", *x, Function{order == 1 ? Kind::absolute : Kind::square});
    Tensor size = reduced(node, "_sum", powers, {*axis}, Reduce::Kind::sum);
    if (order == 2)
        size = node.add("_root", size, Function{Kind::square_root});
    if (const auto made = merged(node, "", Merge::Kind::divide, {*x, size}))
        node.give(*made);
}

/// Running sums: a product with a triangle of ones.
void read_cum_sum(OnnxNode& node) {
    const bool exclusive = node.flag("exclusive", false), reverse = node.flag("reverse", false);
    const auto x = node.computed(0);
    const auto given_axis = node.whole_constants(1);
    if (!x || !given_axis)
        return;
    if (given_axis->size() != 1)
        return node.problem("one axis is expected");
    const auto axis = node.axis(given_axis->front(), x->rank());
    if (!axis)
        return;
    if (x->event == axis)
        return node.problem("it would sum over the events");
    std::vector<std::uint32_t> order = x->axes;
    order.erase(std::find(order.begin(), order.end(), *axis));
    order.push_back(*axis);
    const Tensor turned = in_order(node, *x, order);
    const std::uint32_t size = node.shape(turned).back();
    FloatArray ones{{size, size}, {}, {}, {}};
    for (std::uint32_t from = 0; from < size; ++from)
        for (std::uint32_t to = 0; to < size; ++to)
            ones.values.push_back((reverse ? from > to : from < to) || (from == to && !exclusive) ? 1 : 0);
    node.give(node.add("", turned, Dense{std::move(ones), std::nullopt}));
}

} // namespace

void add_onnx_reductions(OnnxReaders& readers) {
    for (const char* name : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceProd",
                             "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"})
        readers[name] = read_reduction;
    readers["CumSum"] = read_cum_sum;
    readers["LpNormalization"] = read_lp_norm;
}

} // namespace gw::import
