// Operators that choose, repeat and join elements.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"
#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

using Wholes = std::vector<std::int64_t>;

/// The whole numbers of an attribute, of the constant input `index`, or `if_absent`. A problem is noted elsewhere.
std::optional<Wholes> wholes_of(OnnxNode& node, const std::string& attribute, int index, const Wholes& if_absent) {
    if (auto given = node.wholes(attribute))
        return given;
    return node.given(index) ? node.whole_constants(index) : std::optional(if_absent);
}

/// Indices of one axis from `start` to `end` by `step`, as numpy clips them.
AxisIndices sliced(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t extent) {
    const auto clipped = [&](std::int64_t at) {
        const std::int64_t from_start = at < 0 ? at + extent : at;
        return step > 0 ? std::clamp<std::int64_t>(from_start, 0, extent)
                        : std::clamp<std::int64_t>(from_start, -1, extent - 1);
    };
    AxisIndices result;
    const std::int64_t last = clipped(end);
    for (std::int64_t at = clipped(start); step > 0 ? at < last : at > last; at += step)
        result.emplace_back(static_cast<std::uint32_t>(at));
    return result;
}

void read_slice(OnnxNode& node) {
    const Value* value = node.value(0);
    const auto starts = wholes_of(node, "starts", 1, {}), ends = wholes_of(node, "ends", 2, {});
    if (value == nullptr || !starts || !ends)
        return;
    const Shape shape = file_shape(node, *value);
    Wholes straight_axes;
    for (std::size_t k = 0; k < starts->size(); ++k)
        straight_axes.push_back(static_cast<std::int64_t>(k));
    const auto axes = wholes_of(node, "axes", 3, straight_axes);
    const auto steps = wholes_of(node, "steps", 4, Wholes(starts->size(), 1));
    if (!axes || !steps)
        return;
    if (ends->size() != starts->size() || axes->size() != starts->size() || steps->size() != starts->size())
        return node.problem("its starts, ends, axes and steps are not equally many");
    std::vector<AxisIndices> from = all_indices(shape);
    for (std::size_t k = 0; k < axes->size(); ++k) {
        const auto axis = node.axis((*axes)[k], shape.size());
        constexpr std::int64_t far = std::int64_t{1} << 31;
        const std::int64_t step = std::clamp((*steps)[k], -far, far);
        if (!axis || step == 0)
            return step == 0 ? node.problem("it has a step of 0") : void();
        const auto* tensor = std::get_if<Tensor>(value);
        const bool all_events = tensor != nullptr && tensor->event == *axis && step == 1 && (*starts)[k] == 0 &&
                                (*ends)[k] >= (std::int64_t{1} << 30);
        if (!all_events)
            from[*axis] = sliced((*starts)[k], (*ends)[k], step, shape[*axis]);
    }
    node.give(picked(node, *value, from));
}

/// Sizes of the parts: given, or as equal as they can be.
std::optional<Wholes> split_sizes(OnnxNode& node, std::int64_t extent) {
    if (node.type() != "Split")
        return std::nullopt;
    if (auto sizes = wholes_of(node, "split", 1, {}); !sizes || !sizes->empty()) {
        node.ignore("num_outputs");
        return sizes;
    }
    const std::int64_t parts = node.whole("num_outputs", node.outputs());
    if (parts < 1 || parts > extent) {
        node.problem(fmt::format("an axis of {} cannot have {} parts", extent, parts));
        return std::nullopt;
    }
    const std::int64_t size = (extent + parts - 1) / parts;
    Wholes sizes(static_cast<std::size_t>(parts), size);
    sizes.back() = extent - size * (parts - 1);
    return sizes;
}

