// Windows of ONNX's convolutions and pools.
#pragma once

#include "import/onnx_node.hpp"

namespace gw::import {

struct OnnxWindow {
    Window window;
    Shape out; ///< spatial extents of the result
};

/// Attributes strides, dilations, pads and auto_pad over the spatial extents, for a kernel of `size`. The result is
/// rounded up where `up`. Notes a problem and gives none where the window does not fit.
std::optional<OnnxWindow> read_window(OnnxNode& node, const Shape& spatial, const Shape& size, bool up = false);

/// One number from 1 an axis from an attribute; `if_absent` where it is not there. Notes a problem and gives none where
/// it has another length.
std::optional<std::vector<std::uint32_t>> axis_numbers(OnnxNode& node, const std::string& attribute, std::size_t count,
                                                       std::uint32_t least, std::uint32_t if_absent);

} // namespace gw::import
