#include "import/onnx_layout.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"

namespace gw::import {

namespace {

using Axes = std::vector<std::uint32_t>;

bool contains(const Axes& axes, std::uint32_t axis) {
    return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

/// The tensor over another shape of the same elements; axes[k] belongs to shape[k]. Axes of extent 1 that only stand
/// for the events go, and one comes where there is no other.
Tensor relabelled(OnnxNode& node, const Tensor& from, Shape shape, Axes axes, std::optional<std::uint32_t> event) {
    for (std::size_t k = axes.size(); k-- > 0 && axes.size() > 1;)
        if (event && axes[k] == *event && shape[k] == 1) {
            axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(k));
            shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(k));
        }
    if (axes.empty()) {
        axes = {event.value_or(0)};
        shape = {1};
    }
    Tensor result{from.layer, std::move(axes), event, from.type};
    if (shape != node.shape(from))
        result.layer = node.add_layer("_shape", {from.layer}, std::move(shape), Reshape{});
    return result;
}

/// A movement of constants, of the values for two events too.
OnnxConstant moved(const OnnxConstant& from, Arranged to) {
    OnnxConstant result{{std::move(to.shape), {}, from.array.type, {}}, from.type, {}};
    if (from.array.units.size() == 1)
        result.array.units = from.array.units;
    else if (!from.array.units.empty())
        result.array.type.reset(); // the values alone hold them
    for (const auto& source : to.body.sources) {
        result.array.values.push_back(source ? from.array.values[*source] : to.body.fill);
        if (!from.for_two.empty())
            result.for_two.push_back(source ? from.for_two[*source] : to.body.fill);
    }
    return result;
}

/// Axes of extent 1 may go anywhere.
bool only_ones_move(const Shape& shape, const Axes& order) {
    std::optional<std::uint32_t> last;
    for (const std::uint32_t axis : order) {
        if (shape[axis] == 1)
            continue;
        if (last && *last > axis)
            return false;
        last = axis;
    }
    return true;
}

bool is_whole_axis(const AxisIndices& indices, std::uint32_t extent) {
    if (indices.size() != extent)
        return false;
    for (std::uint32_t i = 0; i < extent; ++i)
        if (indices[i] != i)
            return false;
    return true;
}

} // namespace

Shape file_shape(const OnnxNode& node, const Tensor& tensor) {
    Shape shape(tensor.rank(), 1);
    const Shape own = node.shape(tensor);
    for (std::size_t k = 0; k < own.size(); ++k)
        shape[tensor.axes[k]] *= own[k];
    return shape;
}

Shape file_shape(const OnnxNode& node, const Value& value) {
    if (const auto* constant = std::get_if<OnnxConstant>(&value))
        return constant->array.shape;
    return file_shape(node, std::get<Tensor>(value));
}

std::string describe(const OnnxNode& node, const Tensor& tensor) {
    const Shape shape = file_shape(node, tensor);
    std::vector<std::string> words;
    for (std::uint32_t k = 0; k < shape.size(); ++k) {
        const bool events = tensor.event == k;
        words.push_back(!events         ? std::to_string(shape[k])
                        : shape[k] == 1 ? "events"
                                        : fmt::format("events * {}", shape[k]));
    }
    return fmt::format("[{}]", fmt::join(words, ", "));
}

std::string describe(const OnnxNode& node, const Value& value) {
    const auto* tensor = std::get_if<Tensor>(&value);
    return tensor != nullptr ? describe(node, *tensor) : fmt::format("[{}]", fmt::join(file_shape(node, value), ", "));
}

std::optional<std::uint32_t> layer_axis(const Tensor& tensor, std::uint32_t axis) {
    for (std::uint32_t k = 0; k < tensor.axes.size(); ++k)
        if (tensor.axes[k] == axis && tensor.event != axis)
            return k;
    return std::nullopt;
}

Tensor in_order(OnnxNode& node, const Tensor& tensor, const Axes& order) {
    if (tensor.axes == order)
        return tensor;
    const Shape shape = node.shape(tensor);
    Axes from; // axes of the layer
    for (const std::uint32_t axis : order)
        for (std::uint32_t k = 0; k < tensor.axes.size(); ++k)
            if (tensor.axes[k] == axis && !contains(from, k)) {
                from.push_back(k);
                break;
            }
    Tensor result = tensor;
    result.axes = order;
    const auto key = std::pair{tensor.layer, from};
    const auto known = node.model.turned.find(key);
    if (known != node.model.turned.end()) {
        result.layer = known->second;
        return result;
    }
    const bool free = only_ones_move(shape, from);
    Arranged turned = permutation(shape, from);
    result.layer = node.add_layer(free ? "_shape" : "_transposed", {tensor.layer}, std::move(turned.shape),
                                  free ? LayerBody{Reshape{}} : LayerBody{std::move(turned.body)});
    node.model.turned.emplace(key, result.layer);
    return result;
}

