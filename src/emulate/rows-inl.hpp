// Rows of a block in and out of the lanes of a computation, and the sums that go row by row. Included once per Highway
// target by kernels.cpp.
#if defined(GW_ROWS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef GW_ROWS_INL_HPP
#undef GW_ROWS_INL_HPP
#else
#define GW_ROWS_INL_HPP
#endif

#include <hwy/highway.h>

#include "emulate/finish-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gw::emulate {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// One tensor of a block.
struct TensorView {
    std::byte* base;
    Lane lane;
    template <typename T> T* row(std::size_t index) const { return reinterpret_cast<T*>(base) + index * block; }
};

template <typename T> void load_row(const TensorView& from, std::size_t row, T* HWY_RESTRICT to) {
    const auto copy = [&](const auto* HWY_RESTRICT x) HWY_ATTR {
        for (std::size_t e = 0; e < block; ++e)
            to[e] = static_cast<T>(x[e]);
    };
    if (from.lane == Lane::i16)
        copy(from.row<std::int16_t>(row));
    else if (from.lane == Lane::i32)
        copy(from.row<std::int32_t>(row));
    else
        copy(from.row<std::int64_t>(row));
}

/// @param again keep the larger of what the row holds and the new value
template <typename T>
void store_row(const T* HWY_RESTRICT from, const TensorView& to, std::size_t row, bool again = false) {
    const auto copy = [&]<typename Y>(Y* HWY_RESTRICT y) HWY_ATTR {
        if (again)
            for (std::size_t e = 0; e < block; ++e)
                y[e] = std::max(y[e], static_cast<Y>(from[e]));
        else
            for (std::size_t e = 0; e < block; ++e)
                y[e] = static_cast<Y>(from[e]);
    };
    if (to.lane == Lane::i16)
        copy(to.row<std::int16_t>(row));
    else if (to.lane == Lane::i32)
        copy(to.row<std::int32_t>(row));
    else
        copy(to.row<std::int64_t>(row));
}

template <typename T> void finish_row(T* HWY_RESTRICT v, const std::vector<Finish>& stages) {
    for (const Finish& stage : stages)
        finish_lanes(v, stage);
}

using D32 = hn::ScalableTag<std::int32_t>;
using V32 = hn::Vec<D32>;

HWY_INLINE V32 load_32(const std::int32_t* x) {
    return hn::Load(D32(), x);
}
HWY_INLINE V32 load_32(const std::int16_t* x) {
    return hn::PromoteTo(D32(), hn::Load(hn::Rebind<std::int16_t, D32>(), x));
}

/// (x * w) >> shift for products of up to 64 bits, modulo 2^32; 1 <= shift <= 32. The even lanes multiply in place, the
/// odd ones moved down; a logical shift serves because only bits shift .. shift+31 remain.
HWY_INLINE V32 wide_product(V32 x, V32 w, int shift) {
#if HWY_TARGET == HWY_SCALAR
    const std::int64_t product = static_cast<std::int64_t>(hn::GetLane(x)) * hn::GetLane(w);
    return hn::Set(D32(), static_cast<std::int32_t>(static_cast<std::uint64_t>(product) >> shift));
#else
    const hn::RepartitionToWide<D32> d64;
    const hn::RebindToUnsigned<decltype(d64)> du64;
    const auto even = hn::ShiftRightSame(hn::BitCast(du64, hn::MulEven(x, w)), shift);
    const V32 moved = hn::BitCast(D32(), hn::ShiftRight<32>(hn::BitCast(du64, x)));
    const auto odd = hn::ShiftRightSame(hn::BitCast(du64, hn::MulEven(moved, w)), shift);
    const auto low = hn::And(even, hn::Set(du64, 0xFFFFFFFFULL));
    return hn::BitCast(D32(), hn::Or(low, hn::ShiftLeft<32>(odd)));
#endif
}

/// Calls product for the four vectors of one chunk of each term.
template <typename X, typename Product>
HWY_INLINE void accumulate(const std::vector<Term>& terms, const X* HWY_RESTRICT input, V32 (&sum)[4],
                           const Product& product) {
    const D32 d;
    const std::size_t n = hn::Lanes(d);
    for (const Term& term : terms) {
        const X* x = input + term.source * block;
        const V32 w = hn::Set(d, static_cast<std::int32_t>(term.weight));
        sum[0] = hn::Add(sum[0], product(load_32(x), w, term.shift));
        sum[1] = hn::Add(sum[1], product(load_32(x + n), w, term.shift));
        sum[2] = hn::Add(sum[2], product(load_32(x + 2 * n), w, term.shift));
        sum[3] = hn::Add(sum[3], product(load_32(x + 3 * n), w, term.shift));
    }
}

/// 32-bit sums; X is the input's lane.
template <typename X> void sum_row(const Row& row, const X* HWY_RESTRICT input, std::int32_t* HWY_RESTRICT out) {
    const D32 d;
    const std::size_t n = hn::Lanes(d);
    for (std::size_t e = 0; e < block; e += 4 * n) {
        const V32 bias = hn::Set(d, static_cast<std::int32_t>(row.bias));
        V32 sum[4] = {bias, bias, bias, bias};
        accumulate(row.plain, input + e, sum, [](V32 x, V32 w, int) HWY_ATTR { return hn::Mul(x, w); });
        accumulate(row.shifted, input + e, sum,
                   [](V32 x, V32 w, int shift) HWY_ATTR { return hn::ShiftRightSame(hn::Mul(x, w), shift); });
        accumulate(row.wide, input + e, sum,
                   [](V32 x, V32 w, int shift) HWY_ATTR { return wide_product(x, w, shift); });
        for (std::size_t k = 0; k < 4; ++k)
            hn::Store(sum[k], d, out + e + k * n);
    }
}

/// 64-bit sums.
template <typename X> void sum_row(const Row& row, const X* HWY_RESTRICT input, std::int64_t* HWY_RESTRICT sum) {
    std::fill_n(sum, block, row.bias);
    for (const Term& term : row.plain) {
        const X* x = input + term.source * block;
        const auto w = static_cast<std::uint64_t>(term.weight); // unsigned: may wrap where the accumulator does
        for (std::size_t e = 0; e < block; ++e)
            sum[e] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum[e]) +
                                               static_cast<std::uint64_t>(std::int64_t{x[e]}) * w);
    }
    for (const Term& term : row.shifted) {
        const X* x = input + term.source * block;
        for (std::size_t e = 0; e < block; ++e)
            sum[e] =
                static_cast<std::int64_t>(static_cast<std::uint64_t>(sum[e]) +
                                          static_cast<std::uint64_t>((std::int64_t{x[e]} * term.weight) >> term.shift));
    }
}

template <typename Sum, typename X>
void linear_rows(const Linear& linear, const TensorView& in, const TensorView& out) {
    HWY_ALIGN Sum sum[block];
    for (const Place& place : linear.places) {
        std::uint32_t row = place.output;
        for (const Row& each : linear.patterns[place.pattern].rows) {
            sum_row(each, in.row<X>(place.input), sum);
            finish_row(sum, each.finish);
            store_row(sum, out, row++, place.again);
        }
    }
}

} // namespace HWY_NAMESPACE
} // namespace gw::emulate
HWY_AFTER_NAMESPACE();

#endif
