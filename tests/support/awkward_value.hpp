// Values that a conversion to a type has most to do with.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "fixed/type.hpp"
#include "support/rng.hpp"

namespace gw::test {

/// Within the type's range, on its grid, halfway between, at the range's ends, and at both ends of binary64.
inline double awkward_value(const fixed::FixedType& type, support::Random& random) {
    const double sign = random.below(2) == 0 ? 1 : -1;
    switch (random.below(7)) {
    case 0:
        return sign * std::ldexp(random.uniform(), static_cast<int>(random.between(-60, 70)));
    case 1:
        return std::ldexp(static_cast<double>(random.between(-9, 9)), -type.fraction - 1);
    case 2:
        return sign * std::numeric_limits<double>::denorm_min();
    case 3:
        return sign * std::numeric_limits<double>::max();
    case 4:
        return std::ldexp(static_cast<double>(type.highest()) + static_cast<double>(random.between(-2, 2)),
                          -type.fraction);
    default:
        return sign * std::ldexp(random.uniform(), type.integer());
    }
}

} // namespace gw::test
