// Everything happens in doubles, and exactly: a scaling by a power of two, saturation first (rounding is monotone and
// leaves whole limits where they are), the nearest whole number, and from its distance the wanted rounding; wrapping
// takes away whole spans of the range. A row's last vector overlaps the one before it.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "device/packing_kernels.cpp"
#include <hwy/foreach_target.h>

#include <cstring>
#include <hwy/highway.h>

#include "device/packing_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace gw::device {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using fixed::Rounding;
using Doubles = hn::CappedTag<double, 8>;
using Words = hn::Rebind<std::int32_t, Doubles>;
using Vector = hn::Vec<Doubles>;

HWY_INLINE Vector load(const double* from) {
    return hn::LoadU(Doubles(), from);
}
HWY_INLINE Vector load(const float* from) {
    return hn::PromoteTo(Doubles(), hn::LoadU(hn::Rebind<float, Doubles>(), from));
}

template <class Mask> HWY_INLINE Vector one_where(Mask mask) {
    return hn::IfThenElseZero(mask, hn::Set(Doubles(), 1.0));
}

/// |scaled| <= 2^51.
template <Rounding mode> HWY_INLINE Vector rounded(Vector scaled) {
    const Doubles d;
    const auto half = hn::Set(d, 0.5), zero = hn::Zero(d);
    if (mode == Rounding::trn)
        return hn::Floor(scaled);
    if (mode == Rounding::trn_zero)
        return hn::Trunc(scaled);
    const auto nearest = hn::Round(scaled); // ties to even
    if (mode == Rounding::rnd_conv)
        return nearest;
    const auto off = hn::Sub(scaled, nearest); // exact, in [-1/2, 1/2]
    const auto up = hn::Eq(off, half), down = hn::Eq(off, hn::Neg(half));
    const auto above = hn::Gt(scaled, zero), below = hn::Lt(scaled, zero);
    if (mode == Rounding::rnd)
        return hn::Add(nearest, one_where(up));
    if (mode == Rounding::rnd_min_inf)
        return hn::Sub(nearest, one_where(down));
    if (mode == Rounding::rnd_inf)
        return hn::Sub(hn::Add(nearest, one_where(hn::And(up, above))), one_where(hn::And(down, below)));
    return hn::Sub(hn::Add(nearest, one_where(hn::And(up, below))), one_where(hn::And(down, above))); // rnd_zero
}

/// What the elements of a vector have.
struct Range {
    Vector scale, lowest, highest;
};

HWY_INLINE Range range_at(const PackJob& job, std::size_t at) {
    const Doubles d;
    return {hn::LoadU(d, job.scale + at), hn::LoadU(d, job.lowest + at), hn::LoadU(d, job.highest + at)};
}
HWY_INLINE Range first_range(const PackJob& job) {
    const Doubles d;
    return {hn::Set(d, *job.scale), hn::Set(d, *job.lowest), hn::Set(d, *job.highest)};
}

/// Mantissas; what is not sure is noted in `doubt`.
template <Rounding mode>
HWY_INLINE hn::Vec<Words> quantised(Vector value, const Range& range, PackJob::Overflow overflow,
                                    hn::Mask<Doubles>& doubt) {
    const Doubles d;
    Vector scaled = hn::Mul(value, range.scale);
    doubt = hn::Or(doubt, hn::Not(hn::Eq(value, value)));
    doubt = hn::Or(doubt, hn::And(hn::Eq(scaled, hn::Zero(d)), hn::Ne(value, hn::Zero(d))));
    if (overflow == PackJob::Overflow::saturate)
        scaled = hn::Min(hn::Max(scaled, range.lowest), range.highest);
    Vector whole = rounded<mode>(scaled);
    if (overflow == PackJob::Overflow::refuse)
        doubt = hn::Or(doubt, hn::Or(hn::Lt(whole, range.lowest), hn::Gt(whole, range.highest)));
    if (overflow == PackJob::Overflow::wrap) {
        doubt = hn::Or(doubt, hn::Gt(hn::Abs(scaled), hn::Set(d, 0x1p51)));
        const auto span = hn::Add(hn::Sub(range.highest, range.lowest), hn::Set(d, 1.0)); // a power of two
        const auto times = hn::Floor(hn::Div(hn::Sub(whole, range.lowest), span));
        whole = hn::Sub(whole, hn::Mul(times, span));
    }
    return hn::DemoteTo(Words(), whole);
}

