// Quantisation, the fast way: for types up to 31 bits the scaled value is rounded by adding and subtracting 1.5 * 2^52,
// which leaves an integer (Knuth's and everyone's trick; round to nearest even), and the wanted mode is a comparison
// away from there. All of it is plain arithmetic that compilers turn into vector code. Whatever the fast path is not
// sure of (overflow under a mode other than saturation, NaN, infinity, wide types) goes through fixed::from_double,
// which is the meaning.
#include "device/packing.hpp"

#include <array>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::device {

namespace {

using fixed::FixedType;
using fixed::Overflow;
using fixed::Rounding;

constexpr double magic = 0x1.8p52;
constexpr std::size_t block = 64; // elements quantised at a time

std::int64_t load(const std::byte* bytes, std::size_t count, bool is_signed) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, count);
    if (is_signed && count > 0 && count < 8) {
        const auto shift = static_cast<int>(64 - 8 * count);
        return static_cast<std::int64_t>(value << shift) >> shift;
    }
    return static_cast<std::int64_t>(value);
}

/// `scaled` rounded to an integer under `mode`; |scaled| <= 2^31. Everything here is exact: `off` has no bit below
/// scaled's last.
template <Rounding mode> double rounded(double scaled) {
    const double nearest = (scaled + magic) - magic; // ties to even
    const double off = scaled - nearest;             // in [-1/2, 1/2]
    if constexpr (mode == Rounding::rnd_conv) {
        return nearest;
    } else if constexpr (mode == Rounding::trn) {
        return nearest - (off < 0 ? 1.0 : 0.0);
    } else if constexpr (mode == Rounding::rnd) {
        return nearest + (off == 0.5 ? 1.0 : 0.0);
    } else if constexpr (mode == Rounding::rnd_min_inf) {
        return nearest - (off == -0.5 ? 1.0 : 0.0);
    } else if constexpr (mode == Rounding::trn_zero) {
        return nearest - (((off < 0) & (scaled > 0)) ? 1.0 : 0.0) + (((off > 0) & (scaled < 0)) ? 1.0 : 0.0);
    } else if constexpr (mode == Rounding::rnd_inf) {
        return nearest + (((off == 0.5) & (scaled > 0)) ? 1.0 : 0.0) - (((off == -0.5) & (scaled < 0)) ? 1.0 : 0.0);
    } else {
        static_assert(mode == Rounding::rnd_zero);
        return nearest + (((off == 0.5) & (scaled < 0)) ? 1.0 : 0.0) - (((off == -0.5) & (scaled > 0)) ? 1.0 : 0.0);
    }
}

struct Limits {
    double scale, lowest, highest;
    bool saturates;
};

/// Quantises `count` values. @return whether every one is certain; if not, `out` is not to be used
template <Rounding mode>
bool quantise(const double* values, std::size_t count, const Limits& limits, std::int32_t* out) {
    // Saturating first is the same as last, as rounding is monotone and leaves the integer limits where they are.
    const double floor = limits.saturates ? limits.lowest : -0x1p31,
                 ceiling = limits.saturates ? limits.highest : 0x1p31;
    std::array<double, block> wholes;
    double doubts = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double scaled = values[i] * limits.scale;
        double inside = scaled < floor ? floor : scaled;
        inside = inside > ceiling ? ceiling : inside;
        const double whole = rounded<mode>(inside);
        wholes[i] = whole;
        // NaN is in no range; and a tiny value times 2^fraction may have vanished, with the sign that some modes look
        // at.
        doubts += ((whole >= limits.lowest) & (whole <= limits.highest)) ? 0.0 : 1.0;
        doubts += ((scaled == 0) & (values[i] != 0)) ? 1.0 : 0.0;
    }
    if (doubts != 0) {
        return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<std::int32_t>(wholes[i]);
    }
    return true;
}

using Quantise = bool (*)(const double*, std::size_t, const Limits&, std::int32_t*);
constexpr std::array<Quantise, 7> quantisers{quantise<Rounding::trn>,         quantise<Rounding::trn_zero>,
                                             quantise<Rounding::rnd>,         quantise<Rounding::rnd_zero>,
                                             quantise<Rounding::rnd_min_inf>, quantise<Rounding::rnd_inf>,
                                             quantise<Rounding::rnd_conv>};
static_assert(static_cast<int>(Rounding::rnd_conv) == 6 && static_cast<int>(Rounding::trn) == 0);

