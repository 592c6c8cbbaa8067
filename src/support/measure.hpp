// How fast something is: one way for everything that a report sets side by side.
#pragma once

#include <cstddef>
#include <functional>

namespace gw::support {

/// Items per second of `work`, which handles `items` a call: a call to warm up, then the median over the calls that
/// fill `seconds`, at least three. 0 for no items.
double median_rate(std::size_t items, double seconds, const std::function<void()>& work);

} // namespace gw::support
