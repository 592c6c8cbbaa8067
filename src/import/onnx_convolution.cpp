// Conv and ConvTranspose of one and two axes. Window arithmetic is that of the operators' definitions
// (https://onnx.ai/onnx/operators/onnx__Conv.html): SAME_UPPER has the odd zero at the end, SAME_LOWER at the start.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"
#include "import/onnx_window.hpp"

namespace gw::import {

std::optional<std::vector<std::uint32_t>> axis_numbers(OnnxNode& node, const std::string& attribute, std::size_t count,
                                                       std::uint32_t least, std::uint32_t if_absent) {
    const auto given = node.wholes(attribute);
    std::vector<std::uint32_t> result(count, if_absent);
    if (!given || given->empty())
        return result;
    bool good = given->size() == count;
    for (std::size_t k = 0; good && k < count; ++k) {
        good = (*given)[k] >= least && (*given)[k] <= 1 << 20;
        result[k] = static_cast<std::uint32_t>((*given)[k]);
    }
    if (good)
        return result;
    node.problem(fmt::format("the attribute '{}' is [{}]; {} whole numbers from {} are expected", attribute,
                             fmt::join(*given, ", "), count, least));
    return std::nullopt;
}

namespace {

bool is_auto_pad(OnnxNode& node, const std::string& word) {
    if (word == "NOTSET" || word == "VALID" || word == "SAME_UPPER" || word == "SAME_LOWER")
        return true;
    node.problem(fmt::format("auto_pad '{}' is not understood", word));
    return false;
}

std::uint32_t narrow(std::int64_t number) {
    return static_cast<std::uint32_t>(number);
}

} // namespace

std::optional<OnnxWindow> read_window(OnnxNode& node, const Shape& spatial, const Shape& size, bool up) {
    const std::size_t axes = spatial.size();
    const auto strides = axis_numbers(node, "strides", axes, 1, 1),
               dilation = axis_numbers(node, "dilations", axes, 1, 1),
               pads = axis_numbers(node, "pads", 2 * axes, 0, 0);
    const std::string automatic = node.text("auto_pad", "NOTSET");
    if (!strides || !dilation || !pads || !is_auto_pad(node, automatic))
        return std::nullopt;
    require_elements(size);
    OnnxWindow result{{size, *strides, *dilation, {}, {}}, {}};
    for (std::size_t k = 0; k < axes; ++k) {
        const std::int64_t in = spatial[k], reach = std::int64_t{size[k] - 1} * (*dilation)[k] + 1,
                           stride = (*strides)[k];
        std::int64_t before = 0, after = 0, extent = 0;
        if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
            extent = (in + stride - 1) / stride;
            const std::int64_t total = std::max<std::int64_t>((extent - 1) * stride + reach - in, 0);
            before = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
            after = total - before;
        } else {
            if (automatic == "NOTSET") {
                before = (*pads)[k];
                after = (*pads)[axes + k];
            }
            const std::int64_t room = in + before + after - reach;
            extent = room < 0 ? 0 : (room + (up ? stride - 1 : 0)) / stride + 1;
            // A window that would start behind the image is left out.
            if (up && extent > 0 && (extent - 1) * stride >= in + before)
                --extent;
        }
        if (extent < 1) {
            node.problem(fmt::format("a window of {} does not fit an axis of {}", reach, in));
            return std::nullopt;
        }
        result.window.pad_before.push_back(narrow(before));
        result.window.pad_after.push_back(narrow(after));
        result.out.push_back(narrow(extent));
    }
    return result;
}

