// Concat, and Gather by constant indices or, from a table of constants, by computed ones.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

OnnxConstant joined(const std::vector<const OnnxConstant*>& parts, std::uint32_t axis) {
    OnnxConstant result{{parts.front()->array.shape, {}, {}, {}}, parts.front()->type, {}};
    std::size_t outer = 1, inner = 1;
    bool open = false;
    result.array.shape[axis] = 0;
    for (const OnnxConstant* part : parts) {
        result.array.shape[axis] += part->array.shape[axis];
        open = open || !part->for_two.empty();
    }
    for (std::size_t k = 0; k < result.array.shape.size(); ++k)
        (k < axis ? outer : inner) *= k == axis ? 1 : result.array.shape[k];
    const auto append = [&](std::vector<double>& to, const std::vector<double>& from, std::size_t block,
                            std::size_t run) {
        const auto begin = from.begin() + static_cast<std::ptrdiff_t>(block * run);
        to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(run));
    };
    for (std::size_t block = 0; block < outer; ++block)
        for (const OnnxConstant* part : parts) {
            const std::size_t run = inner * part->array.shape[axis];
            append(result.array.values, part->array.values, block, run);
            if (open)
                append(result.for_two, part->for_two.empty() ? part->array.values : part->for_two, block, run);
        }
    return result;
}

bool same_but(const Shape& a, const Shape& b, std::uint32_t axis) {
    bool same = a.size() == b.size();
    for (std::size_t k = 0; same && k < a.size(); ++k)
        same = k == axis || a[k] == b[k];
    return same;
}

void read_concat(OnnxNode& node) {
    const std::int64_t given_axis = node.whole("axis", 1);
    std::vector<const OnnxConstant*> constants;
    for (int k = 0; k < node.inputs(); ++k)
        if (node.is_constant(k))
            constants.push_back(node.constant(k));
    if (node.inputs() > 0 && constants.size() == static_cast<std::size_t>(node.inputs())) {
        const auto axis = node.axis(given_axis, constants.front()->array.shape.size());
        if (!axis)
            return;
        for (const OnnxConstant* each : constants)
            if (!same_but(each->array.shape, constants.front()->array.shape, *axis))
                return node.problem("constants of unlike shapes cannot be joined");
        return node.give(joined(constants, *axis));
    }
    std::vector<Tensor> from;
    for (int k = 0; k < node.inputs(); ++k)
        if (const auto each = node.tensor_of(k))
            from.push_back(*each);
    if (from.empty() || from.size() != static_cast<std::size_t>(node.inputs()))
        return from.empty() ? node.problem("it has no inputs") : void();
    const std::size_t rank = from.front().rank();
    const auto axis = node.axis(given_axis, rank);
    if (!axis)
        return;
    // The order that is not the file's, where some have one: an image stays as a convolution left it.
    Tensor like = from.front();
    for (const Tensor& each : from)
        if (each.event && !std::is_sorted(each.axes.begin(), each.axes.end()))
            like = each;
        else if (each.event && !like.event)
            like = each;
    std::vector<LayerId> inputs;
    Shape shape;
    for (Tensor& each : from) {
        if (!each.event && like.event && each.rank() == rank && file_shape(node, each)[*like.event] == 1)
            each = std::get<Tensor>(reshaped(node, each, file_shape(node, each), like.event));
        if (each.rank() != rank || each.event != like.event || each.axes.size() != like.axes.size() ||
            each.event == *axis || !same_but(file_shape(node, each), file_shape(node, like), *axis))
            return node.problem(fmt::format("values of shapes {} and {} cannot be joined along axis {}",
                                            describe(node, like), describe(node, each), *axis));
        const Tensor turned = in_order(node, each, like.axes);
        const Shape own = node.shape(turned);
        const std::uint32_t along = *layer_axis(turned, *axis);
        if (shape.empty())
            shape = own;
        else
            shape[along] += own[along];
        inputs.push_back(turned.layer);
    }
    const std::uint32_t along = *layer_axis(like, *axis);
    if (inputs.size() > 1)
        like.layer = node.add_layer("", inputs, shape, Concatenate{along});
    else
        like.layer = inputs.front();
    node.give(like);
}

/// A table of constants read by computed indices: one row each.
void read_embedding(OnnxNode& node, std::int64_t given_axis) {
    const FloatArray* table = node.finite(0);
    const auto indices = node.computed(1);
    if (table == nullptr || !indices)
        return;
    const auto axis = node.axis(given_axis, table->shape.size());
    if (!axis)
        return;
    if (*axis != 0)
        return node.problem("computed indices along an axis of the table other than the first have no layer");
    if (!is_whole(indices->type))
        return node.problem("its indices are no whole numbers");
    const Tensor x = straight(node, *indices);
    FloatArray rows{{table->shape[0], 1}, table->values, table->type, table->units};
    for (std::size_t k = 1; k < table->shape.size(); ++k)
        rows.shape[1] *= table->shape[k];
    Shape made = node.shape(x), wide = made;
    made.push_back(rows.shape[1]);
    wide.insert(wide.end(), table->shape.begin() + 1, table->shape.end());
    Tensor result = x;
    const auto rank = static_cast<std::uint32_t>(x.rank());
    for (std::uint32_t k = 1; k < table->shape.size(); ++k)
        result.axes.push_back(rank + k - 1);
    result.type = onnx::TensorProto::FLOAT;
    result.layer = node.add_layer("", {x.layer}, made, Embedding{std::move(rows)});
    if (wide != made)
        result.layer = node.add_layer("_shape", {result.layer}, wide, Reshape{});
    node.give(result);
}

void read_gather(OnnxNode& node) {
    const std::int64_t given_axis = node.whole("axis", 0);
    if (node.is_constant(0) && node.is_computed(1))
        return read_embedding(node, given_axis);
    const Value* value = node.value(0);
    const auto indices = node.whole_constants(1);
    if (value == nullptr || !indices)
        return;
    const Shape shape = file_shape(node, *value), index_shape = node.constant(1)->array.shape;
    const auto axis = node.axis(given_axis, shape.size());
    if (!axis)
        return;
    std::vector<AxisIndices> from = all_indices(shape);
    from[*axis].clear();
    for (const std::int64_t index : *indices) {
        const std::int64_t at = index < 0 ? index + shape[*axis] : index;
        if (at < 0 || at >= shape[*axis])
            return node.problem(fmt::format("{} is no index of an axis of {}", index, shape[*axis]));
        from[*axis].emplace_back(static_cast<std::uint32_t>(at));
    }
    Value made = picked(node, *value, from);
    if (std::holds_alternative<Unknown>(made))
        return;
    if (index_shape.empty())
        return node.give(without_axes(node, made, {*axis}));
    if (index_shape.size() == 1)
        return node.give(made);
    Shape wide = shape;
    wide.erase(wide.begin() + *axis);
    wide.insert(wide.begin() + *axis, index_shape.begin(), index_shape.end());
    std::optional<std::uint32_t> event;
    if (const auto* tensor = std::get_if<Tensor>(&made))
        event = tensor->event;
    if (event && *event > *axis)
        *event += static_cast<std::uint32_t>(index_shape.size()) - 1;
    node.give(reshaped(node, made, wide, event));
}

} // namespace

void add_onnx_gathers(OnnxReaders& readers) {
    readers["Concat"] = read_concat;
    readers["Gather"] = read_gather;
}

} // namespace gw::import
