// Tiles: a few rows at once over 16-bit inputs (program.hpp, Tile). Included once per Highway target by kernels.cpp.
//
// pairs: two inputs are interleaved event by event, so that one multiply-add instruction (pmaddwd and its like) makes
// both products of a lane and adds them, in 32 bits.
#if defined(GW_TILES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef GW_TILES_INL_HPP
#undef GW_TILES_INL_HPP
#else
#define GW_TILES_INL_HPP
#endif

#include "emulate/rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gw::emulate {
namespace HWY_NAMESPACE {

using D16 = hn::ScalableTag<std::int16_t>;

/// A weight word of a tile, in all lanes: twice the same, or the two of a pair.
HWY_INLINE hn::Vec<D16> word(std::int32_t value) {
    return hn::BitCast(D16(), hn::Set(D32(), value));
}

/// Adds x * factor, as `product` makes it, of every source to T rows' sums over two vectors.
template <int T, typename Product>
HWY_INLINE void add_products(const std::vector<std::uint32_t>& sources, const std::int32_t* HWY_RESTRICT w,
                             const std::int16_t* HWY_RESTRICT input, hn::Vec<D16> (&sums)[T][2],
                             const Product& product) {
    const D16 d;
    const std::size_t n = hn::Lanes(d);
    for (const std::uint32_t source : sources) {
        const auto x0 = hn::Load(d, input + source * block), x1 = hn::Load(d, input + source * block + n);
        for (int t = 0; t < T; ++t) {
            const auto factor = word(*w++);
            sums[t][0] = hn::Add(sums[t][0], product(x0, factor));
            sums[t][1] = hn::Add(sums[t][1], product(x1, factor));
        }
    }
}

/// A row's bias and `ones` of two vectors.
HWY_INLINE void start_row(const Tile& tile, const Row& row, std::uint32_t t, const std::int16_t* HWY_RESTRICT input,
                          std::int16_t* HWY_RESTRICT start) {
    const D16 d;
    const std::size_t n = hn::Lanes(d);
    auto s0 = hn::Set(d, static_cast<std::int16_t>(row.bias)), s1 = s0;
    std::uint32_t k = t == 0 ? 0 : tile.ends[t - 1].subtracted;
    for (; k < tile.ends[t].added; ++k) {
        s0 = hn::Add(s0, hn::Load(d, input + tile.ones[k] * block));
        s1 = hn::Add(s1, hn::Load(d, input + tile.ones[k] * block + n));
    }
    for (; k < tile.ends[t].subtracted; ++k) {
        s0 = hn::Sub(s0, hn::Load(d, input + tile.ones[k] * block));
        s1 = hn::Sub(s1, hn::Load(d, input + tile.ones[k] * block + n));
    }
    hn::Store(s0, d, start);
    hn::Store(s1, d, start + n);
}

/// T rows of a folded tile: sums modulo 2^16 into out[t][event]; `again` as in Place, where the tile's end is not
/// `finish`. The sums are a C array of vectors, which is no option on SVE; x86 and NEON are what we build for.
template <int T>
HWY_INLINE void folded_tile(const Tile& tile, const Row* rows, const std::int16_t* HWY_RESTRICT input,
                            std::int16_t (*HWY_RESTRICT out)[block], bool again) {
    const D16 d;
    const std::size_t n = hn::Lanes(d);
    const auto least = hn::Set(d, tile.end == Tile::End::rectified ? std::int16_t{0} : std::int16_t{INT16_MIN});
    HWY_ALIGN std::int16_t start[T][2 * hn::MaxLanes(D16())];
    for (std::size_t e = 0; e < block; e += 2 * n) {
        hn::Vec<D16> sums[T][2];
        if (tile.ends.empty()) {
            for (int t = 0; t < T; ++t)
                sums[t][0] = sums[t][1] = hn::Set(d, static_cast<std::int16_t>(rows[t].bias));
        } else {
            for (std::uint32_t t = 0; t < T; ++t)
                start_row(tile, rows[t], t, input + e, start[t]);
            for (int t = 0; t < T; ++t) {
                sums[t][0] = hn::Load(d, start[t]);
                sums[t][1] = hn::Load(d, start[t] + n);
            }
        }
        add_products<T>(tile.sources, tile.words.data(), input + e, sums,
                        [](auto x, auto w) HWY_ATTR { return hn::MulHigh(x, w); });
        add_products<T>(tile.high_sources, tile.high_words.data(), input + e, sums,
                        [](auto x, auto w) HWY_ATTR { return hn::Mul(x, w); });
        for (int t = 0; t < T; ++t) {
            auto s0 = hn::Max(sums[t][0], least), s1 = hn::Max(sums[t][1], least);
            if (again) {
                s0 = hn::Max(s0, hn::Load(d, out[t] + e));
                s1 = hn::Max(s1, hn::Load(d, out[t] + e + n));
            }
            hn::Store(s0, d, out[t] + e);
            hn::Store(s1, d, out[t] + e + n);
        }
    }
}

#if HWY_TARGET == HWY_SCALAR // no pairs in one lane
template <int T>
void pairs_tile(const Tile& tile, const Row* rows, const std::int16_t* HWY_RESTRICT input,
                std::int32_t (*HWY_RESTRICT out)[block]) {
    for (int t = 0; t < T; ++t)
        std::fill_n(out[t], block, static_cast<std::int32_t>(rows[t].bias));
    const std::int32_t* w = tile.words.data();
    for (std::size_t k = 0; k < tile.sources.size(); k += 2)
        for (int t = 0; t < T; ++t, ++w)
            for (std::size_t e = 0; e < block; ++e) {
                const std::uint32_t a = static_cast<std::uint32_t>(input[tile.sources[k] * block + e] *
                                                                   static_cast<std::int16_t>(*w & 0xFFFF)),
                                    b = static_cast<std::uint32_t>(input[tile.sources[k + 1] * block + e] *
                                                                   static_cast<std::int16_t>(*w >> 16));
                out[t][e] = static_cast<std::int32_t>(static_cast<std::uint32_t>(out[t][e]) + a + b);
            }
}
#else
/// Sums of x[2k] w[2k] + x[2k + 1] w[2k + 1], in two parts where the machine wants it so.
struct PairSum {
    V32 sum, rest;
    HWY_INLINE void add(hn::Vec<D16> x, hn::Vec<D16> w) { sum = hn::ReorderWidenMulAccumulate(D32(), x, w, sum, rest); }
    HWY_INLINE V32 total() const { return hn::RearrangeToOddPlusEven(sum, rest); }
};

/// T rows of a pairs tile into out[t][event]. The interleaved halves come apart by blocks of 128 bits.
template <int T>
HWY_INLINE void pairs_tile(const Tile& tile, const Row* rows, const std::int16_t* HWY_RESTRICT input,
                           std::int32_t (*HWY_RESTRICT out)[block]) {
    const D16 d;
    const D32 d32;
    const std::size_t n = hn::Lanes(d);
    HWY_ALIGN std::int32_t halves[2][block];
    for (std::size_t e = 0; e < block; e += n) {
        PairSum sums[T][2];
        for (int t = 0; t < T; ++t)
            sums[t][0] = sums[t][1] = {hn::Zero(d32), hn::Zero(d32)};
        const std::int32_t* HWY_RESTRICT w = tile.words.data();
        for (std::size_t k = 0; k < tile.sources.size(); k += 2) {
            const auto a = hn::Load(d, input + tile.sources[k] * block + e);
            const auto b = hn::Load(d, input + tile.sources[k + 1] * block + e);
            const auto low = hn::InterleaveLower(d, a, b), high = hn::InterleaveUpper(d, a, b);
            for (int t = 0; t < T; ++t) {
                const auto factors = word(*w++);
                sums[t][0].add(low, factors);
                sums[t][1].add(high, factors);
            }
        }
        constexpr std::size_t group = 4; // 32-bit lanes of 128 bits
        for (int t = 0; t < T; ++t) {
            const auto bias = hn::Set(d32, static_cast<std::int32_t>(rows[t].bias));
            hn::Store(hn::Add(sums[t][0].total(), bias), d32, halves[0]);
            hn::Store(hn::Add(sums[t][1].total(), bias), d32, halves[1]);
            for (std::size_t k = 0; k < n / 2; k += group) {
                std::copy_n(halves[0] + k, group, out[t] + e + 2 * k);
                std::copy_n(halves[1] + k, group, out[t] + e + 2 * k + group);
            }
        }
    }
}
#endif

template <int T, typename Sum>
HWY_INLINE void sum_tile(const Tile& tile, const Row* rows, const std::int16_t* input, Sum (*out)[block], bool again) {
    if constexpr (sizeof(Sum) == 2)
        folded_tile<T>(tile, rows, input, out, again);
    else
        pairs_tile<T>(tile, rows, input, out);
}

template <typename Sum>
HWY_INLINE void any_tile(const Tile& tile, const Row* rows, const std::int16_t* input, Sum (*out)[block], bool again) {
    switch (tile.count) {
    case 1:
        return sum_tile<1>(tile, rows, input, out, again);
    case 2:
        return sum_tile<2>(tile, rows, input, out, again);
    case 3:
        return sum_tile<3>(tile, rows, input, out, again);
    default:
        return sum_tile<4>(tile, rows, input, out, again);
    }
}

/// Sum is std::int16_t for folded tiles, std::int32_t for pairs.
template <typename Sum> void linear_tiles(const Linear& linear, const TensorView& in, const TensorView& out) {
    HWY_ALIGN Sum sums[4][block];
    for (const Place& place : linear.places) {
        const Pattern& pattern = linear.patterns[place.pattern];
        const std::int16_t* input = in.row<std::int16_t>(place.input);
        for (const Tile& tile : pattern.tiles) {
            const Row* rows = &pattern.rows[tile.first];
            const std::size_t first = place.output + tile.first;
            if (tile.end != Tile::End::finish) {
                any_tile(tile, rows, input, reinterpret_cast<Sum(*)[block]>(out.row<Sum>(first)), place.again);
                continue;
            }
            any_tile(tile, rows, input, sums, false);
            for (std::uint32_t t = 0; t < tile.count; ++t) {
                finish_row(sums[t], rows[t].finish);
                store_row(sums[t], out, first + t, place.again);
            }
        }
    }
}

} // namespace HWY_NAMESPACE
} // namespace gw::emulate
HWY_AFTER_NAMESPACE();

#endif
