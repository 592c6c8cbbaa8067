// The trained network as a QONNX file.
#pragma once

#include <filesystem>
#include <string>

#include "train/engine.hpp"

namespace gw::train {

/// input -> Quant -> (MatMul, Add, [Relu], Quant)*; weights and biases pass Quant nodes of their own. Quant is QONNX's
/// (domain qonnx.custom_op.general): scale, zero point and bit width are constants, rounding_mode ROUND or FLOOR.
/// ONNX opset 13, IR version 8, the event axis dynamic.
std::string to_onnx(const Trained& trained, const Quantiser& input, const std::string& name);

} // namespace gw::train