void read_split(OnnxNode& node) {
    const std::int64_t given_axis = node.whole("axis", 0);
    const Value* value = node.value(0);
    if (value == nullptr)
        return;
    const Value whole_value = *value;
    const Shape shape = file_shape(node, whole_value);
    const auto axis = node.axis(given_axis, shape.size());
    const auto sizes = axis ? split_sizes(node, shape[*axis]) : std::nullopt;
    if (!sizes)
        return;
    std::int64_t total = 0;
    for (const std::int64_t size : *sizes)
        total = size < 1 || size > shape[*axis] ? std::int64_t{1} << 40 : total + size;
    if (total != shape[*axis] || sizes->size() < static_cast<std::size_t>(node.outputs()))
        return node.problem(fmt::format("parts of [{}] do not make an axis of {} in {} outputs",
                                        fmt::join(*sizes, ", "), shape[*axis], node.outputs()));
    std::int64_t start = 0;
    for (std::size_t k = 0; k < sizes->size(); ++k) {
        std::vector<AxisIndices> from = all_indices(shape);
        from[*axis] = sliced(start, start + (*sizes)[k], 1, shape[*axis]);
        start += (*sizes)[k];
        if (node.wanted(static_cast<int>(k)))
            node.give(picked(node, whole_value, from), static_cast<int>(k));
    }
}

/// Where index `at` of a padded axis is taken from; nowhere outside for a constant.
std::optional<std::uint32_t> padded_source(std::int64_t at, std::int64_t extent, const std::string& mode) {
    std::int64_t from = at;
    if (at < 0 || at >= extent) {
        if (mode == "constant")
            return std::nullopt;
        if (mode == "edge")
            from = at < 0 ? 0 : extent - 1;
        else if (mode == "wrap")
            from = (at % extent + extent) % extent;
        else
            from = at < 0 ? -at : 2 * (extent - 1) - at;
    }
    return static_cast<std::uint32_t>(from);
}

void read_pad(OnnxNode& node) {
    const std::string mode = node.text("mode", "constant");
    double fill = node.number("value", 0);
    const Value* value = node.value(0);
    const auto pads = wholes_of(node, "pads", 1, {});
    if (value == nullptr || !pads)
        return;
    if (mode != "constant" && mode != "edge" && mode != "reflect" && mode != "wrap")
        return node.problem(fmt::format("mode '{}' is not understood", mode));
    if (mode == "constant" && node.given(2)) {
        const auto given = node.scalar(2);
        if (!given)
            return;
        fill = *given;
    }
    if (!std::isfinite(fill))
        return node.problem(fmt::format("it pads with {}", fill));
    const Shape shape = file_shape(node, *value);
    Wholes all;
    for (std::size_t k = 0; k < shape.size(); ++k)
        all.push_back(static_cast<std::int64_t>(k));
    const auto axes = wholes_of(node, "axes", 3, all);
    if (!axes)
        return;
    if (pads->size() != 2 * axes->size())
        return node.problem(fmt::format("{} pads do not fit {} axes", pads->size(), axes->size()));
    std::vector<AxisIndices> from = all_indices(shape);
    for (std::size_t k = 0; k < axes->size(); ++k) {
        const auto axis = node.axis((*axes)[k], shape.size());
        if (!axis)
            return;
        const std::int64_t before = (*pads)[k], after = (*pads)[k + axes->size()], extent = shape[*axis];
        if (std::abs(before) > 1 << 20 || std::abs(after) > 1 << 20)
            return node.problem(fmt::format("pads of [{}] are too many", fmt::join(*pads, ", ")));
        if (mode == "reflect" && (before >= extent || after >= extent))
            return node.problem(fmt::format("an axis of {} cannot be reflected so far", extent));
        AxisIndices indices;
        for (std::int64_t at = -before; at < extent + after; ++at) {
            indices.push_back(padded_source(at, extent, mode));
        }
        if (indices.empty())
            return node.problem(fmt::format("nothing is left of axis {}", *axis));
        from[*axis] = indices;
    }
    node.give(picked(node, *value, from, fill));
}

