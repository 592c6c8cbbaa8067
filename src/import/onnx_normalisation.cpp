// Normalisations by constants and by each event's own moments, and soft maxima.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

constexpr double usual_epsilon = double{1e-5F};

void read_batch_norm(OnnxNode& node) {
    BatchNorm norm;
    norm.epsilon = node.number("epsilon", usual_epsilon);
    node.ignore("momentum");
    const bool spatial = node.flag("spatial", true);
    if (node.whole("training_mode", 0) != 0)
        return node.problem("training_mode is not understood (only 0 is)");
    const auto x = node.computed(0);
    const auto input =
        x ? x->rank() == 2 && x->event == 0U && !x->merged() ? x : channels_last(node, *x, 2, 8) : std::nullopt;
    if (!input)
        return;
    const Shape channels{node.shape(*input).back()};
    if (!spatial && x->rank() > 2)
        return node.problem("moments for each position (spatial 0) are not understood");
    std::vector<double>* const parts[] = {&norm.gamma, &norm.beta, &norm.mean, &norm.variance};
    for (int k = 0; k < 4; ++k) {
        const FloatArray* part = node.finite(k + 1);
        if (part == nullptr)
            return;
        if (part->shape != channels)
            return node.problem(fmt::format("'{}' of shape [{}] does not fit values of shape {}", node.input(k + 1),
                                            fmt::join(part->shape, ", "), describe(node, *x)));
        *parts[k] = part->values;
    }
    for (const double variance : norm.variance)
        if (variance + norm.epsilon <= 0)
            return node.problem(
                fmt::format("a variance of {} with epsilon {} has no square root", variance, norm.epsilon));
    node.give(node.add("", *input, std::move(norm)));
}

/// A constant of one axis as it lies along the file's axis `axis` of the tensor.
std::optional<FloatArray> along(OnnxNode& node, const FloatArray& constant, const Tensor& x, std::size_t axis) {
    FloatArray lying = constant;
    lying.shape.assign(x.rank(), 1);
    lying.shape[axis] = static_cast<std::uint32_t>(constant.values.size());
    return beside(node, lying, x);
}

/// Axes of the layer from the file's `first` on.
std::vector<std::uint32_t> axes_from(const Tensor& x, std::uint32_t first) {
    std::vector<std::uint32_t> axes;
    for (std::uint32_t k = 0; k < x.axes.size(); ++k)
        if (x.axes[k] >= first)
            axes.push_back(k);
    return axes;
}

void read_instance_norm(OnnxNode& node) {
    const double epsilon = node.number("epsilon", usual_epsilon);
    const auto x = node.computed(0);
    const FloatArray *scale = node.finite(1), *bias = node.finite(2);
    if (!x || scale == nullptr || bias == nullptr)
        return;
    if (x->event != 0U || x->merged() || x->rank() < 3)
        return node.problem(fmt::format("an input of shape {} is not understood", describe(node, *x)));
    const auto gamma = along(node, *scale, *x, 1), beta = along(node, *bias, *x, 1);
    if (gamma && beta)
        node.give(node.add("", *x, Normalise{axes_from(*x, 2), gamma, beta, epsilon, true}));
}

/// Over the axes from `axis` on; without a mean for RMSNormalization.
void read_layer_norm(OnnxNode& node) {
    const bool centred = node.type() == "LayerNormalization";
    const double epsilon = node.number("epsilon", usual_epsilon);
    const std::int64_t given_axis = node.whole("axis", -1);
    node.ignore("stash_type"); // the precision inside
    const auto x = node.computed(0);
    const FloatArray* scale = node.given(1) ? node.finite(1) : nullptr;
    const FloatArray* bias = node.given(2) ? node.finite(2) : nullptr;
    if (!x || (node.given(1) && scale == nullptr) || (node.given(2) && bias == nullptr))
        return;
    if (node.wanted(1) || node.wanted(2))
        return node.problem("its outputs of moments are not understood");
    const auto axis = node.axis(given_axis, x->rank());
    if (!axis)
        return;
    if (x->event && *x->event >= *axis)
        return node.problem("it would mix the values of several events");
    Normalise body{axes_from(*x, *axis), {}, {}, epsilon, centred};
    if (scale != nullptr && !(body.gamma = beside(node, *scale, *x)))
        return;
    if (bias != nullptr && !(body.beta = beside(node, *bias, *x)))
        return;
    node.give(node.add("", *x, std::move(body)));
}

