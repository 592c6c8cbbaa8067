#include "hls/ap_type.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace gw::hls {
namespace {

std::string text(bool is_signed, int width, int integer, const std::string& modes = {}) {
    return fmt::format("{}<{}, {}{}>", is_signed ? "ap_fixed" : "ap_ufixed", width, integer, modes);
}

/// Bits besides a sign. -2^k needs as many as 2^k - 1.
int magnitude(const fixed::Interval& range) {
    const int below = range.low < 0 ? fixed::magnitude_bits(range.low + 1) : 0;
    return std::max({below, range.high > 0 ? fixed::magnitude_bits(range.high) : 0, 1});
}

int width_of(const fixed::Interval& range) {
    return magnitude(range) + (range.low < 0 ? 1 : 0);
}

bool alike(std::span<const fixed::FixedType> types) {
    return std::all_of(types.begin(), types.end(), [&](const auto& type) { return type == types.front(); });
}

} // namespace

std::string ap_type(const fixed::FixedType& type) {
    if (type.width == 0)
        return text(type.is_signed, 1, 1 - type.fraction);
    std::string modes;
    if (type.rounding != fixed::Rounding::trn || type.overflow != fixed::Overflow::wrap)
        modes = fmt::format(", AP_{}, AP_{}", fixed::to_string(type.rounding), fixed::to_string(type.overflow));
    return text(type.is_signed, type.width, type.integer(), modes);
}

std::string ap_type(const fixed::Interval& range) {
    const int bits = width_of(range);
    return text(range.low < 0, bits, bits - range.fraction);
}

std::string signed_ap_type(const fixed::Interval& range) {
    return text(true, signed_width(range), signed_width(range) - range.fraction);
}

int signed_width(const fixed::Interval& range) {
    return magnitude(range) + 1;
}

fixed::Interval container(std::span<const fixed::FixedType> types) {
    fixed::Interval all = fixed::Interval::of(types.front());
    for (const fixed::FixedType& type : types)
        all = fixed::united(all, fixed::Interval::of(type));
    return all;
}

std::string array_type(std::span<const fixed::FixedType> types) {
    return alike(types) ? ap_type(types.front()) : ap_type(container(types));
}

int array_width(std::span<const fixed::FixedType> types) {
    return alike(types) ? std::max(types.front().width, 1) : width_of(container(types));
}

} // namespace gw::hls