template <class T> HWY_INLINE void put_as(hn::Vec<Words> words, std::byte* bytes) {
    const hn::Rebind<T, Words> d;
    hn::StoreU(hn::DemoteTo(d, words), d, reinterpret_cast<T*>(bytes));
}

/// Values of the range fit, so that nothing saturates here.
HWY_INLINE void put(hn::Vec<Words> words, std::size_t each, bool is_signed, std::byte* bytes) {
    if (each == 1)
        return is_signed ? put_as<std::int8_t>(words, bytes) : put_as<std::uint8_t>(words, bytes);
    if (each == 2)
        return is_signed ? put_as<std::int16_t>(words, bytes) : put_as<std::uint16_t>(words, bytes);
    if (each == 4)
        return hn::StoreU(words, Words(), reinterpret_cast<std::int32_t*>(bytes));
    HWY_ALIGN std::int32_t kept[hn::MaxLanes(Words())];
    hn::Store(words, Words(), kept);
    for (std::size_t i = 0; i < hn::Lanes(Words()); ++i)
        std::memcpy(bytes + 3 * i, &kept[i], 3);
}

/// Rows shorter than a vector, each by way of one.
template <Rounding mode, class Value>
std::size_t short_rows(const PackJob& job, const Value* values, std::byte* bytes, std::size_t rows) {
    constexpr std::size_t lanes = hn::MaxLanes(Doubles());
    double limits[3][lanes] = {};
    for (std::size_t i = 0; i < job.count; ++i) {
        limits[0][i] = job.scale[job.uniform ? 0 : i];
        limits[1][i] = job.lowest[job.uniform ? 0 : i];
        limits[2][i] = job.highest[job.uniform ? 0 : i];
    }
    const Doubles d;
    const Range range{hn::LoadU(d, limits[0]), hn::LoadU(d, limits[1]), hn::LoadU(d, limits[2])};
    Value padded[lanes] = {};
    std::byte packed[4 * lanes];
    for (std::size_t row = 0; row < rows; ++row, values += job.value_stride, bytes += job.byte_stride) {
        for (std::size_t i = 0; i < job.count; ++i)
            padded[i] = values[i];
        hn::Mask<Doubles> doubt = hn::MaskFromVec(hn::Zero(d));
        put(quantised<mode>(load(padded), range, job.overflow, doubt), job.bytes, job.is_signed, packed);
        for (std::size_t i = 0; i < job.count * job.bytes; ++i)
            bytes[i] = packed[i];
        if (!hn::AllFalse(d, doubt))
            return row;
    }
    return rows;
}

template <Rounding mode, class Value>
std::size_t rows_of(const PackJob& job, const Value* values, std::byte* bytes, std::size_t rows) {
    const Doubles d;
    const std::size_t lanes = hn::Lanes(d);
    if (job.count < lanes)
        return short_rows<mode>(job, values, bytes, rows);
    const Range all = first_range(job);
    for (std::size_t row = 0; row < rows; ++row, values += job.value_stride, bytes += job.byte_stride) {
        hn::Mask<Doubles> doubt = hn::MaskFromVec(hn::Zero(d));
        const auto go = [&](std::size_t at) HWY_ATTR {
            const Range range = job.uniform ? all : range_at(job, at);
            put(quantised<mode>(load(values + at), range, job.overflow, doubt), job.bytes, job.is_signed,
                bytes + at * job.bytes);
        };
        std::size_t at = 0;
        for (; at + lanes <= job.count; at += lanes)
            go(at);
        if (at < job.count)
            go(job.count - lanes);
        if (!hn::AllFalse(d, doubt))
            return row;
    }
    return rows;
}

