// Arithmetic between tensors and constants, broadcast as numpy does, for the readers that are made of it.
#pragma once

#include <functional>

#include "import/onnx_node.hpp"

namespace gw::import {

/// One number by two.
using Binary = double (*)(double, double);

/// Constants broadcast against each other. Throws support::Error (kind unsupported) where the shapes do not fit.
FloatArray combined(const FloatArray& a, const FloatArray& b, const std::function<double(double, double)>& of);
/// The same with the values for two events.
OnnxConstant combined(const OnnxConstant& a, const OnnxConstant& b, const std::function<double(double, double)>& of);
OnnxConstant number_constant(double value);

/// Tensors element by element. A problem is noted, and none given, where the shapes do not fit.
std::optional<Tensor> merged(OnnxNode& node, const std::string& suffix, Merge::Kind kind, std::vector<Tensor> from);
/// x * scale + bias; either may be null.
std::optional<Tensor> scaled(OnnxNode& node, const std::string& suffix, const Tensor& x, const FloatArray* scale,
                             const FloatArray* bias);
/// a (kind) b of any kinds of value; add, subtract, multiply or divide.
std::optional<Value> arithmetic(OnnxNode& node, const std::string& suffix, Merge::Kind kind, const Value& a,
                                const Value& b);

} // namespace gw::import
