#include "rtl/word.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.hpp"

namespace gw::rtl {

using fixed::Int128;
using fixed::UInt128;

namespace {

constexpr int max_bits = 128;

/// value / 2^places rounded down, or times 2^-places; bits shifted out at either end are gone.
UInt128 moved(Int128 value, int places) {
    if (places >= 0) {
        return static_cast<UInt128>(value >> std::min(places, max_bits - 1));
    }
    return -places >= max_bits ? 0 : static_cast<UInt128>(value) << -places;
}

std::string slice(const Word& word, int low, int count) {
    if (low == 0 && count == word.width) {
        return word.name;
    }
    if (count == 1) {
        return fmt::format("{}[{}]", word.name, low);
    }
    return fmt::format("{}[{}:{}]", word.name, low + count - 1, low);
}

std::string repeated_sign(const Word& word, int count) {
    const std::string sign = fmt::format("{}[{}]", word.name, word.width - 1);
    return count == 1 ? sign : fmt::format("{{{}{{{}}}}}", count, sign);
}

} // namespace

Word net(std::string name, int width, bool is_signed) {
    return {std::move(name), width, is_signed, 0, 0};
}

Word constant(Int128 value) {
    return {{}, 0, value < 0, value, 0};
}

Word moved_down(Word word, int places) {
    word.offset += places;
    return word;
}

std::string literal(Int128 value, int width) {
    if (width < 1 || width > max_bits) {
        throw support::internal_error(fmt::format("a Verilog literal of {} bits", width), "rtl");
    }
    UInt128 rest = static_cast<UInt128>(value);
    if (width < max_bits) {
        rest &= (static_cast<UInt128>(1) << width) - 1;
    }
    std::string digits;
    do {
        digits.insert(digits.begin(), "0123456789abcdef"[static_cast<int>(rest & 15)]);
        rest >>= 4;
    } while (rest != 0);
    return fmt::format("{}'h{}", width, digits);
}

std::string bits(const Word& word, int low, int count) {
    low += word.offset;
    if (word.name.empty()) {
        return literal(static_cast<Int128>(moved(word.constant, low)), count);
    }
    const int zeros = std::clamp(-low, 0, count);
    const int from = std::max(low, 0);
    const int taken = std::clamp(std::min(word.width, low + count) - from, 0, count);
    const int extension = count - zeros - taken;
    std::vector<std::string> parts;
    if (extension > 0) {
        parts.push_back(word.is_signed ? repeated_sign(word, extension) : literal(0, extension));
    }
    if (taken > 0) {
        parts.push_back(slice(word, from, taken));
    }
    if (zeros > 0) {
        parts.push_back(literal(0, zeros));
    }
    return parts.size() == 1 ? parts.front() : fmt::format("{{{}}}", fmt::join(parts, ", "));
}

bool known_zero(const Word& word, int low, int count) {
    low += word.offset;
    if (word.name.empty()) {
        const UInt128 value = moved(word.constant, low);
        return count >= max_bits ? value == 0 : (value & ((static_cast<UInt128>(1) << count) - 1)) == 0;
    }
    return low + count <= 0 || (!word.is_signed && low >= word.width);
}

std::string sign_bit(const Word& word) {
    if (word.name.empty()) {
        return literal(word.constant < 0 ? 1 : 0, 1);
    }
    return word.is_signed ? fmt::format("{}[{}]", word.name, word.width - 1) : literal(0, 1);
}

std::string name_of(const Word& word) {
    return word.name.empty() ? fixed::to_string(word.constant) : word.name;
}

std::string declaration(const char* kind, const std::string& name, int width, bool is_signed) {
    return fmt::format("{} {}[{}:0] {}", kind, is_signed ? "signed " : "", width - 1, name);
}

} // namespace gw::rtl
