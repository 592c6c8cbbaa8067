// Between raw mantissas and the packed words x and y of a core.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rtl/core.hpp"

namespace gw::rtl {

/// 32-bit words that hold `bits` bits.
constexpr std::size_t words_for(std::uint32_t bits) {
    return (bits + 31) / 32;
}

/// Adds fields PREFIX[i] of these types, one after the other from bit 0. @return the bits of the whole
std::uint32_t lay_out(std::vector<Field>& fields, const std::string& prefix,
                      const std::vector<fixed::FixedType>& types);

/// Puts each mantissa's low bits at its field; the lowest 32 bits of the word come first. `words` has words_for(bits)
/// elements.
void pack(std::span<const Field> fields, std::span<const std::int64_t> raw, std::span<std::uint32_t> words);
/// The reverse, with the fields' signs extended.
void unpack(std::span<const Field> fields, std::span<const std::uint32_t> words, std::span<std::int64_t> raw);

/// The word as hexadecimal digits, highest first, (bits + 3) / 4 of them.
std::string hexadecimal(std::span<const std::uint32_t> words, std::uint32_t bits);

} // namespace gw::rtl
