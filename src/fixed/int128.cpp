#include "fixed/int128.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace gw::fixed {
namespace {

UInt128 magnitude(Int128 value) {
    return value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
}

} // namespace

std::string to_string(Int128 value) {
    UInt128 rest = magnitude(value);
    std::string digits;
    do {
        digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        digits.push_back('-');
    std::reverse(digits.begin(), digits.end());
    return digits;
}

int magnitude_bits(Int128 value) {
    const UInt128 bits = magnitude(value);
    const auto high = static_cast<std::uint64_t>(bits >> 64);
    return high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<std::uint64_t>(bits));
}

} // namespace gw::fixed