template <class Word> void narrow(const std::int32_t* values, std::size_t count, std::byte* bytes) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto word = static_cast<Word>(values[i]);
        std::memcpy(bytes + i * sizeof word, &word, sizeof word);
    }
}

void store_block(const std::int32_t* values, std::size_t count, std::size_t bytes_each, std::byte* bytes) {
    switch (bytes_each) {
    case 1:
        return narrow<std::uint8_t>(values, count, bytes);
    case 2:
        return narrow<std::uint16_t>(values, count, bytes);
    case 4:
        return narrow<std::uint32_t>(values, count, bytes);
    default:
        for (std::size_t i = 0; i < count; ++i) {
            std::memcpy(bytes + i * bytes_each, &values[i], bytes_each);
        }
    }
}

template <class Word> void widen(const std::byte* bytes, std::size_t count, double unit, double* values) {
    for (std::size_t i = 0; i < count; ++i) {
        Word word = 0;
        std::memcpy(&word, bytes + i * sizeof word, sizeof word);
        values[i] = static_cast<double>(word) * unit;
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

Packer::Packer(const shell::EventLayout& layout) : elements_(layout.elements.size()), event_bytes_(layout.bytes) {
    for (std::size_t i = 0; i < layout.elements.size(); ++i) {
        const shell::Element& element = layout.elements[i];
        if (!runs_.empty() && runs_.back().type == element.type) {
            ++runs_.back().count;
            continue;
        }
        const FixedType& type = element.type;
        runs_.push_back({type, i, 1, element.byte, element.bytes, std::ldexp(1.0, type.fraction),
                         std::ldexp(1.0, -type.fraction), static_cast<double>(type.lowest()),
                         static_cast<double>(type.highest()),
                         type.width >= 1 && type.width <= 31 && std::abs(type.fraction) <= 500});
    }
}

void Packer::pack_run(const Run& run, const double* values, std::byte* bytes, std::size_t event) const {
    const bool saturates = run.type.overflow == Overflow::sat || run.type.overflow == Overflow::sat_sym;
    const Limits limits{run.scale, run.lowest, run.highest, saturates};
    std::array<std::int32_t, block> quantised{};
    for (std::size_t begin = 0; begin < run.count; begin += block) {
        const std::size_t count = std::min(block, run.count - begin);
        std::byte* to = bytes + begin * run.bytes;
        if (run.fast &&
            quantisers[static_cast<std::size_t>(run.type.rounding)](values + begin, count, limits, quantised.data())) {
            store_block(quantised.data(), count, run.bytes, to);
            continue;
        }
        for (std::size_t i = 0; i < count; ++i) {
            try {
                const auto raw = static_cast<std::int64_t>(fixed::from_double(values[begin + i], run.type));
                std::memcpy(to + i * run.bytes, &raw, run.bytes);
            } catch (const support::Error& error) {
                throw support::user_error(
                    error.problem(), fmt::format("event {}, input {}", event, run.element + begin + i), error.remedy());
            }
        }
    }
}

void Packer::pack(std::span<const double> values, std::span<std::byte> bytes, std::size_t first_event) const {
    const std::size_t events = elements_ == 0 ? 0 : values.size() / elements_;
    for (std::size_t event = 0; event < events; ++event) {
        for (const Run& run : runs_) {
            pack_run(run, values.data() + event * elements_ + run.element,
                     bytes.data() + event * event_bytes_ + run.byte, first_event + event);
        }
    }
}

void Packer::unpack(std::span<const std::byte> bytes, std::span<double> values) const {
    const std::size_t events = elements_ == 0 ? 0 : values.size() / elements_;
    for (std::size_t event = 0; event < events; ++event) {
        for (const Run& run : runs_) {
            const std::byte* from = bytes.data() + event * event_bytes_ + run.byte;
            double* to = values.data() + event * elements_ + run.element;
            if (run.bytes == 1) {
                run.type.is_signed ? widen<std::int8_t>(from, run.count, run.unit, to)
                                   : widen<std::uint8_t>(from, run.count, run.unit, to);
            } else if (run.bytes == 2) {
                run.type.is_signed ? widen<std::int16_t>(from, run.count, run.unit, to)
                                   : widen<std::uint16_t>(from, run.count, run.unit, to);
            } else {
                for (std::size_t i = 0; i < run.count; ++i) {
                    to[i] =
                        fixed::to_double(load(from + i * run.bytes, run.bytes, run.type.is_signed), run.type.fraction);
                }
            }
        }
    }
}

} // namespace gw::device
