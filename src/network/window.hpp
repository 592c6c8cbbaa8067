// Which elements a window sees, for everyone who runs or lowers a convolution or a pool.
#pragma once

#include <optional>
#include <vector>

#include "network/network.hpp"

namespace gw::network {

/// Elements of a window of any number of axes.
std::size_t taps(const Window& window);

/// Spatial part of a {spatial..., channels} shape.
Shape spatial(const Shape& shape);

/// Under each element of the window (row-major), the flat spatial position of the input, or none on padding.
/// @param input, output spatial extents; @param position flat spatial position in the output
std::vector<std::optional<std::uint32_t>> seen(const Window& window, const Shape& input, const Shape& output,
                                               std::size_t position);

} // namespace gw::network
