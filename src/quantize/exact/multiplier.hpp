// What a quantiser multiplies by, before it rounds: the ratio of its input's unit and its scale, in as few bits as give
// every value of the input the code that the ratio itself gives it.
#pragma once

#include <optional>
#include <vector>

#include "import/layers.hpp"
#include "network/network.hpp"

namespace gw::quantize::exact {

/// code = cast(mantissa * 2^-fraction * unit / scale + zero), of one element or of several alike.
struct Quotient {
    double unit = 1, scale = 1; ///< positive
    double zero = 0;
    fixed::Rounding rounding = fixed::Rounding::trn;
    std::int32_t fraction = 0;            ///< of the codes
    std::int64_t lowest = 0, highest = 0; ///< codes, as mantissas; beyond them all are alike
};

/// x * factor / divisor takes the place of x * unit / scale.
struct Multiplier {
    network::Constant factor;                 ///< one for each quotient
    std::optional<network::Constant> divisor; ///< the same; none: 1
    bool proven = false; ///< every mantissa gets its code; else those within a rounding of the factor of a tie may not
};

/// @param low, high     of the input's mantissas
/// @param fraction      of the input
/// @param largest_width bits of the product that may not be exceeded
Multiplier multiplier_of(const std::vector<Quotient>& quotients, import::Quantise::Rounding rounding, fixed::Int128 low,
                         fixed::Int128 high, std::int32_t fraction, std::int32_t largest_width);

} // namespace gw::quantize::exact
