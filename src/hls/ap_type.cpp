#include "hls/ap_type.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::hls {
namespace {

std::string text(bool is_signed, int width, int integer, const std::string& modes = {}) {
    return fmt::format("{}<{}, {}{}>", is_signed ? "ap_fixed" : "ap_ufixed", width, integer, modes);
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
    const bool is_signed = range.low < 0;
    // -2^k needs as many magnitude bits as 2^k - 1.
    const int below = is_signed ? fixed::magnitude_bits(range.low + 1) : 0;
    const int bits = std::max({below, range.high > 0 ? fixed::magnitude_bits(range.high) : 0, 1}) + (is_signed ? 1 : 0);
    return text(is_signed, bits, bits - range.fraction);
}

fixed::Interval container(const network::Tensor& tensor) {
    fixed::Interval all = fixed::Interval::of(tensor.types.front());
    for (const fixed::FixedType& type : tensor.types)
        all = fixed::united(all, fixed::Interval::of(type));
    return all;
}

std::string literal(std::int64_t raw, std::int32_t fraction) {
    if (fixed::magnitude_bits(raw) > 53)
        throw support::unsupported(
            fmt::format("the constant {} * 2^{} needs more than the 53 bits of a C++ literal", raw, -fraction),
            "HLS project", "use constants of at most 53 significant bits");
    return fmt::format("{}", fixed::to_double(raw, fraction));
}

} // namespace gw::hls
