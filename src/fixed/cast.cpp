// Conversion between fixed-point types: round, then wrap or saturate (UG1399, "Quantization Modes" and "Overflow
// Modes").
//
// With q the first dropped bit, r the OR of the bits below it, s the sign and l the lowest kept bit, each rounding mode
// adds one to the floor exactly when its condition holds; mantissas are two's complement, so shifting right is the
// floor.
#include <cmath>

#include "fixed/type.hpp"
#include "support/error.hpp"

namespace gw::fixed {
namespace {

constexpr int widest_shift = 127;

bool rounds_up(Rounding rounding, bool q, bool r, bool s, bool l) {
    switch (rounding) {
    case Rounding::trn:
        return false;
    case Rounding::trn_zero:
        return s && (q || r);
    case Rounding::rnd:
        return q;
    case Rounding::rnd_zero:
        return q && (s || r);
    case Rounding::rnd_min_inf:
        return q && r;
    case Rounding::rnd_inf:
        return q && (!s || r);
    case Rounding::rnd_conv:
        return q && (l || r);
    }
    throw support::internal_error("unknown rounding mode");
}

Int128 wrap(Int128 value, const FixedType& to) {
    if (to.width == 0)
        return 0;
    const int unused = 128 - to.width;
    const auto top = static_cast<UInt128>(value) << unused;
    return to.is_signed ? static_cast<Int128>(top) >> unused : static_cast<Int128>(top >> unused);
}

} // namespace

Int128 FixedType::lowest() const {
    if (!is_signed || width == 0)
        return 0;
    const Int128 bound = -(Int128{1} << (width - 1));
    // One bit has no symmetric range; ap_fixed<1, I, Q, AP_SAT_SYM> keeps both its values.
    return overflow == Overflow::sat_sym && width > 1 ? bound + 1 : bound;
}

Int128 FixedType::highest() const {
    if (width == 0)
        return 0;
    return (Int128{1} << (is_signed ? width - 1 : width)) - 1;
}

Int128 round_to(Int128 mantissa, std::int32_t fraction, std::int32_t to_fraction, Rounding rounding) {
    const std::int64_t dropped = std::int64_t{fraction} - to_fraction;
    if (dropped <= 0) {
        if (mantissa != 0 && magnitude_bits(mantissa) - dropped > 126)
            throw support::unsupported("a value needs more than 126 bits at " + std::to_string(to_fraction) +
                                       " fraction bits");
        return mantissa == 0 ? 0 : static_cast<Int128>(static_cast<UInt128>(mantissa) << static_cast<int>(-dropped));
    }
    const bool s = mantissa < 0;
    if (dropped > widest_shift) // |mantissa| < 2^126: less than half a step from zero
        return (s ? -1 : 0) + (rounds_up(rounding, s, s || mantissa != 0, s, s) ? 1 : 0);
    const int shift = static_cast<int>(dropped);
    const Int128 floor = mantissa >> shift;
    const bool q = ((mantissa >> (shift - 1)) & 1) != 0;
    const bool r = (static_cast<UInt128>(mantissa) & ((UInt128{1} << (shift - 1)) - 1)) != 0;
    return floor + (rounds_up(rounding, q, r, s, (floor & 1) != 0) ? 1 : 0);
}

Int128 limit_to(Int128 value, const FixedType& to) {
    const Int128 low = to.lowest(), high = to.highest();
    if (value >= low && value <= high)
        return value;
    switch (to.overflow) {
    case Overflow::wrap:
        return wrap(value, to);
    case Overflow::sat:
    case Overflow::sat_sym:
        return value < low ? low : high;
    case Overflow::sat_zero:
        return 0;
    }
    throw support::internal_error("unknown overflow mode");
}

Int128 cast(Int128 mantissa, std::int32_t fraction, const FixedType& to) {
    const std::int64_t gained = std::int64_t{to.fraction} - fraction;
    if (mantissa == 0)
        return 0;
    if (gained <= 0 || magnitude_bits(mantissa) + gained <= 126)
        return limit_to(round_to(mantissa, fraction, to.fraction, to.rounding), to);
    // Beyond 126 bits: an overflow of every type; only its low bits or its sign still count.
    if (to.overflow == Overflow::wrap)
        return gained >= 128
                   ? 0
                   : wrap(static_cast<Int128>(static_cast<UInt128>(mantissa) << static_cast<int>(gained)), to);
    return limit_to(mantissa < 0 ? -(Int128{1} << 126) : (Int128{1} << 126), to);
}

Int128 from_double(double value, const FixedType& to) {
    if (std::isnan(value))
        throw support::user_error("NaN cannot become " + to_string(to), {}, "remove or replace NaN in the data");
    if (std::isinf(value)) {
        if (to.overflow == Overflow::sat || to.overflow == Overflow::sat_sym)
            return value < 0 ? to.lowest() : to.highest();
        throw support::user_error("infinity cannot become " + to_string(to) + ", which does not saturate", {},
                                  "remove infinities from the data, or choose a saturating type");
    }
    int exponent = 0;
    const double mantissa = std::frexp(value, &exponent);
    return cast(static_cast<Int128>(std::ldexp(mantissa, 53)), 53 - exponent, to);
}

double to_double(Int128 mantissa, std::int32_t fraction) {
    return std::ldexp(static_cast<double>(mantissa), -fraction);
}

} // namespace gw::fixed