namespace {

struct Operands {
    Tensor input; ///< channels last
    const FloatArray* weights = nullptr;
    const FloatArray* bias = nullptr;
    Shape spatial, kernel;
    std::uint32_t channels = 0, groups = 1;
};

/// Input, weights [a, b, kernel...] and bias, with kernel_shape and group checked.
std::optional<Operands> read_operands(OnnxNode& node) {
    const std::int64_t groups = node.whole("group", 1);
    const auto given_kernel = node.wholes("kernel_shape");
    const auto x = node.computed(0);
    Operands result;
    result.weights = node.finite(1);
    result.bias = node.given(2) ? node.finite(2) : nullptr;
    if (!x || result.weights == nullptr || (node.given(2) && result.bias == nullptr))
        return std::nullopt;
    const auto input = channels_last(node, *x, 3, 4);
    if (!input)
        return std::nullopt;
    result.input = *input;
    const Shape shape = node.shape(*input);
    result.spatial = {shape.begin(), shape.end() - 1};
    result.channels = shape.back();
    const Shape& own = result.weights->shape;
    const bool fits = own.size() == shape.size() + 1 && groups >= 1 && result.channels % groups == 0;
    if (fits)
        result.kernel = {own.begin() + 2, own.end()};
    const bool agrees =
        !given_kernel || std::vector<std::int64_t>(result.kernel.begin(), result.kernel.end()) == *given_kernel;
    if (!fits || !agrees) {
        node.problem(fmt::format("weights of shape [{}] in {} groups do not fit an input of shape {}",
                                 fmt::join(own, ", "), groups, describe(node, *x)));
        return std::nullopt;
    }
    result.groups = narrow(groups);
    return result;
}

/// Constants with their axes in another order; units belong to the last axis after it.
FloatArray turned(const FloatArray& from, const std::vector<std::uint32_t>& axes, Shape shape) {
    const Arranged order = permutation(from.shape, axes);
    FloatArray result{std::move(shape), {}, from.type, {}};
    for (const auto& source : order.body.sources)
        result.values.push_back(from.values[*source]);
    if (from.units.size() == 1)
        result.units = from.units;
    else if (!from.units.empty())
        result.type.reset(); // the values alone hold them
    return result;
}

Shape with(Shape front, std::initializer_list<std::uint32_t> back) {
    front.insert(front.end(), back);
    return front;
}

/// The bias as one number an output.
std::optional<FloatArray> row(OnnxNode& node, const FloatArray* bias, std::uint32_t outputs) {
    if (bias == nullptr)
        return std::nullopt;
    if (bias->values.size() != outputs)
        node.problem(fmt::format("a bias of {} does not fit {} outputs", bias->values.size(), outputs));
    FloatArray result = *bias;
    result.shape = {outputs};
    result.values.resize(outputs);
    return result;
}

void read_conv(OnnxNode& node) {
    const auto operands = read_operands(node);
    if (!operands) {
        for (const char* attribute : {"strides", "dilations", "pads", "auto_pad"})
            node.ignore(attribute);
        return;
    }
    const auto window = read_window(node, operands->spatial, operands->kernel);
    const FloatArray& weights = *operands->weights;
    const std::uint32_t outputs = weights.shape[0], depth = operands->channels / operands->groups;
    if (weights.shape[1] != depth || outputs % operands->groups != 0)
        return node.problem(fmt::format("weights of shape [{}] do not fit {} channels in {} groups",
                                        fmt::join(weights.shape, ", "), operands->channels, operands->groups));
    if (!window)
        return;
    std::vector<std::uint32_t> axes;
    for (std::uint32_t k = 2; k < weights.shape.size(); ++k)
        axes.push_back(k);
    axes.insert(axes.end(), {1, 0});
    Conv conv{window->window, operands->groups, turned(weights, axes, with(operands->kernel, {depth, outputs})),
              row(node, operands->bias, outputs)};
    node.give(node.add("", operands->input, with(window->out, {outputs}), std::move(conv)));
}

/// What an axis of a transposed convolution is cut to.
struct Cut {
    std::int64_t before = 0, extent = 0;
};

/// output = stride * (in - 1) + output_padding + reach - pads; with output_shape (`wanted`, else null) or SAME the pads
/// follow from it.
Cut transposed_axis(const std::string& automatic, std::int64_t in, std::int64_t stride, std::int64_t reach,
                    std::int64_t extra, std::int64_t before, std::int64_t after, const std::int64_t* wanted) {
    const std::int64_t full = (in - 1) * stride + reach + extra;
    const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    if (!same && wanted == nullptr) // VALID has no pads
        return automatic == "VALID" ? Cut{0, full} : Cut{before, full - before - after};
    const std::int64_t given = wanted != nullptr ? *wanted : in * stride,
                       total = std::max<std::int64_t>(full - given, 0);
    // Where the output is given, the odd one is cut at the start unless SAME_UPPER asks otherwise.
    return {automatic == "SAME_UPPER" ? total / 2 : total - total / 2, given};
}

void read_conv_transpose(OnnxNode& node) {
    const auto operands = read_operands(node);
    const auto wanted = node.wholes("output_shape");
    const std::size_t axes = operands ? operands->spatial.size() : 1;
    const std::string automatic = node.text("auto_pad", "NOTSET");
    if (!operands) {
        for (const char* attribute : {"strides", "dilations", "pads", "output_padding"})
            node.ignore(attribute);
        return;
    }
    const auto strides = axis_numbers(node, "strides", axes, 1, 1),
               dilation = axis_numbers(node, "dilations", axes, 1, 1),
               pads = axis_numbers(node, "pads", 2 * axes, 0, 0),
               extra = axis_numbers(node, "output_padding", axes, 0, 0);
    if (!strides || !dilation || !pads || !extra || !is_auto_pad(node, automatic))
        return;
    const FloatArray& weights = *operands->weights; // [channels, outputs / groups, kernel...]
    if (weights.shape[0] != operands->channels || (wanted && wanted->size() != axes && wanted->size() != axes + 2))
        return node.problem(fmt::format("weights of shape [{}] or its output_shape do not fit {} channels",
                                        fmt::join(weights.shape, ", "), operands->channels));
    Window window{operands->kernel, *strides, *dilation, {}, std::vector<std::uint32_t>(axes, 0)};
    Shape out;
    for (std::size_t k = 0; k < axes; ++k) {
        const std::int64_t reach = std::int64_t{operands->kernel[k] - 1} * (*dilation)[k] + 1;
        const std::int64_t* const given = wanted ? &(*wanted)[wanted->size() - axes + k] : nullptr;
        const Cut cut = transposed_axis(automatic, operands->spatial[k], (*strides)[k], reach, (*extra)[k], (*pads)[k],
                                        (*pads)[axes + k], given);
        if (cut.extent < 1 || cut.extent > 1 << 20)
            return node.problem(fmt::format("axis {} of its output would have the extent {}", k, cut.extent));
        window.pad_before.push_back(narrow(cut.before));
        out.push_back(narrow(cut.extent));
    }
    // [groups, depth, outputs / groups, kernel...] -> {kernel..., depth, groups * outputs / groups}
    const std::uint32_t groups = operands->groups, depth = operands->channels / groups, per_group = weights.shape[1];
    FloatArray grouped = weights;
    grouped.shape.insert(grouped.shape.begin(), groups);
    grouped.shape[1] = depth;
    std::vector<std::uint32_t> order;
    for (std::uint32_t k = 3; k < grouped.shape.size(); ++k)
        order.push_back(k);
    order.insert(order.end(), {1, 0, 2});
    ConvTranspose conv{std::move(window), groups,
                       turned(grouped, order, with(operands->kernel, {depth, groups * per_group})),
                       row(node, operands->bias, groups * per_group)};
    node.give(node.add("", operands->input, with(out, {groups * per_group}), std::move(conv)));
}

} // namespace

void add_onnx_convolutions(OnnxReaders& readers) {
    readers["Conv"] = read_conv;
    readers["ConvTranspose"] = read_conv_transpose;
}

} // namespace gw::import
