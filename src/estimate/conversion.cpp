// As rtl/convert.cpp, which says why each test is what it is.
#include "estimate/operation.hpp"

#include <algorithm>

#include "support/error.hpp"

namespace gw::estimate {

using datapath::width;
using fixed::FixedType;
using fixed::Int128;
using fixed::Interval;
using fixed::Overflow;
using fixed::Rounding;

namespace {

Net rounds_up(Logic& logic, Rounding rounding, const Word& word, int dropped) {
    const Net half = word.at(dropped - 1), negative = word.sign();
    const Net rest = logic.any(word.bits(0, dropped - 1));
    switch (rounding) {
    case Rounding::trn:
        return zero;
    case Rounding::trn_zero:
        return logic.both(negative, logic.either(half, rest));
    case Rounding::rnd:
        return half;
    case Rounding::rnd_zero:
        return logic.both(half, logic.either(negative, rest));
    case Rounding::rnd_min_inf:
        return logic.both(half, rest);
    case Rounding::rnd_inf:
        return logic.both(half, logic.either(~negative, rest));
    case Rounding::rnd_conv:
        return logic.both(half, logic.either(word.at(dropped), rest));
    }
    throw support::internal_error("an unknown rounding mode", "estimate");
}

int magnitude_of(const Interval& range) {
    const int below = range.low < 0 ? fixed::magnitude_bits(range.low + 1) : 0;
    return std::max(below, range.high > 0 ? fixed::magnitude_bits(range.high) : 0);
}

Net above(Logic& logic, const Word& word, const Interval& range, Int128 highest) {
    const int k = fixed::magnitude_bits(highest + 1) - 1, magnitude = magnitude_of(range);
    const Net beyond = logic.any(word.bits(k, magnitude - k));
    return range.low < 0 ? logic.both(~word.at(magnitude), beyond) : beyond;
}

Net below(Logic& logic, const Word& word, const Interval& range, Int128 lowest) {
    const int magnitude = magnitude_of(range);
    const Net negative = word.at(magnitude);
    if (lowest == 0)
        return negative;
    const bool whole = (-lowest & (-lowest - 1)) == 0; // -2^k
    const int k = fixed::magnitude_bits(whole ? -lowest : 1 - lowest) - 1;
    std::vector<Net> high = word.bits(k, std::max(magnitude - k, 0));
    std::transform(high.begin(), high.end(), high.begin(), [](Net net) { return ~net; });
    Net test = logic.any(high);
    if (!whole)
        test = logic.either(test, ~logic.any(word.bits(0, k)));
    return logic.both(negative, test);
}

Word rounded(const Context& context, const Interval& reached, const FixedType& type, const Operand& operand) {
    const int dropped = operand.range.fraction - type.fraction, bits = width(reached);
    const Word floor = operand.word.moved_down(dropped);
    const bool never =
        type.rounding == Rounding::trn || (type.rounding == Rounding::trn_zero && !operand.word.is_signed());
    if (dropped <= 0 || never)
        return floor;
    if (bits == 0)
        return Word::constant(0);
    std::vector<Net> raise(static_cast<std::size_t>(bits), zero);
    raise[0] = rounds_up(context.logic, type.rounding, operand.word, dropped);
    return {sum(context.logic, floor.bits(0, bits), raise, false, Adders::expressions), datapath::is_signed(reached)};
}

} // namespace

std::vector<Net> conversion(const Context& context, const datapath::Node& node, const FixedType& type,
                            const Operand& operand) {
    const int fraction = operand.range.fraction;
    const Interval reached{fixed::round_to(operand.range.low, fraction, type.fraction, type.rounding),
                           fixed::round_to(operand.range.high, fraction, type.fraction, type.rounding), type.fraction};
    const Word word = rounded(context, reached, type, operand);
    const int bits = width(node.range), moved = type.fraction - node.range.fraction;
    std::vector<Net> result = word.moved_down(moved).bits(0, bits);
    if (type.overflow == Overflow::wrap)
        return result;
    const auto limit = [&](Int128 end) {
        return Word::constant(type.overflow == Overflow::sat_zero ? 0 : end).moved_down(moved).bits(0, bits);
    };
    if (reached.low < type.lowest())
        result = multiplex(context, below(context.logic, word, reached, type.lowest()), limit(type.lowest()), result);
    if (reached.high > type.highest())
        result = multiplex(context, above(context.logic, word, reached, type.highest()), limit(type.highest()), result);
    return result;
}

} // namespace gw::estimate