template <class Value>
std::size_t any_rounding(const PackJob& job, const Value* values, std::byte* bytes, std::size_t rows) {
    switch (job.rounding) {
    case Rounding::trn:
        return rows_of<Rounding::trn>(job, values, bytes, rows);
    case Rounding::trn_zero:
        return rows_of<Rounding::trn_zero>(job, values, bytes, rows);
    case Rounding::rnd:
        return rows_of<Rounding::rnd>(job, values, bytes, rows);
    case Rounding::rnd_zero:
        return rows_of<Rounding::rnd_zero>(job, values, bytes, rows);
    case Rounding::rnd_min_inf:
        return rows_of<Rounding::rnd_min_inf>(job, values, bytes, rows);
    case Rounding::rnd_inf:
        return rows_of<Rounding::rnd_inf>(job, values, bytes, rows);
    case Rounding::rnd_conv:
        return rows_of<Rounding::rnd_conv>(job, values, bytes, rows);
    }
    return 0;
}
std::size_t pack_doubles(const PackJob& job, const double* values, std::byte* bytes, std::size_t rows) {
    return any_rounding(job, values, bytes, rows);
}
std::size_t pack_floats(const PackJob& job, const float* values, std::byte* bytes, std::size_t rows) {
    return any_rounding(job, values, bytes, rows);
}

template <class T> void unpack_as(const UnpackJob& job, const std::byte* bytes, double* values, std::size_t rows) {
    const Doubles d;
    const hn::Rebind<T, Doubles> narrow;
    const std::size_t lanes = hn::Lanes(d);
    const auto all = hn::Set(d, *job.unit);
    for (std::size_t row = 0; row < rows; ++row, values += job.value_stride, bytes += job.byte_stride) {
        const T* from = reinterpret_cast<const T*>(bytes);
        std::size_t at = 0;
        for (; at + lanes <= job.count; at += lanes) {
            const auto raw = hn::LoadU(narrow, from + at);
            const auto unit = job.uniform ? all : hn::LoadU(d, job.unit + at);
            if constexpr (sizeof(T) == 4)
                hn::StoreU(hn::Mul(hn::PromoteTo(d, raw), unit), d, values + at);
            else
                hn::StoreU(hn::Mul(hn::PromoteTo(d, hn::PromoteTo(Words(), raw)), unit), d, values + at);
        }
        for (; at < job.count; ++at) {
            T raw;
            std::memcpy(&raw, bytes + at * sizeof raw, sizeof raw);
            values[at] = static_cast<double>(raw) * job.unit[job.uniform ? 0 : at];
        }
    }
}

void unpack_any(const UnpackJob& job, const std::byte* bytes, double* values, std::size_t rows) {
    if (job.bytes == 1)
        return job.is_signed ? unpack_as<std::int8_t>(job, bytes, values, rows)
                             : unpack_as<std::uint8_t>(job, bytes, values, rows);
    if (job.bytes == 2)
        return job.is_signed ? unpack_as<std::int16_t>(job, bytes, values, rows)
                             : unpack_as<std::uint16_t>(job, bytes, values, rows);
    unpack_as<std::int32_t>(job, bytes, values, rows);
}

} // namespace HWY_NAMESPACE
} // namespace gw::device
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gw::device {

HWY_EXPORT(pack_doubles);
HWY_EXPORT(pack_floats);
HWY_EXPORT(unpack_any);

std::size_t pack_rows(const PackJob& job, const double* values, std::byte* bytes, std::size_t rows) {
    return HWY_DYNAMIC_DISPATCH(pack_doubles)(job, values, bytes, rows);
}
std::size_t pack_rows(const PackJob& job, const float* values, std::byte* bytes, std::size_t rows) {
    return HWY_DYNAMIC_DISPATCH(pack_floats)(job, values, bytes, rows);
}
void unpack_rows(const UnpackJob& job, const std::byte* bytes, double* values, std::size_t rows) {
    HWY_DYNAMIC_DISPATCH(unpack_any)(job, bytes, values, rows);
}

} // namespace gw::device
#endif
