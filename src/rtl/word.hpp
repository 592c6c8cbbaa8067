// Words: how values are named, sliced and extended in the generated Verilog.
//
// Every expression is built from one primitive, bits(): a run of bits of a value whose sign goes on without end above
// and whose zeros go on without end below. So both sides of every operator have the same, spelled-out width, and no
// rule of the language about implicit extension or mixed signs ever applies.
#pragma once

#include <string>

#include "fixed/int128.hpp"

namespace gw::rtl {

/// A value in a module: a net, or a constant.
struct Word {
    std::string name; ///< of the net; empty for a constant
    int width = 0;    ///< bits of the net
    bool is_signed = false;
    fixed::Int128 constant = 0; ///< where there is no net
    int offset = 0;             ///< bit i of the word is bit i + offset of the net or constant
};

Word net(std::string name, int width, bool is_signed);
Word constant(fixed::Int128 value);
/// The word divided by 2^places (rounded down), or multiplied where places is negative.
Word moved_down(Word word, int places);

/// Expression of exactly `count` bits: bits [low, low + count) of the word. 1 <= count <= 128, any low.
std::string bits(const Word& word, int low, int count);
/// Whether those bits are known to be zero.
bool known_zero(const Word& word, int low, int count);
/// Expression of one bit, 1 where the word is negative.
std::string sign_bit(const Word& word);

/// For comments: the net's name, or the constant in decimal digits.
std::string name_of(const Word& word);
/// "12'hff0": the low `width` bits of `value`.
std::string literal(fixed::Int128 value, int width);
/// "wire signed [11:0] name" or "reg [0:0] name".
std::string declaration(const char* kind, const std::string& name, int width, bool is_signed);

} // namespace gw::rtl
