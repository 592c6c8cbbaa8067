// ONNX and QONNX files. Operators that are read: onnx_registry.hpp. How tensors of a file become layers:
// onnx_value.hpp.
#pragma once

#include <filesystem>
#include <string>

#include "import/graph.hpp"

namespace gw::import {

/// Throws support::Error: kind user for a file that is absent, truncated or no ONNX; kind unsupported naming every
/// node, attribute and value that is not understood.
Graph read_onnx(const std::filesystem::path& file);
/// The same from the file's bytes. @param name for messages
Graph parse_onnx(const std::string& bytes, const std::string& name);

} // namespace gw::import
