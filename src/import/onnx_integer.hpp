// ONNX's integers: y = saturated(round(x / scale) + zero_point), round to even, and x = (y - zero_point) * scale back.
#pragma once

#include "import/onnx_quantised.hpp"

namespace gw::import {

/// A scale and a zero point as they stand in a node's inputs. Arrays have the shape that broadcasts onto the values.
struct LinearSpec {
    FloatArray scale, zero_point;
    ElementType type = onnx::TensorProto::UINT8; ///< of the integers
};

/// From the inputs `scale` and `zero` (left out: 0, of UINT8), along `axis` of values of `rank` axes where they are
/// vectors. Nothing after a problem.
std::optional<LinearSpec> linear_spec(OnnxNode& node, int scale, int zero, std::int64_t axis, std::size_t rank);

/// To integers and back; constants are computed at once.
std::optional<Value> quantised_linearly(OnnxNode& node, const std::string& suffix, const Value& x,
                                        const LinearSpec& spec);
std::optional<Value> dequantised_linearly(OnnxNode& node, const std::string& suffix, const Value& q,
                                          const LinearSpec& spec);

} // namespace gw::import
