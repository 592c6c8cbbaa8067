// fixed::cast against ap_fixed: every source mantissa of a small type, every rounding and overflow of the target.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "ap_fixed.h"
#include "fixed/type.hpp"
#include "support/rng.hpp"

namespace gw::fixed {

struct Count {
    std::uint64_t compared = 0, mismatches = 0;
};

inline Rounding ours(ap_q_mode mode) {
    switch (mode) {
    case AP_RND:
        return Rounding::rnd;
    case AP_RND_ZERO:
        return Rounding::rnd_zero;
    case AP_RND_MIN_INF:
        return Rounding::rnd_min_inf;
    case AP_RND_INF:
        return Rounding::rnd_inf;
    case AP_RND_CONV:
        return Rounding::rnd_conv;
    case AP_TRN_ZERO:
        return Rounding::trn_zero;
    default:
        return Rounding::trn;
    }
}

inline Overflow ours(ap_o_mode mode) {
    switch (mode) {
    case AP_SAT:
        return Overflow::sat;
    case AP_SAT_ZERO:
        return Overflow::sat_zero;
    case AP_SAT_SYM:
        return Overflow::sat_sym;
    default:
        return Overflow::wrap;
    }
}

template <bool Signed, int W, int I, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP> struct Vendor {
    using Type = ::ap_fixed<W, I, Q, O>;
    static std::int64_t raw(const Type& value) { return ap_int<W>(value.range(W - 1, 0)).to_int64(); }
};
template <int W, int I, ap_q_mode Q, ap_o_mode O> struct Vendor<false, W, I, Q, O> {
    using Type = ::ap_ufixed<W, I, Q, O>;
    static std::int64_t raw(const Type& value) {
        return static_cast<std::int64_t>(ap_uint<W>(value.range(W - 1, 0)).to_uint64());
    }
};

template <bool Signed, int W, int I> typename Vendor<Signed, W, I>::Type from_raw(std::int64_t raw) {
    typename Vendor<Signed, W, I>::Type value;
    value.range(W - 1, 0) = ap_int<W>(raw);
    return value;
}

/// One source mantissa, one target.
template <class From, bool S, int W, int I, ap_q_mode Q, ap_o_mode O>
void compare_one(const From& source, std::int64_t mantissa, const FixedType& from, Count& count) {
    const typename Vendor<S, W, I, Q, O>::Type converted = source;
    const FixedType to{W, W - I, S, ours(Q), ours(O)};
    const std::int64_t vendor = Vendor<S, W, I, Q, O>::raw(converted);
    const Int128 mine = cast(mantissa, from.fraction, to);
    ++count.compared;
    if (mine != vendor && ++count.mismatches <= 5)
        ADD_FAILURE() << mantissa << " of " << to_string(from) << " to " << to_string(to) << ": " << to_string(mine)
                      << ", vendor " << vendor;
}

template <class From, bool S, int W, int I, ap_q_mode Q>
void each_overflow(const From& source, std::int64_t mantissa, const FixedType& from, Count& count) {
    compare_one<From, S, W, I, Q, AP_WRAP>(source, mantissa, from, count);
    compare_one<From, S, W, I, Q, AP_SAT>(source, mantissa, from, count);
    compare_one<From, S, W, I, Q, AP_SAT_ZERO>(source, mantissa, from, count);
    compare_one<From, S, W, I, Q, AP_SAT_SYM>(source, mantissa, from, count);
}

template <class From, bool S, int W, int I>
void each_mode(const From& source, std::int64_t mantissa, const FixedType& from, Count& count) {
    each_overflow<From, S, W, I, AP_TRN>(source, mantissa, from, count);
    each_overflow<From, S, W, I, AP_TRN_ZERO>(source, mantissa, from, count);
    each_overflow<From, S, W, I, AP_RND>(source, mantissa, from, count);
    each_overflow<From, S, W, I, AP_RND_ZERO>(source, mantissa, from, count);
    each_overflow<From, S, W, I, AP_RND_MIN_INF>(source, mantissa, from, count);
    each_overflow<From, S, W, I, AP_RND_INF>(source, mantissa, from, count);
    each_overflow<From, S, W, I, AP_RND_CONV>(source, mantissa, from, count);
}

/// Every mantissa of <FS, FW, FI>, or `samples` random and all corner ones where there are too many, to <TW, TI> of
/// both signs.
template <bool FS, int FW, int FI, int TW, int TI> void compare_types(Count& count, std::uint64_t seed) {
    const FixedType from{FW, FW - FI, FS, Rounding::trn, Overflow::wrap};
    const auto one = [&](std::int64_t mantissa) {
        const auto source = from_raw<FS, FW, FI>(mantissa);
        each_mode<decltype(source), true, TW, TI>(source, mantissa, from, count);
        each_mode<decltype(source), false, TW, TI>(source, mantissa, from, count);
    };
    const auto low = static_cast<std::int64_t>(from.lowest()), high = static_cast<std::int64_t>(from.highest());
    if constexpr (FW <= 9) {
        for (std::int64_t mantissa = low; mantissa <= high; ++mantissa)
            one(mantissa);
    } else {
        support::Random random(seed);
        for (const std::int64_t mantissa : {low, low + 1, std::int64_t{0}, std::int64_t{1}, high - 1, high})
            one(mantissa);
        for (int i = 0; i < 300; ++i)
            one(static_cast<std::int64_t>(random.next()) >> (64 - FW) & (FS ? -1 : high));
    }
}

inline void report(const char* what, const Count& count) {
    std::cout << what << ": " << count.mismatches << " mismatches in " << count.compared << " conversions\n";
    EXPECT_EQ(count.mismatches, 0U);
    EXPECT_GT(count.compared, 1000U);
}

} // namespace gw::fixed
