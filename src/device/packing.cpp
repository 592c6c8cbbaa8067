// Elements that are quantised alike (the same rounding, overflow, sign and bytes) and lie next to each other go through
// the vector loops of packing_kernels.hpp together, their scales and limits beside them. Whatever those are not sure of
// goes through fixed::from_double, which is the meaning.
#include "device/packing.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::device {

namespace {

using fixed::FixedType;
using fixed::Overflow;

constexpr std::size_t piece = 256;   ///< elements of a row where a batch is all alike
constexpr std::size_t together = 64; ///< events that go through all runs while they are in the cache

inline std::int64_t load(const std::byte* bytes, std::size_t count, bool is_signed) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, count);
    if (is_signed && count > 0 && count < 8) {
        const auto shift = static_cast<int>(64 - 8 * count);
        return static_cast<std::int64_t>(value << shift) >> shift;
    }
    return static_cast<std::int64_t>(value);
}

bool is_fast(const FixedType& type) {
    return type.width >= 1 && type.width <= 31 && std::abs(type.fraction) <= 500;
}

/// Mantissas of at most 53 bits.
template <std::size_t bytes_each>
void unpack_bytes(const std::byte* from, bool is_signed, std::span<const double> units, double* to) {
    // From single bytes: a word put together in memory would have to wait for its stores.
    constexpr int unused = static_cast<int>(64 - 8 * bytes_each);
    for (std::size_t i = 0; i < units.size(); ++i, from += bytes_each) {
        std::uint64_t value = 0;
        for (std::size_t byte = 0; byte < bytes_each; ++byte)
            value |= static_cast<std::uint64_t>(from[byte]) << 8 * byte;
        const auto up = static_cast<std::int64_t>(value << unused);
        to[i] = static_cast<double>(is_signed ? up >> unused : static_cast<std::int64_t>(value)) * units[i];
    }
}
void unpack_exact(const std::byte* from, std::size_t bytes_each, bool is_signed, std::span<const double> units,
                  double* to) {
    switch (bytes_each) { // sizes that compilers know
    case 3:
        return unpack_bytes<3>(from, is_signed, units, to);
    case 4:
        return unpack_bytes<4>(from, is_signed, units, to);
    case 5:
        return unpack_bytes<5>(from, is_signed, units, to);
    case 6:
        return unpack_bytes<6>(from, is_signed, units, to);
    case 7:
        return unpack_bytes<7>(from, is_signed, units, to);
    default:
        std::fill_n(to, units.size(), 0.0); // a type of width 0
    }
}

PackJob::Overflow overflow_of(Overflow overflow) {
    switch (overflow) {
    case Overflow::sat:
    case Overflow::sat_sym:
        return PackJob::Overflow::saturate;
    case Overflow::wrap:
        return PackJob::Overflow::wrap;
    default:
        return PackJob::Overflow::refuse;
    }
}

bool alike(const FixedType& a, const FixedType& b) {
    return is_fast(a) && is_fast(b) && a.rounding == b.rounding && a.overflow == b.overflow &&
           a.is_signed == b.is_signed && (a.width + 7) / 8 == (b.width + 7) / 8;
}

/// Of one event, whatever its values.
template <class Value>
void pack_with_care(std::span<const FixedType> types, std::size_t bytes_each, const Value* values, std::byte* bytes,
                    std::size_t event, std::size_t first_element) {
    for (std::size_t i = 0; i < types.size(); ++i) {
        try {
            const auto raw = static_cast<std::int64_t>(fixed::from_double(static_cast<double>(values[i]), types[i]));
            std::memcpy(bytes + i * bytes_each, &raw, bytes_each);
        } catch (const support::Error& error) {
            throw support::user_error(error.problem(), fmt::format("event {}, input {}", event, first_element + i),
                                      error.remedy());
        }
    }
}

} // namespace

void load_raw(const shell::EventLayout& layout, std::span<const std::byte> bytes, std::span<std::int64_t> raw) {
    for (std::size_t i = 0; i < layout.elements.size(); ++i) {
        const shell::Element& element = layout.elements[i];
        raw[i] = load(bytes.data() + element.byte, element.bytes, element.type.is_signed);
    }
}

void store_raw(const shell::EventLayout& layout, std::span<const std::int64_t> raw, std::span<std::byte> bytes) {
    for (std::size_t i = 0; i < layout.elements.size(); ++i) {
        std::memcpy(bytes.data() + layout.elements[i].byte, &raw[i], layout.elements[i].bytes);
    }
}

Packer::Packer(const shell::EventLayout& layout) : event_bytes_(layout.bytes) {
    for (std::size_t i = 0; i < layout.elements.size(); ++i) {
        const shell::Element& element = layout.elements[i];
        const FixedType& type = element.type;
        if (runs_.empty() || !alike(types_[runs_.back().element], type)) {
            Run run{.element = i, .byte = element.byte, .bytes = element.bytes, .fast = is_fast(type)};
            run.unpack = run.fast && element.bytes != 3 ? Unpack::vector
                         : type.width <= 53             ? Unpack::exact
                                                        : Unpack::with_care;
            runs_.push_back(run);
        }
        Run& run = runs_.back();
        run.uniform = run.uniform && type == (run.count == 0 ? type : types_[run.element]);
        ++run.count;
        types_.push_back(type);
        scale_.push_back(std::ldexp(1.0, type.fraction));
        unit_.push_back(std::ldexp(1.0, -type.fraction));
        lowest_.push_back(static_cast<double>(type.lowest()));
        highest_.push_back(static_cast<double>(type.highest()));
    }
    // Nothing between one event's elements and the next one's: a batch is one long row, cut into pieces.
    seamless_ = runs_.size() == 1 && runs_.front().uniform && runs_.front().fast &&
                runs_.front().bytes * elements() == event_bytes_;
}

