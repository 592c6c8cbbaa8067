// Constants of an ONNX file.
#pragma once

#include <string>

#include <onnx/onnx_pb.h>

#include "import/graph.hpp"

namespace gw::import {

/// Numbers of any element type as float64, infinities as they are. Throws support::Error (kind user, or unsupported for
/// data kept in another file or a type that is no number) naming `where`; NaN is refused.
FloatArray read_tensor(const onnx::TensorProto& tensor, const std::string& where);

} // namespace gw::import
