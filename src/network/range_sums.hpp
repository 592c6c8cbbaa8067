// Ranges of the ops that sum or look through windows. See range.hpp.
#pragma once

#include <vector>

#include "fixed/interval.hpp"
#include "network/network.hpp"

namespace gw::network {

using Intervals = std::vector<fixed::Interval>; ///< one for each element of a tensor

Intervals range_of(const Dense& op, const Intervals& x, const Tensor& out);
/// One range for each channel, over all positions at once.
Intervals range_of(const Conv& op, const Tensor& in, const Intervals& x, const Tensor& out);
Intervals range_of(const Pool& op, const Tensor& in, const Intervals& x, const Tensor& out);
Intervals range_of(const Reduce& op, const Tensor& in, const Intervals& x);
Intervals range_of(const MatMul& op, const Tensor& left, const Tensor& right, const Intervals& x, const Intervals& y);

} // namespace gw::network
