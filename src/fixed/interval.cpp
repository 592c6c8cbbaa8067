#include "fixed/interval.hpp"

#include <algorithm>

#include "support/error.hpp"

namespace gw::fixed {
namespace {

constexpr int widest = 125;

Int128 shifted_left(Int128 value, std::int64_t by) {
    if (value == 0)
        return 0;
    if (magnitude_bits(value) + by > widest)
        throw support::unsupported("a range passes 2^" + std::to_string(widest) + " steps", {},
                                   "use narrower types; such wide sums are not supported");
    return static_cast<Int128>(static_cast<UInt128>(value) << static_cast<int>(by));
}

Interval checked(Int128 low, Int128 high, std::int32_t fraction) {
    shifted_left(low, 0);
    shifted_left(high, 0);
    return {low, high, fraction};
}

} // namespace

Interval aligned(const Interval& a, std::int32_t fraction) {
    if (fraction < a.fraction)
        throw support::internal_error("aligning an interval to fewer fraction bits");
    const std::int64_t by = std::int64_t{fraction} - a.fraction;
    return {shifted_left(a.low, by), shifted_left(a.high, by), fraction};
}

Interval operator+(const Interval& a, const Interval& b) {
    const std::int32_t fraction = std::max(a.fraction, b.fraction);
    const Interval x = aligned(a, fraction), y = aligned(b, fraction);
    return checked(x.low + y.low, x.high + y.high, fraction);
}

Interval operator*(const Interval& a, const Interval& b) {
    const int bits = std::max(magnitude_bits(a.low), magnitude_bits(a.high)) +
                     std::max(magnitude_bits(b.low), magnitude_bits(b.high));
    if (bits > widest)
        throw support::unsupported("a product passes 2^" + std::to_string(widest) + " steps", {},
                                   "use narrower types; such wide products are not supported");
    const auto [low, high] = std::minmax({a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
    return {low, high, a.fraction + b.fraction};
}

Interval divided(const Interval& a, Int128 divisor, std::int32_t divisor_fraction, std::int32_t fraction) {
    const auto quotient = [&](Int128 value) {
        const std::int32_t up = fraction + divisor_fraction - a.fraction;
        const Int128 above = up >= 0 ? shifted_left(value, up) : value;
        const Int128 below = up >= 0 ? divisor : shifted_left(divisor, -up);
        const Int128 rest = (above % below + below) % below;
        return ((above - rest) / below) | (rest != 0 ? 1 : 0);
    };
    return {quotient(a.low), quotient(a.high), fraction};
}

Interval operator-(const Interval& a) {
    return {-a.high, -a.low, a.fraction};
}

Interval operator-(const Interval& a, const Interval& b) {
    return a + -b;
}

Interval scaled(const Interval& a, Int128 mantissa, std::int32_t fraction) {
    const int most = std::max(magnitude_bits(a.low), magnitude_bits(a.high));
    if (most + magnitude_bits(mantissa) > widest)
        throw support::unsupported("a product passes 2^" + std::to_string(widest) + " steps", {}, "use narrower types");
    const Int128 x = a.low * mantissa, y = a.high * mantissa;
    return {std::min(x, y), std::max(x, y), a.fraction + fraction};
}

Interval shifted(const Interval& a, std::int32_t shift) {
    return {a.low, a.high, a.fraction - shift};
}

Interval united(const Interval& a, const Interval& b) {
    const std::int32_t fraction = std::max(a.fraction, b.fraction);
    const Interval x = aligned(a, fraction), y = aligned(b, fraction);
    return {std::min(x.low, y.low), std::max(x.high, y.high), fraction};
}

Interval rectified(const Interval& a) {
    return {std::max<Int128>(a.low, 0), std::max<Int128>(a.high, 0), a.fraction};
}

bool fits(const Interval& a, const FixedType& type) {
    const std::int64_t gained = std::int64_t{type.fraction} - a.fraction;
    const int most = std::max(magnitude_bits(a.low), magnitude_bits(a.high));
    if (most != 0 && gained > 0 && most + gained > widest)
        return false;
    return round_to(a.low, a.fraction, type.fraction, type.rounding) >= type.lowest() &&
           round_to(a.high, a.fraction, type.fraction, type.rounding) <= type.highest();
}

Interval cast(const Interval& a, const FixedType& type) {
    if (type.width == 0)
        return {0, 0, type.fraction};
    const bool safe = fits(a, type);
    if (!safe && type.overflow == Overflow::wrap)
        return Interval::of(type);
    const Int128 low = cast(a.low, a.fraction, type), high = cast(a.high, a.fraction, type);
    if (safe || type.overflow != Overflow::sat_zero) // rounding and saturation are monotone
        return {low, high, type.fraction};
    const Interval all = Interval::of(type); // what lies inside stays, the rest becomes zero
    const bool below = round_to(a.low, a.fraction, type.fraction, type.rounding) < all.low;
    const bool above = round_to(a.high, a.fraction, type.fraction, type.rounding) > all.high;
    return {below ? all.low : std::min<Int128>(low, 0), above ? all.high : std::max<Int128>(high, 0), type.fraction};
}

FixedType smallest_type(const Interval& a) {
    FixedType type;
    type.fraction = a.fraction;
    type.is_signed = a.low < 0;
    if (a.is_zero()) {
        type.is_signed = false;
        type.width = 0;
        return type;
    }
    // -2^k needs as many magnitude bits as 2^k - 1.
    const int below = a.low < 0 ? magnitude_bits(a.low + 1) : 0;
    const int above = a.high > 0 ? magnitude_bits(a.high) : 0;
    type.width = std::max(below, above) + (type.is_signed ? 1 : 0);
    if (type.width > 64)
        throw support::unsupported("a value needs " + std::to_string(type.width) + " bits", {},
                                   "at most 64 are supported: use narrower types");
    return type;
}

} // namespace gw::fixed