Tensor straight(OnnxNode& node, const Tensor& tensor) {
    Axes order = tensor.axes;
    std::stable_sort(order.begin(), order.end());
    return in_order(node, tensor, order);
}

std::optional<Tensor> channels_last(OnnxNode& node, const Tensor& tensor, std::size_t least, std::size_t most) {
    const std::size_t rank = tensor.rank();
    if (tensor.event != 0U || tensor.merged() || rank < least || rank > most) {
        node.problem(fmt::format("an input of shape {} is not understood; [events, channels, ...] of {} axes is",
                                 describe(node, tensor),
                                 least == most ? std::to_string(least) : fmt::format("{} to {}", least, most)));
        return std::nullopt;
    }
    Axes order;
    for (std::uint32_t k = 2; k < rank; ++k)
        order.push_back(k);
    order.push_back(1);
    return in_order(node, tensor, order);
}

std::optional<FloatArray> beside(OnnxNode& node, const FloatArray& constant, const Tensor& tensor) {
    const std::size_t rank = tensor.rank();
    const Shape own = node.shape(tensor);
    const auto refuse = [&] {
        node.problem(fmt::format("a constant of shape [{}] does not fit values of shape {}",
                                 fmt::join(constant.shape, ", "), describe(node, tensor)));
        return std::nullopt;
    };
    if (constant.shape.size() > rank)
        return refuse();
    Shape full(rank - constant.shape.size(), 1);
    full.insert(full.end(), constant.shape.begin(), constant.shape.end());
    if (tensor.event && full[*tensor.event] != 1)
        return refuse();
    Axes order;
    Shape shape;
    for (std::size_t k = 0; k < own.size(); ++k) {
        const bool events = tensor.event == tensor.axes[k];
        const std::uint32_t extent = events ? 1 : full[tensor.axes[k]];
        if (extent != 1 && own[k] != 1 && extent != own[k])
            return refuse();
        shape.push_back(extent);
        if (!events)
            order.push_back(tensor.axes[k]);
    }
    if (tensor.event)
        order.push_back(*tensor.event);
    const Arranged to = permutation(full, order);
    const bool same = only_ones_move(full, order);
    if (same) {
        FloatArray result = constant;
        result.shape = shape;
        const bool last_moved = result.units.size() > 1 && result.shape.back() != constant.shape.back();
        if (!last_moved)
            return result;
    }
    OnnxConstant turned = moved({constant, {}, {}}, to);
    turned.array.shape = shape;
    return turned.array;
}

Tensor widened(OnnxNode& node, const Tensor& tensor, std::size_t rank) {
    const std::size_t own = tensor.rank();
    if (own >= rank)
        return tensor;
    Axes front;
    for (std::uint32_t k = 0; k < rank - own; ++k)
        front.push_back(k);
    return std::get<Tensor>(with_axes(node, tensor, front));
}

Value transposed(OnnxNode& /*node*/, const Value& value, const Axes& axes) {
    if (const auto* constant = std::get_if<OnnxConstant>(&value))
        return moved(*constant, permutation(constant->array.shape, axes));
    Tensor result = std::get<Tensor>(value);
    const auto renamed = [&](std::uint32_t axis) {
        return static_cast<std::uint32_t>(std::find(axes.begin(), axes.end(), axis) - axes.begin());
    };
    for (std::uint32_t& axis : result.axes)
        axis = renamed(axis);
    if (result.event)
        result.event = renamed(*result.event);
    return result;
}

Value reshaped(OnnxNode& node, const Value& value, const Shape& shape, std::optional<std::uint32_t> event) {
    if (const auto* constant = std::get_if<OnnxConstant>(&value)) {
        OnnxConstant result = *constant;
        const bool last_moved =
            shape.empty() || result.array.shape.empty() || shape.back() != result.array.shape.back();
        if (result.array.units.size() > 1 && last_moved) {
            result.array.units.clear();
            result.array.type.reset();
        }
        result.array.shape = shape;
        return result;
    }
    const Tensor from = straight(node, std::get<Tensor>(value));
    if (!event && !shape.empty() && shape[0] == 1)
        event = 0;
    Axes axes(shape.size());
    std::iota(axes.begin(), axes.end(), 0U);
    return relabelled(node, from, shape, std::move(axes), event);
}

