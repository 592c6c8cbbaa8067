// Exact: a value in the making, before its one cast. 128 bits, as in fixed::cast.
#pragma once

#include <algorithm>

#include "fixed/type.hpp"
#include "network/network.hpp"

namespace gw::emulate {

struct Exact {
    fixed::Int128 mantissa = 0;
    std::int32_t fraction = 0;
};

inline Exact aligned(const Exact& a, std::int32_t fraction) {
    return {fixed::round_to(a.mantissa, a.fraction, fraction, {}), fraction};
}

inline Exact sum(const Exact& a, const Exact& b) {
    const std::int32_t fraction = std::max(a.fraction, b.fraction);
    return {aligned(a, fraction).mantissa + aligned(b, fraction).mantissa, fraction};
}

inline Exact negated(const Exact& a) {
    return {-a.mantissa, a.fraction};
}

inline Exact product(const Exact& a, const Exact& b) {
    return {a.mantissa * b.mantissa, a.fraction + b.fraction};
}

inline bool less(const Exact& a, const Exact& b) {
    return sum(a, negated(b)).mantissa < 0;
}

inline Exact converted(const Exact& a, const fixed::FixedType& type) {
    return {fixed::cast(a.mantissa, a.fraction, type), type.fraction};
}

inline Exact element(const network::Constant& constant, std::size_t i) {
    return {constant.at(i), constant.type.fraction};
}

/// a / b (b > 0) with two more fraction bits than `fraction`, the last of them 1 where anything lies below: enough for
/// every rounding to `fraction` bits to come out as from the true quotient.
inline Exact quotient(const Exact& a, const Exact& b, std::int32_t fraction) {
    const std::int32_t up = fraction + 2 + b.fraction - a.fraction;
    const fixed::Int128 above = up >= 0 ? a.mantissa << up : a.mantissa;
    const fixed::Int128 below = up >= 0 ? b.mantissa : b.mantissa << -up;
    fixed::Int128 floor = above / below;
    fixed::Int128 rest = above % below;
    if (rest < 0) {
        --floor;
        rest += below;
    }
    return {floor | (rest != 0 ? 1 : 0), fraction + 2};
}

} // namespace gw::emulate
