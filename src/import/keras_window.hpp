// Windows and channel orders of Keras's image layers.
#pragma once

#include "import/keras_layer.hpp"

namespace gw::import {

/// The window over spatial extents with Keras's padding ("valid", "same", "causal"); appends the output's extents.
/// Notes a problem and gives none where it does not fit.
std::optional<Window> keras_window(KerasLayer& layer, const Shape& spatial, std::vector<std::uint32_t> size,
                                   std::vector<std::uint32_t> strides, std::vector<std::uint32_t> dilation,
                                   const std::string& padding, Shape& out);

/// {window..., channels, multiplier} as weights of as many groups as channels: {window..., 1, channels * multiplier},
/// the same numbers in the same order.
FloatArray flattened_depthwise(FloatArray kernel);

bool is_channels_first(KerasLayer& layer);
/// A layer that says channels_first gets its input turned, and its output turned back.
LayerId channels_last(KerasLayer& layer, bool first, LayerId input);
LayerId channels_first(KerasLayer& layer, bool first, LayerId output);

} // namespace gw::import
