// Parts that the readers of quantised operators share.
#pragma once

#include "import/onnx_node.hpp"
#include "import/qonnx_quant.hpp"

namespace gw::import {

/// What another operator makes of these values, with the node's own attributes: the integer operators are the plain
/// ones between conversions. Nothing after a problem, which is noted. At most `attributes` of the node's own count.
std::optional<Value> read_as(OnnxNode& node, const std::string& type, const std::vector<Value>& operands);

/// An array beside a computed tensor: in the order of its layer's axes, none of them broadcasting the tensor. A problem
/// is noted, and nothing given, where it does not fit.
std::optional<FloatArray> along(OnnxNode& node, const FloatArray& array, const Tensor& tensor);

/// Constants as a positive scale; a problem is noted where they are not.
const FloatArray* positive(OnnxNode& node, int index);

/// -1 below `threshold_of zero`, else 1, each times the scale: x + zero * scale >= 0.
std::optional<Tensor> bipolar(OnnxNode& node, const Tensor& x, const FloatArray& scale, const FloatArray* zero_point);

} // namespace gw::import
