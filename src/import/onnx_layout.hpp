// Axes of ONNX tensors: orders, shapes, and movements that constants and computed tensors share.
#pragma once

#include "import/onnx_node.hpp"

namespace gw::import {

/// The file's shape, for one event: the axis of events has the extent of what is merged into it, else 1.
Shape file_shape(const OnnxNode& node, const Tensor& tensor);
/// The same of either kind.
Shape file_shape(const OnnxNode& node, const Value& value);
/// "[events, 3, 4]", for messages.
std::string describe(const OnnxNode& node, const Tensor& tensor);
std::string describe(const OnnxNode& node, const Value& value);

/// The same tensor computed by a layer whose axes are the file's axes `order`, in that order (all of them but that of
/// the events). Layers are shared between the nodes that want the same.
Tensor in_order(OnnxNode& node, const Tensor& tensor, const std::vector<std::uint32_t>& order);
/// In the file's own order.
Tensor straight(OnnxNode& node, const Tensor& tensor);
/// {spatial..., channels}: of [events, channels, spatial...]. Notes a problem and gives none if the axis of events is
/// not the first or the rank is not in the range.
std::optional<Tensor> channels_last(OnnxNode& node, const Tensor& tensor, std::size_t least, std::size_t most);
/// Axis of the layer that is the file's axis, none for that of the events.
std::optional<std::uint32_t> layer_axis(const Tensor& tensor, std::uint32_t axis);

/// Constants in the tensor's rank and in its layer's order of axes, for a layer that broadcasts them. Notes a problem
/// and gives none if they have more axes than the tensor or depend on the event.
std::optional<FloatArray> beside(OnnxNode& node, const FloatArray& constant, const Tensor& tensor);
/// A tensor with axes of extent 1 in front to have `rank` axes.
Tensor widened(OnnxNode& node, const Tensor& tensor, std::size_t rank);

/// Transposition: axis k of the result is axis axes[k].
Value transposed(OnnxNode& node, const Value& value, const std::vector<std::uint32_t>& axes);
/// The same elements in the same order; `shape` is the file's for one event, `event` where its axis of events then is.
Value reshaped(OnnxNode& node, const Value& value, const Shape& shape, std::optional<std::uint32_t> event);
/// Output index i of each of the file's axes is input index from[axis][i], or `fill` where that is none. Notes a
/// problem and gives Unknown if the axis of events would be touched.
using AxisIndices = std::vector<std::optional<std::uint32_t>>;
Value picked(OnnxNode& node, const Value& value, const std::vector<AxisIndices>& from, double fill = 0);
/// Every index of every axis.
std::vector<AxisIndices> all_indices(const Shape& shape);
/// Without the axes, all of extent 1; with axes of extent 1 put where the result has them.
Value without_axes(OnnxNode& node, const Value& value, const std::vector<std::uint32_t>& axes);
Value with_axes(OnnxNode& node, const Value& value, const std::vector<std::uint32_t>& axes);

} // namespace gw::import
