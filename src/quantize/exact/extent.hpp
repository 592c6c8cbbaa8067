// How far the codes of quantisers reach and how fine they are: what a value must keep for all of them to say the same.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "fixed/type.hpp"

namespace gw::quantize::exact {

struct Extent {
    double reach = 0;       ///< from zero, one step beyond the farthest code
    double step = INFINITY; ///< the smallest one

    /// A quantiser to codes of `type` in units of `scale`, offset by `zero` of them.
    void include(const fixed::FixedType& type, double scale, double zero) {
        const double own = std::ldexp(scale, -type.fraction);
        const double codes =
            std::max(std::abs(static_cast<double>(type.lowest())), std::abs(static_cast<double>(type.highest())));
        reach = std::max(reach, own * (codes + 1) + scale * std::abs(zero));
        step = std::min(step, own);
    }

    /// Bits before the point that hold the reach, sign included.
    std::int32_t integer_bits() const {
        int exponent = 0;
        std::frexp(reach, &exponent);
        return exponent + 1;
    }

    /// Bits after the point that tell 2^-finer of a step apart.
    std::int32_t fraction_bits(std::int32_t finer) const {
        int exponent = 0;
        std::frexp(step, &exponent);
        return finer - exponent;
    }
};

} // namespace gw::quantize::exact
