#pragma once

#include <string>

namespace gw::fixed {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// Decimal digits; the standard library prints no 128-bit integers.
std::string to_string(Int128 value);

/// Bits of the magnitude: 0 for 0, 1 for 1, 3 for 4 and -4.
int magnitude_bits(Int128 value);

} // namespace gw::fixed
