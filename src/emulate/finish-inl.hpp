// The end of a row: from sums to the output type, lane by lane. Plain loops over whole blocks, which the compiler
// vectorises for the target it is included for. Included once per Highway target by kernels.cpp, hence no include guard
// of the usual kind.
#if defined(GW_FINISH_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef GW_FINISH_INL_HPP
#undef GW_FINISH_INL_HPP
#else
#define GW_FINISH_INL_HPP
#endif

#include <algorithm>
#include <limits>
#include <type_traits>

#include "emulate/program.hpp"

HWY_BEFORE_NAMESPACE();
namespace gw::emulate {
namespace HWY_NAMESPACE {

/// Keeps the low `width` bits of each lane.
template <typename T> void wrap_lanes(T* HWY_RESTRICT v, int width, bool is_signed) {
    using U = std::make_unsigned_t<T>;
    constexpr int bits = std::numeric_limits<U>::digits;
    if (width == 0) {
        std::fill_n(v, block, T{0});
    } else if (is_signed) {
        const int unused = bits - std::min(width, bits);
        for (std::size_t e = 0; e < block; ++e)
            v[e] = static_cast<T>(static_cast<T>(static_cast<U>(v[e]) << unused) >> unused);
    } else if (width < bits) {
        const U mask = (U{1} << width) - 1;
        for (std::size_t e = 0; e < block; ++e)
            v[e] = static_cast<T>(static_cast<U>(v[e]) & mask);
    }
}

/// fixed::round_to, with the conditions of cast.cpp.
template <typename T> void round_lanes(T* HWY_RESTRICT v, int dropped, fixed::Rounding rounding) {
    using fixed::Rounding;
    if (dropped == 0)
        return;
    const T low_mask = static_cast<T>((T{1} << (dropped - 1)) - 1);
    const auto each = [&](auto condition) HWY_ATTR {
        for (std::size_t e = 0; e < block; ++e) {
            const T floor = static_cast<T>(v[e] >> dropped);
            const T q = static_cast<T>((v[e] >> (dropped - 1)) & 1);
            const T r = (v[e] & low_mask) != 0 ? 1 : 0;
            const T s = v[e] < 0 ? 1 : 0;
            v[e] = static_cast<T>(floor + static_cast<T>(condition(q, r, s, static_cast<T>(floor & 1))));
        }
    };
    switch (rounding) {
    case Rounding::trn:
        for (std::size_t e = 0; e < block; ++e)
            v[e] = static_cast<T>(v[e] >> dropped);
        return;
    case Rounding::trn_zero:
        return each([](T q, T r, T s, T) { return s & (q | r); });
    case Rounding::rnd:
        return each([](T q, T, T, T) { return q; });
    case Rounding::rnd_zero:
        return each([](T q, T r, T s, T) { return q & (s | r); });
    case Rounding::rnd_min_inf:
        return each([](T q, T r, T, T) { return q & r; });
    case Rounding::rnd_inf:
        return each([](T q, T r, T s, T) { return q & ((s ^ 1) | r); });
    case Rounding::rnd_conv:
        return each([](T q, T r, T, T l) { return q & (l | r); });
    }
}

/// fixed::limit_to. An end of the type's range beyond the lane cannot be reached.
template <typename T> void limit_lanes(T* HWY_RESTRICT v, const fixed::FixedType& type) {
    using Limits = std::numeric_limits<T>;
    const T low = static_cast<T>(std::max<fixed::Int128>(type.lowest(), Limits::min()));
    const T high = static_cast<T>(std::min<fixed::Int128>(type.highest(), Limits::max()));
    switch (type.overflow) {
    case fixed::Overflow::wrap:
        return wrap_lanes(v, type.width, type.is_signed);
    case fixed::Overflow::sat:
    case fixed::Overflow::sat_sym:
        for (std::size_t e = 0; e < block; ++e)
            v[e] = std::min(std::max(v[e], low), high);
        return;
    case fixed::Overflow::sat_zero:
        for (std::size_t e = 0; e < block; ++e)
            v[e] = v[e] >= low && v[e] <= high ? v[e] : T{0};
        return;
    }
}

template <typename T> void finish_lanes(T* HWY_RESTRICT v, const Finish& finish) {
    if (finish.accumulator)
        wrap_lanes(v, finish.accumulator->width, finish.accumulator->is_signed);
    for (std::size_t e = 0; e < block && finish.rectify; ++e)
        v[e] = std::max(v[e], T{0});
    if (finish.ceiling) {
        const T top = static_cast<T>(*finish.ceiling);
        for (std::size_t e = 0; e < block; ++e)
            v[e] = std::min(v[e], top);
    }
    for (std::size_t e = 0; e < block && finish.left != 0; ++e)
        v[e] = static_cast<T>(static_cast<std::make_unsigned_t<T>>(v[e]) << finish.left);
    round_lanes(v, finish.dropped, finish.rounding);
    if (finish.limit)
        limit_lanes(v, finish.type);
}

} // namespace HWY_NAMESPACE
} // namespace gw::emulate
HWY_AFTER_NAMESPACE();

#endif
