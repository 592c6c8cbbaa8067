// Interval: an exact set of values {m * 2^-fraction : low <= m <= high}. Every pass that needs a range or a width uses
// it.
#pragma once

#include <optional>

#include "fixed/type.hpp"

namespace gw::fixed {

struct Interval {
    Int128 low = 0, high = 0; ///< mantissas, low <= high
    std::int32_t fraction = 0;

    static Interval point(Int128 mantissa, std::int32_t fraction) { return {mantissa, mantissa, fraction}; }
    /// All values of a type.
    static Interval of(const FixedType& type) { return {type.lowest(), type.highest(), type.fraction}; }

    bool contains(Int128 mantissa) const { return low <= mantissa && mantissa <= high; }
    bool is_zero() const { return low == 0 && high == 0; }
    friend bool operator==(const Interval&, const Interval&) = default;
};

/// All of these throw support::Error (kind unsupported) where a bound would pass 2^125.
Interval operator+(const Interval& a, const Interval& b);
Interval operator-(const Interval& a, const Interval& b);
Interval operator-(const Interval& a);
/// Of all products; a and b may be anything each by itself.
Interval operator*(const Interval& a, const Interval& b);
/// a / (divisor * 2^-divisor_fraction), divisor > 0, at `fraction` fraction bits: rounded down, then up to the next odd
/// mantissa where anything was dropped (emulate/exact.hpp, quotient).
Interval divided(const Interval& a, Int128 divisor, std::int32_t divisor_fraction, std::int32_t fraction);
/// Times the constant mantissa * 2^-fraction.
Interval scaled(const Interval& a, Int128 mantissa, std::int32_t fraction);
/// Times 2^shift: the same mantissas, another point.
Interval shifted(const Interval& a, std::int32_t shift);
/// The smallest interval holding both.
Interval united(const Interval& a, const Interval& b);
/// max(x, 0).
Interval rectified(const Interval& a);
/// The same values with more fraction bits. `fraction` >= a.fraction.
Interval aligned(const Interval& a, std::int32_t fraction);

/// What conversion to `type` can yield; exact for monotone conversions, the whole type where wrapping occurs.
Interval cast(const Interval& a, const FixedType& type);
/// Whether every value of `a` fits `type` after rounding, so that no overflow can occur.
bool fits(const Interval& a, const FixedType& type);
/// The narrowest type (trn, wrap) that holds all of `a` exactly; unsigned where nothing is negative. Width 0 for {0}.
FixedType smallest_type(const Interval& a);

} // namespace gw::fixed