PackJob Packer::job_of(const Run& run) const {
    const FixedType& type = types_[run.element];
    return {.count = run.count,
            .value_stride = elements(),
            .byte_stride = event_bytes_,
            .bytes = run.bytes,
            .is_signed = type.is_signed,
            .uniform = run.uniform,
            .rounding = type.rounding,
            .overflow = overflow_of(type.overflow),
            .scale = scale_.data() + run.element,
            .lowest = lowest_.data() + run.element,
            .highest = highest_.data() + run.element};
}

template <class Value>
void Packer::pack_seamless(std::span<const Value> values, std::span<std::byte> bytes, std::size_t first_event) const {
    const Run& run = runs_.front();
    PackJob job = job_of(run);
    const auto go = [&](std::size_t begin, std::size_t count, std::size_t rows) {
        job.count = job.value_stride = count;
        job.byte_stride = count * run.bytes;
        for (std::size_t row = 0; row < rows; ++row) {
            const Value* from = values.data() + begin;
            std::byte* to = bytes.data() + begin * run.bytes;
            row += pack_rows(job, from + row * count, to + row * count * run.bytes, rows - row);
            for (std::size_t i = row * count; row < rows && i < (row + 1) * count; ++i)
                pack_with_care(std::span(types_).first(1), run.bytes, from + i, to + i * run.bytes,
                               first_event + (begin + i) / elements(), (begin + i) % elements());
        }
    };
    const std::size_t whole = values.size() / piece;
    go(0, piece, whole);
    if (const std::size_t rest = values.size() % piece; rest != 0)
        go(whole * piece, rest, 1);
}

template <class Value>
void Packer::pack_all(std::span<const Value> values, std::span<std::byte> bytes, std::size_t first_event) const {
    if (seamless_)
        return pack_seamless(values, bytes, first_event);
    const std::size_t events = elements() == 0 ? 0 : values.size() / elements();
    for (std::size_t begin = 0; begin < events; begin += together) {
        const std::size_t rows = std::min(together, events - begin);
        for (const Run& run : runs_) {
            const PackJob job = job_of(run);
            const Value* from = values.data() + begin * elements() + run.element;
            std::byte* to = bytes.data() + begin * event_bytes_ + run.byte;
            for (std::size_t row = 0; row < rows; ++row) {
                if (run.fast)
                    row += pack_rows(job, from + row * elements(), to + row * event_bytes_, rows - row);
                if (row < rows)
                    pack_with_care(std::span(types_).subspan(run.element, run.count), run.bytes,
                                   from + row * elements(), to + row * event_bytes_, first_event + begin + row,
                                   run.element);
            }
        }
    }
}

void Packer::pack(std::span<const double> values, std::span<std::byte> bytes, std::size_t first_event) const {
    pack_all(values, bytes, first_event);
}
void Packer::pack(std::span<const float> values, std::span<std::byte> bytes, std::size_t first_event) const {
    pack_all(values, bytes, first_event);
}

void Packer::unpack_run(const Run& run, const std::byte* from, double* to, std::size_t events) const {
    const FixedType& type = types_[run.element];
    if (run.unpack == Unpack::vector) {
        UnpackJob job{
            run.count, elements(), event_bytes_, run.bytes, type.is_signed, run.uniform, unit_.data() + run.element};
        job.count *= seamless_ ? events : 1;
        return unpack_rows(job, from, to, seamless_ ? 1 : events);
    }
    for (std::size_t event = 0; event < events; ++event, from += event_bytes_, to += elements()) {
        if (run.unpack == Unpack::exact)
            unpack_exact(from, run.bytes, type.is_signed, std::span(unit_).subspan(run.element, run.count), to);
        for (std::size_t i = 0; run.unpack == Unpack::with_care && i < run.count; ++i)
            to[i] = fixed::to_double(load(from + i * run.bytes, run.bytes, type.is_signed),
                                     types_[run.element + i].fraction);
    }
}

void Packer::unpack(std::span<const std::byte> bytes, std::span<double> values) const {
    const std::size_t events = elements() == 0 ? 0 : values.size() / elements();
    for (std::size_t begin = 0; begin < events; begin += together)
        for (const Run& run : runs_)
            unpack_run(run, bytes.data() + begin * event_bytes_ + run.byte,
                       values.data() + begin * elements() + run.element, std::min(together, events - begin));
}

bool Packer::is_native(std::size_t element_bytes) const {
    return std::ranges::all_of(runs_, [&](const Run& run) { return run.bytes == element_bytes; }) &&
           element_bytes * elements() == event_bytes_;
}

} // namespace gw::device