std::vector<AxisIndices> all_indices(const Shape& shape) {
    std::vector<AxisIndices> all;
    for (const std::uint32_t extent : shape)
        all.push_back(whole(extent));
    return all;
}

Value picked(OnnxNode& node, const Value& value, const std::vector<AxisIndices>& from, double fill) {
    if (const auto* constant = std::get_if<OnnxConstant>(&value))
        return moved(*constant, picked(constant->array.shape, from, fill));
    const Tensor& tensor = std::get<Tensor>(value);
    const Shape shape = file_shape(node, tensor), own = node.shape(tensor);
    bool same = true;
    for (std::uint32_t k = 0; k < shape.size(); ++k) {
        const bool whole_axis = is_whole_axis(from[k], shape[k]);
        same = same && whole_axis;
        if (from[k].empty()) {
            node.problem(fmt::format("nothing is left of axis {} of {}", k, describe(node, tensor)));
            return Unknown{};
        }
        if (tensor.event == k && !whole_axis) {
            node.problem("it would choose among the events, axis " + std::to_string(k));
            return Unknown{};
        }
    }
    if (same)
        return tensor;
    std::vector<AxisIndices> by_layer;
    for (std::size_t k = 0; k < own.size(); ++k)
        by_layer.push_back(tensor.event == tensor.axes[k] ? whole(own[k]) : from[tensor.axes[k]]);
    Arranged result = picked(own, by_layer, fill);
    return node.add("", tensor, std::move(result.shape), std::move(result.body));
}

Value without_axes(OnnxNode& node, const Value& value, const Axes& axes) {
    const Shape shape = file_shape(node, value);
    Shape kept;
    Axes renamed(shape.size());
    for (std::uint32_t k = 0; k < shape.size(); ++k) {
        renamed[k] = static_cast<std::uint32_t>(kept.size());
        if (!contains(axes, k))
            kept.push_back(shape[k]);
        else if (shape[k] != 1) {
            node.problem(fmt::format("axis {} of extent {} cannot go", k, shape[k]));
            return Unknown{};
        }
    }
    if (std::holds_alternative<OnnxConstant>(value))
        return reshaped(node, value, kept, std::nullopt);
    const Tensor& tensor = std::get<Tensor>(value);
    const bool loses_events = tensor.event && contains(axes, *tensor.event);
    if (loses_events && node.model.events != 1U) {
        node.problem("it would take away the axis of events");
        return Unknown{};
    }
    Shape layer;
    Axes labels;
    for (std::size_t k = 0; k < tensor.axes.size(); ++k)
        if (!contains(axes, tensor.axes[k])) {
            layer.push_back(node.shape(tensor)[k]);
            labels.push_back(renamed[tensor.axes[k]]);
        }
    std::optional<std::uint32_t> event;
    if (tensor.event && !loses_events)
        event = renamed[*tensor.event];
    return relabelled(node, tensor, std::move(layer), std::move(labels), event);
}

Value with_axes(OnnxNode& node, const Value& value, const Axes& axes) {
    const Shape shape = file_shape(node, value);
    Shape wide;
    Axes renamed; // the result's axis for each of the tensor's
    for (std::uint32_t k = 0; k < shape.size() + axes.size(); ++k) {
        const bool fresh = contains(axes, k);
        wide.push_back(fresh || renamed.size() >= shape.size() ? 1 : shape[renamed.size()]);
        if (!fresh)
            renamed.push_back(k);
    }
    if (std::holds_alternative<OnnxConstant>(value))
        return reshaped(node, value, wide, std::nullopt);
    const Tensor& tensor = std::get<Tensor>(value);
    Shape layer = node.shape(tensor);
    Axes labels;
    for (const std::uint32_t axis : tensor.axes)
        labels.push_back(renamed[axis]);
    std::optional<std::uint32_t> event = tensor.event ? std::optional(renamed[*tensor.event]) : std::nullopt;
    for (const std::uint32_t axis : axes) {
        if (!event && axis == 0) {
            event = 0;
            continue;
        }
        const auto at = std::find_if(labels.begin(), labels.end(), [&](std::uint32_t label) { return label > axis; });
        layer.insert(layer.begin() + (at - labels.begin()), 1);
        labels.insert(at, axis);
    }
    return relabelled(node, tensor, std::move(layer), std::move(labels), event);
}

} // namespace gw::import
