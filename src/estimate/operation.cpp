#include "estimate/operation.hpp"

#include <algorithm>
#include <array>

#include "support/error.hpp"

namespace gw::estimate {

using datapath::width;

namespace {

struct Side {
    Word word; ///< aligned to the finest point of all
    int zeros; ///< low bits that the alignment filled with zeros
    bool negative;
};

/// As in rtl/chain.cpp: the first bit of the chain; all below is that of the lowest side alone.
int first_bit(const std::vector<Side>& sides, int total) {
    std::vector<std::pair<int, bool>> lowest;
    for (const Side& side : sides)
        if (!side.word.known_zero(0, total))
            lowest.emplace_back(side.zeros, side.negative);
    std::sort(lowest.begin(), lowest.end());
    if (lowest.empty() || lowest[0].second)
        return lowest.empty() ? 0 : std::min(lowest[0].first, total);
    return lowest.size() == 1 ? total : std::min(lowest[1].first, total);
}

/// The chain or chains of the bits above.
std::vector<Net> chain(const Context& context, const std::vector<Side>& sides, int first, int count) {
    std::vector<std::vector<Net>> bits;
    for (const Side& side : sides)
        bits.push_back(side.word.bits(first, count));
    if (bits.size() == 3 && context.adders == Adders::primitives)
        return sum3(context.logic, bits[0], bits[1], bits[2]);
    std::vector<Net> total = bits[0];
    if (sides[0].negative)
        total = sum(context.logic, std::vector<Net>(bits[0].size(), zero), bits[0], true, context.adders);
    for (std::size_t i = 1; i < bits.size(); ++i)
        total = sum(context.logic, total, bits[i], sides[i].negative, context.adders);
    return total;
}

std::vector<Net> chain_sum(const Context& context, const fixed::Interval& range, const std::vector<Operand>& operands,
                           const std::vector<datapath::Sum3::Term>& terms) {
    int fraction = range.fraction;
    for (std::size_t i = 0; i < terms.size(); ++i)
        fraction = std::max(fraction, operands[i].range.fraction - terms[i].shift);
    std::vector<Side> sides;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const int zeros = fraction - (operands[i].range.fraction - terms[i].shift);
        sides.push_back({operands[i].word.moved_down(-zeros), zeros, terms[i].negative});
    }
    std::stable_sort(sides.begin(), sides.end(), [](const Side& x, const Side& y) { return x.negative < y.negative; });
    const int dropped = fraction - range.fraction, total = width(range) + dropped;
    const int first = first_bit(sides, total);
    const auto passing = std::min_element(sides.begin(), sides.end(), [&](const Side& x, const Side& y) {
        const bool x_zero = x.word.known_zero(0, total), y_zero = y.word.known_zero(0, total);
        return x_zero != y_zero ? y_zero : x.zeros < y.zeros;
    });
    std::vector<Net> bits = passing->word.bits(0, first);
    if (first < total) {
        const auto high = chain(context, sides, first, total - first);
        bits.insert(bits.end(), high.begin(), high.end());
    }
    bits.erase(bits.begin(), bits.begin() + dropped);
    return bits;
}

Word aligned(const Operand& operand, std::int32_t fraction) {
    return operand.word.moved_down(operand.range.fraction - fraction);
}

Net less(Logic& logic, const datapath::Less& body, const Operand& a, const Operand& b) {
    const std::int32_t fraction = std::max(a.range.fraction, b.range.fraction);
    const auto both = fixed::united(fixed::aligned(a.range, fraction), fixed::aligned(b.range, fraction));
    const int bits = width(both) + (datapath::is_signed(both) ? 0 : 1);
    return greater(logic, aligned(b, fraction).bits(0, bits), aligned(a, fraction).bits(0, bits), body.or_equal);
}

std::vector<Net> clip(const Context& context, const datapath::Node& node, const datapath::Clip& body,
                      const Operand& a) {
    const int compared = std::max(width(a.range), fixed::magnitude_bits(body.limit)) + 1;
    const Word limit = Word::constant(body.limit);
    const Net over = greater(context.logic, a.word.bits(0, compared), limit.bits(0, compared), false);
    const int moved = a.range.fraction - node.range.fraction, bits = width(node.range);
    return multiplex(context, over, limit.moved_down(moved).bits(0, bits), a.word.moved_down(moved).bits(0, bits));
}

} // namespace

std::vector<Net> multiplex(const Context& context, Net when, const std::vector<Net>& a, const std::vector<Net>& b) {
    std::vector<Net> result;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const Net net = context.logic.choose(when, a[i], b[i]);
        result.push_back(net);
        const Net data = a[i].is_constant() ? b[i] : a[i];
        if (net.is_constant() || data.gate() >= net.gate()) // older logic that does the same
            continue;
        if (a[i].is_constant())
            context.resets.try_emplace(net.code, Reset{when, b[i], a[i] == one});
        else if (b[i].is_constant())
            context.resets.try_emplace(net.code, Reset{~when, a[i], b[i] == one});
    }
    return result;
}

std::vector<Net> operation(const Context& context, const datapath::Node& node, const std::vector<Operand>& operands) {
    Logic& logic = context.logic;
    const int bits = width(node.range);
    const auto role = [&](Role it) { logic.set_role(it); };
    role(Role::sum);
    if (const auto* body = std::get_if<datapath::Sum3>(&node.body))
        return chain_sum(context, node.range, operands, {body->terms.begin(), body->terms.end()});
    if (const auto* body = std::get_if<datapath::Add>(&node.body)) {
        using Kind = datapath::Add::Kind;
        return chain_sum(
            context, node.range, operands,
            {{body->a, 0, body->kind == Kind::b_minus_a}, {body->b, body->shift, body->kind == Kind::a_minus_b}});
    }
    if (std::holds_alternative<datapath::Negate>(node.body)) {
        const std::vector<Net> zeros(static_cast<std::size_t>(bits), zero);
        return sum(logic, zeros, aligned(operands.at(0), node.range.fraction).bits(0, bits), true, Adders::expressions);
    }
    role(Role::conversion);
    if (const auto* body = std::get_if<datapath::Convert>(&node.body))
        return conversion(context, node, body->type, operands.at(0));
    role(Role::choice);
    if (std::holds_alternative<datapath::Rectify>(node.body))
        return multiplex(context, operands.at(0).word.sign(), std::vector<Net>(static_cast<std::size_t>(bits), zero),
                         aligned(operands.at(0), node.range.fraction).bits(0, bits));
    if (const auto* body = std::get_if<datapath::Clip>(&node.body))
        return clip(context, node, *body, operands.at(0));
    if (const auto* body = std::get_if<datapath::Less>(&node.body))
        return {less(logic, *body, operands.at(0), operands.at(1))};
    if (std::holds_alternative<datapath::Choose>(node.body))
        return multiplex(context, operands.at(2).word.at(0), aligned(operands.at(0), node.range.fraction).bits(0, bits),
                         aligned(operands.at(1), node.range.fraction).bits(0, bits));
    role(Role::product);
    if (std::holds_alternative<datapath::Multiply>(node.body))
        return product(logic, operands.at(0).word, operands.at(1).word, bits);
    role(Role::table);
    if (const auto* body = std::get_if<datapath::Lookup>(&node.body))
        return read_table(logic, context.graph.tables.at(body->table),
                          operands.at(0).word.bits(0, width(operands.at(0).range)), bits);
    throw support::internal_error("a node that is no operation reached the estimator");
}

} // namespace gw::estimate
