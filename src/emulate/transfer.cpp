// The loops of transfer.hpp, compiled for each vector unit. Eight events of eight elements go together: converted event
// by event, then transposed.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emulate/transfer.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <hwy/highway.h>

#include "emulate/transfer.hpp"

HWY_BEFORE_NAMESPACE();
namespace gw::emulate {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t side = entry_width; ///< of a square of events and elements

using Doubles = hn::CappedTag<double, 4>;
using Narrow = hn::Rebind<std::int32_t, Doubles>;
using Whole = hn::CappedTag<std::int32_t, 8>;

/// What has no short way, gathered over a block. Without initialisers: a constructor would not be compiled for the
/// target.
struct Bad {
    hn::Mask<Doubles> values;
    hn::Vec<Whole> least, most;
};

HWY_INLINE bool any(const Bad& bad) {
    const Whole d;
    return !hn::AllFalse(Doubles(), bad.values) ||
           !hn::AllFalse(d, hn::Or(hn::Eq(bad.least, hn::Set(d, INT32_MIN)), hn::Eq(bad.most, hn::Set(d, INT32_MAX))));
}

/// Whole numbers of one event's elements; beyond 32 bits they come out as INT32_MIN or INT32_MAX, and so does, on x86,
/// what is not a number.
template <Entry::Rounding rounding>
HWY_INLINE void whole_numbers(const Entry& entry, const double* HWY_RESTRICT values, std::int32_t* HWY_RESTRICT whole,
                              Bad& bad) {
    const Doubles d;
    const auto scale = hn::Set(d, entry.scale);
    for (std::size_t k = 0; k < side; k += hn::Lanes(d)) {
        const auto scaled = hn::Mul(hn::LoadU(d, values + k), scale);
        const auto rounded = rounding == Entry::Rounding::nearest_even ? hn::Round(scaled) : hn::Floor(scaled);
        if (rounding == Entry::Rounding::none)
            bad.values = hn::Or(bad.values, hn::Ne(rounded, scaled));
        else if (!HWY_ARCH_X86 || HWY_TARGET == HWY_SCALAR)
            bad.values = hn::Or(bad.values, hn::Ne(rounded, rounded));
        hn::StoreU(hn::DemoteTo(Narrow(), rounded), Narrow(), whole + k);
    }
}

/// Notes numbers that are none, and saturates.
HWY_INLINE void settle(const Entry& entry, std::int32_t* HWY_RESTRICT whole, Bad& bad) {
    const Whole d;
    const auto low = hn::Set(d, static_cast<std::int32_t>(entry.low));
    const auto high = hn::Set(d, static_cast<std::int32_t>(entry.high));
    for (std::size_t k = 0; k < side * side; k += hn::Lanes(d)) {
        const auto v = hn::Load(d, whole + k);
        bad.least = hn::Min(bad.least, v);
        bad.most = hn::Max(bad.most, v);
        if (entry.overflow == Entry::Overflow::saturate)
            hn::Store(hn::Min(hn::Max(v, low), high), d, whole + k);
    }
}

template <typename T> T wrapped(std::int32_t value, int width, bool is_signed) {
    const int unused = 32 - width;
    const auto up = static_cast<std::uint32_t>(value) << unused;
    return static_cast<T>(is_signed ? static_cast<std::int32_t>(up) >> unused
                                    : static_cast<std::int32_t>(up >> unused));
}

/// A square of whole numbers [event][element] to the elements' rows, wrapped to the type.
template <typename T>
void put_square(const Entry& entry, const std::int32_t* HWY_RESTRICT whole, T* HWY_RESTRICT rows) {
    for (std::size_t i = 0; i < entry.count; ++i)
        for (std::size_t e = 0; e < side; ++e)
            rows[i * block + e] = wrapped<T>(whole[e * side + i], entry.width, entry.is_signed);
}

#if HWY_TARGET != HWY_SCALAR
using Row = hn::FixedTag<std::int16_t, side>;

/// The two by two transposition's step: pairs of lanes as wide as T.
template <typename T> HWY_INLINE void interleave(hn::Vec<Row> (&v)[side], std::size_t apart) {
    const hn::Repartition<T, Row> d;
    hn::Vec<Row> next[side];
    for (std::size_t k = 0; k < side / 2; ++k) {
        const std::size_t a = k / apart * 2 * apart + k % apart;
        const auto x = hn::BitCast(d, v[a]), y = hn::BitCast(d, v[a + apart]);
        next[a] = hn::BitCast(Row(), hn::InterleaveLower(d, x, y));
        next[a + apart] = hn::BitCast(Row(), hn::InterleaveUpper(d, x, y));
    }
    for (std::size_t k = 0; k < side; ++k)
        v[k] = next[k];
}

template <>
void put_square(const Entry& entry, const std::int32_t* HWY_RESTRICT whole, std::int16_t* HWY_RESTRICT rows) {
    const Row d;
    const hn::FixedTag<std::int32_t, side / 2> half;
    hn::Vec<Row> v[side];
    for (std::size_t e = 0; e < side; ++e)
        v[e] = hn::ConcatEven(d, hn::BitCast(d, hn::Load(half, whole + e * side + side / 2)),
                              hn::BitCast(d, hn::Load(half, whole + e * side)));
    interleave<std::int16_t>(v, 1);
    interleave<std::int32_t>(v, 2);
    interleave<std::int64_t>(v, 4);
    // Rows now stand in the order of their numbers' bits reversed.
    constexpr std::size_t order[side] = {0, 4, 2, 6, 1, 5, 3, 7};
    const int unused = 16 - std::min(entry.width, 16);
    const auto mask = hn::Set(d, static_cast<std::int16_t>((std::uint32_t{1} << entry.width) - 1));
    for (std::size_t i = 0; i < entry.count; ++i) {
        auto value = v[order[i]];
        if (!entry.is_signed)
            value = hn::And(value, mask);
        else if (unused != 0)
            value = hn::ShiftRightSame(hn::ShiftLeftSame(value, unused), unused);
        hn::Store(value, d, rows + i * block);
    }
}
#endif

/// Eight events of one entry, `rows` being the first one's of its lanes.
template <Entry::Rounding rounding>
HWY_INLINE void load_square(const Entry& entry, const double* values, std::size_t stride, std::byte* rows, Bad& bad) {
    HWY_ALIGN std::int32_t whole[side * side];
    double few[side] = {};
    for (std::size_t e = 0; e < side; ++e) {
        const double* from = values + e * stride;
        if (entry.count < side)
            std::copy_n(from, entry.count, few);
        whole_numbers<rounding>(entry, entry.count < side ? few : from, whole + e * side, bad);
    }
    settle(entry, whole, bad);
    if (entry.lane == Lane::i16)
        put_square(entry, whole, reinterpret_cast<std::int16_t*>(rows));
    else
        put_square(entry, whole, reinterpret_cast<std::int32_t*>(rows));
}

/// Goes along eight events at once, so that they are read as eight streams.
bool load_block(const Transfer& transfer, const double* values, std::byte* memory) {
    Bad bad{hn::MaskFromVec(hn::Zero(Doubles())), hn::Zero(Whole()), hn::Zero(Whole())};
    for (std::size_t first = 0; first < block; first += side)
        for (const Entry& entry : transfer.entries) {
            const double* from = values + first * transfer.inputs + entry.first;
            std::byte* rows = memory + entry.offset + first * (entry.lane == Lane::i16 ? 2 : 4);
            if (entry.rounding == Entry::Rounding::down)
                load_square<Entry::Rounding::down>(entry, from, transfer.inputs, rows, bad);
            else if (entry.rounding == Entry::Rounding::nearest_even)
                load_square<Entry::Rounding::nearest_even>(entry, from, transfer.inputs, rows, bad);
            else
                load_square<Entry::Rounding::none>(entry, from, transfer.inputs, rows, bad);
        }
    return !any(bad);
}

template <typename T>
void store_element(const T* HWY_RESTRICT row, double step, std::size_t events, std::size_t stride,
                   double* HWY_RESTRICT values) {
    HWY_ALIGN double converted[block]; // apart from the scattered stores, for the vectoriser
    for (std::size_t e = 0; e < block; ++e)
        converted[e] = static_cast<double>(row[e]) * step;
    for (std::size_t e = 0; e < events; ++e)
        values[e * stride] = converted[e];
}

void store_block(const Transfer& transfer, const std::byte* memory, std::size_t events, double* values) {
    const std::size_t stride = transfer.exits.size();
    for (std::size_t i = 0; i < stride; ++i) {
        const Exit& exit = transfer.exits[i];
        const std::byte* row = memory + exit.offset;
        if (exit.lane == Lane::i16)
            store_element(reinterpret_cast<const std::int16_t*>(row), exit.step, events, stride, values + i);
        else if (exit.lane == Lane::i32)
            store_element(reinterpret_cast<const std::int32_t*>(row), exit.step, events, stride, values + i);
        else
            store_element(reinterpret_cast<const std::int64_t*>(row), exit.step, events, stride, values + i);
    }
}

} // namespace HWY_NAMESPACE
} // namespace gw::emulate
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gw::emulate {

HWY_EXPORT(load_block);
HWY_EXPORT(store_block);

bool load_values(const Transfer& transfer, const double* values, std::byte* memory) {
    return HWY_DYNAMIC_DISPATCH(load_block)(transfer, values, memory);
}

void store_values(const Transfer& transfer, const std::byte* memory, std::size_t events, double* values) {
    HWY_DYNAMIC_DISPATCH(store_block)(transfer, memory, events, values);
}

} // namespace gw::emulate
#endif
