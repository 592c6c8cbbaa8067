// Makers of Rearrange bodies: where the elements of a tensor go.
#pragma once

#include <utility>
#include <vector>

#include "import/layers.hpp"

namespace gw::import {

/// Elements of one tensor; more are refused.
constexpr std::size_t most_tensor_elements = std::size_t{1} << 24;
/// Throws support::Error (unsupported) for a shape of more.
void require_elements(const Shape& shape);

struct Arranged {
    Shape shape;
    Rearrange body;
};

/// Output axis k is input axis axes[k].
Arranged permutation(const Shape& shape, const std::vector<std::uint32_t>& axes);
/// Output index i of each axis is input index `from[axis][i]`, or `fill` where that is none.
Arranged picked(const Shape& shape, const std::vector<std::vector<std::optional<std::uint32_t>>>& from,
                double fill = 0);
/// All indices of an axis, for `picked`.
std::vector<std::optional<std::uint32_t>> whole(std::uint32_t extent);

} // namespace gw::import