/// Channels in groups, an axis of their own while the moments are taken. Scale and bias have one number a group below
/// operator set 21, one a channel from there on.
void read_group_norm(OnnxNode& node) {
    const double epsilon = node.number("epsilon", usual_epsilon);
    const std::int64_t groups = node.whole("num_groups", 1);
    node.ignore("stash_type");
    const auto x = node.computed(0);
    const FloatArray *scale = node.finite(1), *bias = node.finite(2);
    if (!x || scale == nullptr || bias == nullptr)
        return;
    const Shape shape = file_shape(node, *x);
    if (x->event != 0U || x->merged() || shape.size() < 2 || groups < 1 || shape[1] % groups != 0)
        return node.problem(fmt::format("{} groups do not fit an input of shape {}", groups, describe(node, *x)));
    const auto count = static_cast<std::uint32_t>(groups);
    Shape apart = shape;
    apart[1] = shape[1] / count;
    apart.insert(apart.begin() + 1, count);
    const Tensor split = std::get<Tensor>(reshaped(node, *x, apart, 0));
    Normalise body{axes_from(split, 2), {}, {}, epsilon, true};
    for (const FloatArray* each : {scale, bias}) {
        FloatArray lying = *each;
        lying.shape.assign(apart.size(), 1);
        lying.shape[1] = count;
        if (each->values.size() == shape[1])
            lying.shape[2] = apart[2];
        else if (each->values.size() != count)
            return node.problem(
                fmt::format("{} numbers do not fit {} channels in {} groups", each->values.size(), shape[1], count));
        (each == scale ? body.gamma : body.beta) = beside(node, lying, split);
    }
    node.give(reshaped(node, node.add("", split, std::move(body)), shape, 0));
}

/// Moments over given axes, without scale and bias.
void read_mean_variance(OnnxNode& node) {
    const auto given = node.wholes("axes");
    const auto x = node.computed(0);
    if (!x)
        return;
    Normalise body{{}, {}, {}, 1e-9, true};
    for (const std::int64_t number : given.value_or(std::vector<std::int64_t>{0, 2, 3})) {
        const auto axis = node.axis(number, x->rank());
        if (!axis)
            return;
        if (x->event == axis)
            return node.problem("it would take moments over the events; give the attribute axes");
        body.axes.push_back(*layer_axis(*x, *axis));
    }
    std::sort(body.axes.begin(), body.axes.end());
    body.axes.erase(std::unique(body.axes.begin(), body.axes.end()), body.axes.end());
    node.give(node.add("", *x, std::move(body)));
}

/// Below operator set 13 a soft maximum is over all axes from `axis` on, which are put in a row for it.
void read_softmax(OnnxNode& node) {
    const bool old = node.model.opset < 13;
    const std::int64_t given_axis = node.whole("axis", old ? 1 : -1);
    const bool log = node.type() == "LogSoftmax";
    const auto x = node.computed(0);
    if (!x)
        return;
    const auto axis = node.axis(given_axis, x->rank());
    if (!axis)
        return;
    if (x->event && (old ? *x->event >= *axis : *x->event == *axis))
        return node.problem("it would mix the values of several events");
    const Shape shape = file_shape(node, *x);
    std::vector<std::uint32_t> wide;
    for (std::uint32_t k = *axis; k < (old ? shape.size() : *axis + 1); ++k)
        if (shape[k] != 1 || k == *axis)
            wide.push_back(k);
    if (wide.size() > 1 && shape[wide[0]] == 1)
        wide.erase(wide.begin());
    if (wide.size() == 1)
        return node.give(node.add("", *x, Softmax{*layer_axis(*x, wide[0]), log}));
    Shape flat(shape.begin(), shape.begin() + *axis);
    flat.push_back(1);
    for (std::uint32_t k = *axis; k < shape.size(); ++k)
        flat.back() *= shape[k];
    const Tensor row = std::get<Tensor>(reshaped(node, *x, flat, x->event));
    const Tensor made = node.add("", row, Softmax{*layer_axis(row, *axis), log});
    node.give(reshaped(node, made, shape, x->event));
}

} // namespace

void add_onnx_normalisations(OnnxReaders& readers) {
    readers["BatchNormalization"] = read_batch_norm;
    readers["InstanceNormalization"] = read_instance_norm;
    readers["LayerNormalization"] = read_layer_norm;
    readers["RMSNormalization"] = read_layer_norm;
    readers["SimplifiedLayerNormalization"] = read_layer_norm;
    readers["GroupNormalization"] = read_group_norm;
    readers["MeanVarianceNormalization"] = read_mean_variance;
    readers["Softmax"] = read_softmax;
    readers["LogSoftmax"] = read_softmax;
}

} // namespace gw::import