/// Repeats axes of extent 1, and ones in front, to the shape. The values for one event stand for all.
void read_expand(OnnxNode& node) {
    const Value* value = node.value(0);
    const OnnxConstant* target = node.constant(1);
    if (value == nullptr || target == nullptr)
        return;
    const auto& to = target->array.values;
    const auto& for_two = target->for_two;
    Value made = *value;
    const std::size_t rank = std::max(file_shape(node, made).size(), to.size());
    std::vector<std::uint32_t> front;
    for (std::uint32_t k = 0; k < rank - file_shape(node, made).size(); ++k)
        front.push_back(k);
    if (!front.empty())
        made = with_axes(node, made, front);
    const Shape shape = file_shape(node, made);
    std::vector<AxisIndices> from = all_indices(shape);
    const auto* tensor = std::get_if<Tensor>(&made);
    for (std::size_t k = 0; k < to.size(); ++k) {
        const std::size_t axis = rank - to.size() + k;
        const bool events = tensor != nullptr && tensor->event == axis;
        const bool open = !for_two.empty() && for_two[k] != to[k];
        const std::uint32_t extent = shape[axis];
        if (events || open || to[k] == 1 || to[k] == extent)
            continue;
        if (extent != 1 || !(to[k] >= 1 && to[k] <= 1 << 20))
            return node.problem(fmt::format("an axis of {} cannot become one of {}", extent, to[k]));
        from[axis].assign(static_cast<std::size_t>(to[k]), 0U);
    }
    node.give(picked(node, made, from));
}

void read_tile(OnnxNode& node) {
    const Value* value = node.value(0);
    const auto repeats = node.whole_constants(1);
    if (value == nullptr || !repeats)
        return;
    const Shape shape = file_shape(node, *value);
    std::vector<AxisIndices> from = all_indices(shape);
    if (repeats->size() != shape.size())
        return node.problem(fmt::format("{} repeats do not fit {} axes", repeats->size(), shape.size()));
    for (std::size_t k = 0; k < shape.size(); ++k) {
        const std::int64_t count = (*repeats)[k];
        if (count < 1 || count > static_cast<std::int64_t>(most_tensor_elements) / std::max(shape[k], 1U))
            return node.problem(fmt::format("{} repeats are not understood", count));
        const AxisIndices once = from[k];
        for (std::int64_t n = 1; n < count; ++n)
            from[k].insert(from[k].end(), once.begin(), once.end());
    }
    node.give(picked(node, *value, from));
}

/// As the operator's definition says it: a shape with the blocks' axes apart, their order, and the shape again.
void read_depth(OnnxNode& node) {
    const std::int64_t block = node.whole("blocksize", 1);
    const bool to_space = node.type() == "DepthToSpace";
    const std::string mode = to_space ? node.text("mode", "DCR") : "DCR";
    const auto x = node.computed(0);
    if (!x)
        return;
    const Shape shape = file_shape(node, *x);
    const auto b = static_cast<std::uint32_t>(block);
    const bool fits = shape.size() == 4 && x->event == 0U && !x->merged() && block >= 1 && block <= 1 << 12;
    if (!fits || (to_space ? shape[1] % (b * b) != 0 : shape[2] % b != 0 || shape[3] % b != 0) ||
        (mode != "DCR" && mode != "CRD"))
        return node.problem(fmt::format("blocksize {} with mode '{}' does not fit a value of shape {}", block, mode,
                                        describe(node, *x)));
    const std::uint32_t c = shape[1], h = shape[2], w = shape[3];
    Value y;
    if (to_space && mode == "DCR")
        y = transposed(node, reshaped(node, *x, {1, b, b, c / (b * b), h, w}, 0), {0, 3, 4, 1, 5, 2});
    else if (to_space)
        y = transposed(node, reshaped(node, *x, {1, c / (b * b), b, b, h, w}, 0), {0, 1, 4, 2, 5, 3});
    else
        y = transposed(node, reshaped(node, *x, {1, c, h / b, b, w / b, b}, 0), {0, 3, 5, 1, 2, 4});
    const Shape out = to_space ? Shape{1, c / (b * b), h * b, w * b} : Shape{1, c * b * b, h / b, w / b};
    node.give(reshaped(node, y, out, 0));
}

} // namespace

void add_onnx_movements(OnnxReaders& readers) {
    readers["Slice"] = read_slice;
    readers["Split"] = read_split;
    readers["Pad"] = read_pad;
    readers["Expand"] = read_expand;
    readers["Tile"] = read_tile;
    readers["DepthToSpace"] = read_depth;
    readers["SpaceToDepth"] = read_depth;
}

} // namespace gw::import
