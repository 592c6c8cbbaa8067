// Range inference: for each tensor element the exact interval of what it can hold, by interval arithmetic from the
// input types.
#pragma once

#include <vector>

#include "fixed/interval.hpp"
#include "network/network.hpp"

namespace gw::network {

struct Ranges {
    /// values[tensor][element]: after the cast to the tensor's type.
    std::vector<std::vector<fixed::Interval>> values;
    /// before_cast[tensor][element]: of the exact result, before that cast; for inputs the same as values.
    std::vector<std::vector<fixed::Interval>> before_cast;
};

/// The network must be sound (network/verify.hpp).
Ranges infer_ranges(const Network& network);

} // namespace gw::network
