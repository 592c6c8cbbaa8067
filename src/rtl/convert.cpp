// Conversions, as fixed::cast defines them: drop the excess fraction bits, add one where the rounding mode says so,
// then judge overflow.
//
// With d dropped bits, `half` the highest of them, `rest` the others, the mantissa rounded down is one too small where
//   trn never; trn_zero: negative and anything was dropped; rnd: half; rnd_zero: half and (negative or rest);
//   rnd_min_inf: half and rest; rnd_inf: half and (not negative or rest); rnd_conv: half and (odd or rest).
// Overflow can only be tested for where the operand's exact range allows it; the ends of a type are powers of two (or
// one off), so that the tests are on the high bits alone.
#include "rtl/operation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::rtl {

using fixed::FixedType;
using fixed::Int128;
using fixed::Interval;
using fixed::Overflow;
using fixed::Rounding;

namespace {

bool never_rounds_up(Rounding rounding, bool is_signed) {
    return rounding == Rounding::trn || (rounding == Rounding::trn_zero && !is_signed);
}

/// One-bit expression: 1 where any of the lowest `count` bits is. Beyond the net's own bits only copies of its sign
/// would follow.
std::string any(const Word& word, int count) {
    const int significant = word.name.empty() ? count : std::max(word.width - word.offset, 1);
    return fmt::format("(|{})", bits(word, 0, std::min(count, significant)));
}

/// One-bit expression: 1 where the value rounded down by `dropped` >= 1 bits has to be raised by one.
std::string rounds_up(Rounding rounding, const Word& word, int dropped) {
    const std::string half = bits(word, dropped - 1, 1);
    const std::string rest = dropped > 1 ? any(word, dropped - 1) : "1'h0";
    const std::string negative = sign_bit(word);
    switch (rounding) {
    case Rounding::trn:
        return "1'h0";
    case Rounding::trn_zero:
        return fmt::format("{} & {}", negative, any(word, dropped));
    case Rounding::rnd:
        return half;
    case Rounding::rnd_zero:
        return fmt::format("{} & ({} | {})", half, negative, rest);
    case Rounding::rnd_min_inf:
        return fmt::format("{} & {}", half, rest);
    case Rounding::rnd_inf:
        return fmt::format("{} & (~{} | {})", half, negative, rest);
    case Rounding::rnd_conv:
        return fmt::format("{} & ({} | {})", half, bits(word, dropped, 1), rest);
    }
    throw support::internal_error("an unknown rounding mode", "rtl");
}

/// The exponent of a power of two; throws for anything else.
int exponent(Int128 power) {
    const int result = fixed::magnitude_bits(power) - 1;
    if (power < 1 || power != static_cast<Int128>(1) << result) {
        throw support::internal_error("the end of a type is no power of two", "rtl");
    }
    return result;
}

/// Bits above which only copies of the sign (or zeros) stand; unlike a node's width this may pass 64.
int magnitude_of(const Interval& range) {
    const int below = range.low < 0 ? fixed::magnitude_bits(range.low + 1) : 0;
    return std::max(below, range.high > 0 ? fixed::magnitude_bits(range.high) : 0);
}

/// One-bit expression: 1 where `word` (of `range`, which passes `highest`) > highest = 2^k - 1.
std::string above(const Word& word, const Interval& range, Int128 highest) {
    const int k = exponent(highest + 1);
    const int magnitude = magnitude_of(range);
    const std::string beyond = fmt::format("(|{})", bits(word, k, magnitude - k));
    return datapath::is_signed(range) ? fmt::format("~{} & {}", bits(word, magnitude, 1), beyond) : beyond;
}

/// One-bit expression: 1 where `word` (of `range`, which passes `lowest`) < lowest = 0, -2^k or 1 - 2^k.
std::string below(const Word& word, const Interval& range, Int128 lowest) {
    const int magnitude = magnitude_of(range);
    const std::string negative = bits(word, magnitude, 1);
    if (lowest == 0) {
        return negative;
    }
    const bool whole = (-lowest & (-lowest - 1)) == 0; // -2^k
    const int k = exponent(whole ? -lowest : 1 - lowest);
    std::string test;
    if (magnitude > k) {
        test = fmt::format("~(&{})", bits(word, k, magnitude - k));
    }
    if (!whole) {
        test += fmt::format("{}~(|{})", test.empty() ? "" : " | ", bits(word, 0, k));
    }
    return fmt::format("{} & ({})", negative, test);
}

/// The operand rounded to `fraction`: a slice of its net, or a helper net where it can be rounded up.
Word rounded(const Interval& range, const FixedType& type, const std::string& name, const Operand& operand,
             Operation& result) {
    const int dropped = operand.range.fraction - type.fraction;
    const Word floor = moved_down(operand.word, dropped);
    if (dropped <= 0 || never_rounds_up(type.rounding, operand.word.is_signed)) {
        return floor;
    }
    const int width = datapath::width(range);
    if (width == 0) {
        return constant(0);
    }
    result.helpers.push_back(fmt::format("wire {}_up = {};", name, rounds_up(type.rounding, operand.word, dropped)));
    const Word whole = net(name + "_rounded", width, datapath::is_signed(range));
    const Word up = net(name + "_up", 0, false);
    const std::string raise = width == 1 ? up.name : fmt::format("{{{}, {}}}", literal(0, width - 1), up.name);
    result.helpers.push_back(fmt::format("{} = {} + {};", declaration("wire", whole.name, width, whole.is_signed),
                                         bits(floor, 0, width), raise));
    return whole;
}

} // namespace

Operation conversion(const Interval& range, const FixedType& type, const std::string& name, const Operand& operand) {
    Operation result;
    result.remark = fmt::format("{} as {}", name_of(operand.word), fixed::to_string(type));
    const int fraction = operand.range.fraction;
    const Interval reached{fixed::round_to(operand.range.low, fraction, type.fraction, type.rounding),
                           fixed::round_to(operand.range.high, fraction, type.fraction, type.rounding), type.fraction};
    const Word word = rounded(reached, type, name, operand, result);

    const int width = datapath::width(range);
    const int moved = type.fraction - range.fraction; // 0, unless someone knows low bits to be zero
    const std::string kept = bits(moved_down(word, moved), 0, width);
    const bool over = reached.high > type.highest() && type.overflow != Overflow::wrap;
    const bool under = reached.low < type.lowest() && type.overflow != Overflow::wrap;
    if (!over && !under) {
        result.value = kept;
        return result;
    }
    const auto limit = [&](Int128 end) {
        return bits(moved_down(constant(type.overflow == Overflow::sat_zero ? 0 : end), moved), 0, width);
    };
    if (over) {
        result.helpers.push_back(fmt::format("wire {}_over = {};", name, above(word, reached, type.highest())));
        result.value = fmt::format("{}_over ? {} : ", name, limit(type.highest()));
    }
    if (under) {
        result.helpers.push_back(fmt::format("wire {}_under = {};", name, below(word, reached, type.lowest())));
        result.value += fmt::format("{}_under ? {} : ", name, limit(type.lowest()));
    }
    result.value += kept;
    return result;
}

} // namespace gw::rtl
