// Sums of weighted rows. Four vectors of events stay in registers while the terms of a row pass by; weights that are
// zero were left out by compile.cpp, so sparsity is speed.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emulate/kernels.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "emulate/finish-inl.hpp"
#include "emulate/kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace gw::emulate {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D32 = hn::ScalableTag<std::int32_t>;
using V32 = hn::Vec<D32>;

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

/// Calls add(accumulator, x vector) for the four vectors of one chunk of each term.
template <typename Product>
HWY_INLINE void accumulate(const std::vector<Term>& terms, const std::int32_t* HWY_RESTRICT input, V32 (&sum)[4],
                           const Product& product) {
    const D32 d;
    const std::size_t n = hn::Lanes(d);
    for (const Term& term : terms) {
        const std::int32_t* x = input + term.source * block;
        const V32 w = hn::Set(d, static_cast<std::int32_t>(term.weight));
        sum[0] = hn::Add(sum[0], product(hn::Load(d, x), w, term.shift));
        sum[1] = hn::Add(sum[1], product(hn::Load(d, x + n), w, term.shift));
        sum[2] = hn::Add(sum[2], product(hn::Load(d, x + 2 * n), w, term.shift));
        sum[3] = hn::Add(sum[3], product(hn::Load(d, x + 3 * n), w, term.shift));
    }
}

void sum_row_32(const Row& row, const std::int32_t* HWY_RESTRICT input, std::int32_t* HWY_RESTRICT out) {
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

void rows_32(const std::vector<Row>& rows, const std::int32_t* input, std::int32_t* output) {
    for (const Row& row : rows) {
        sum_row_32(row, input, output);
        finish_lanes(output, row.finish);
        output += block;
    }
}

template <typename X> void sum_row_64(const Row& row, const X* HWY_RESTRICT input, std::int64_t* HWY_RESTRICT sum) {
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

template <typename X, typename Y> void rows_64(const std::vector<Row>& rows, const X* input, Y* output) {
    HWY_ALIGN std::int64_t sum[block];
    for (const Row& row : rows) {
        sum_row_64(row, input, sum);
        finish_lanes(sum, row.finish);
        for (std::size_t e = 0; e < block; ++e)
            output[e] = static_cast<Y>(sum[e]);
        output += block;
    }
}

void any_rows_64(const std::vector<Row>& rows, const void* input, Lane input_lane, void* output, Lane output_lane) {
    const auto to = [&](const auto* x) {
        if (output_lane == Lane::i32)
            rows_64(rows, x, static_cast<std::int32_t*>(output));
        else
            rows_64(rows, x, static_cast<std::int64_t*>(output));
    };
    if (input_lane == Lane::i32)
        to(static_cast<const std::int32_t*>(input));
    else
        to(static_cast<const std::int64_t*>(input));
}

const char* target_name() {
    return hwy::TargetName(HWY_TARGET);
}

} // namespace HWY_NAMESPACE
} // namespace gw::emulate
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gw::emulate {

HWY_EXPORT(rows_32);
HWY_EXPORT(any_rows_64);
HWY_EXPORT(target_name);

void run_rows_32(const std::vector<Row>& rows, const std::int32_t* input, std::int32_t* output) {
    HWY_DYNAMIC_DISPATCH(rows_32)(rows, input, output);
}

void run_rows_64(const std::vector<Row>& rows, const void* input, Lane input_lane, void* output, Lane output_lane) {
    HWY_DYNAMIC_DISPATCH(any_rows_64)(rows, input, input_lane, output, output_lane);
}

const char* vector_unit() {
    return HWY_DYNAMIC_DISPATCH(target_name)();
}

} // namespace gw::emulate
#endif
