// Arithmetic on vectors of literals, the lowest bit first. Where a vector is a number it is in two's complement, its
// last bit the sign.
#pragma once

#include <cstddef>
#include <vector>

#include "fixed/int128.hpp"
#include "formal/aig.hpp"

namespace gw::formal {

using Literals = std::vector<Literal>;

/// Bits of two's complement that hold both ends.
int width_for(fixed::Int128 low, fixed::Int128 high);

Literals constant_bits(fixed::Int128 value, std::size_t width);
/// `width` bits, cut off or filled with copies of the sign.
Literals resized(const Literals& a, std::size_t width);
/// The same filled with zeros.
Literals zero_extended(Literals a, std::size_t width);
/// Times 2^places, rounded down; not fewer than one bit.
Literals moved_up(const Literals& a, int places);

// Modulo 2^width; both operands have the same width.
Literals sum(Aig& aig, const Literals& a, const Literals& b, Literal carry = always_false);
Literals difference(Aig& aig, const Literals& a, const Literals& b);
Literals product(Aig& aig, const Literals& a, const Literals& b);
/// Any constant; modulo 2^(width of a).
Literals times_constant(Aig& aig, const Literals& a, fixed::Int128 factor);
Literals choice(Aig& aig, Literal when, const Literals& a, const Literals& b);
/// a < b as unsigned or as signed numbers of one width.
Literal below(Aig& aig, const Literals& a, const Literals& b, bool is_signed);
Literal any(Aig& aig, const Literals& a);
Literal all(Aig& aig, const Literals& a);
/// Of two widths the smaller is filled with copies of its sign.
Literal differ(Aig& aig, const Literals& a, const Literals& b);

/// The literals' values in case `lane` of a simulation, as a number; signed where its last bit is the sign.
fixed::Int128 number_of(std::span<const std::uint64_t> words, const Literals& a, unsigned lane, bool is_signed);

} // namespace gw::formal
