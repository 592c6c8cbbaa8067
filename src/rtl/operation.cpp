// Adders: an operand that is shifted left leaves the other's low bits as they are (unless those are subtracted), so
// only the bits above enter the carry chain: `{n7[11:3] + n4, n7[2:0]}`. That is the saving the constant multiplication
// counts on, spelled out so that it does not hang on a synthesiser's optimisations. All arithmetic is modulo 2^width,
// and the width holds every value of the node's range.
#include "rtl/operation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::rtl {

using datapath::Add;
using fixed::Interval;

namespace {

/// One side of an addition, aligned to the finer of the two binary points.
struct Side {
    Word word;
    int zeros; ///< low bits that the alignment filled with zeros
};

/// `sign` is '+' or '-'; both sides have `count` bits from `low` on.
std::string sum(const Word& left, char sign, const Word& right, int low, int count) {
    if (known_zero(right, low, count)) {
        return bits(left, low, count);
    }
    if (sign == '+' && known_zero(left, low, count)) {
        return bits(right, low, count);
    }
    return fmt::format("{} {} {}", bits(left, low, count), sign, bits(right, low, count));
}

std::string times_power(const Word& word, int shift) {
    return shift == 0 ? name_of(word) : fmt::format("{} * 2^{}", name_of(word), shift);
}

Operation add(const Interval& range, const Add& body, const std::string& name, const Operand& a, const Operand& b) {
    const int b_fraction = b.range.fraction - body.shift;
    const int fraction = std::max(a.range.fraction, b_fraction);
    const int a_zeros = fraction - a.range.fraction;
    const int b_zeros = fraction - b_fraction;
    Side left{moved_down(a.word, -a_zeros), a_zeros};
    Side right{moved_down(b.word, -b_zeros), b_zeros};
    if (body.kind == Add::Kind::b_minus_a) {
        std::swap(left, right);
    }
    const char sign = body.kind == Add::Kind::a_plus_b ? '+' : '-';

    Operation result;
    const std::string a_text = times_power(a.word, 0);
    const std::string b_text = times_power(b.word, body.shift);
    result.remark = body.kind == Add::Kind::b_minus_a ? fmt::format("{} - {}", b_text, a_text)
                                                      : fmt::format("{} {} {}", a_text, sign, b_text);
    const int width = datapath::width(range);
    const int dropped = fraction - range.fraction; // low bits that are always zero
    if (dropped < 0) {
        throw support::internal_error("a sum with more fraction bits than its operands", name);
    }
    const int total = width + dropped;
    int passed = right.zeros; // low bits of `left` that the sum takes over
    const Word* source = &left.word;
    if (sign == '+' && left.zeros > 0) {
        passed = left.zeros;
        source = &right.word;
    }
    if (passed >= total) {
        result.value = bits(*source, dropped, width);
    } else if (dropped == passed) {
        result.value = sum(left.word, sign, right.word, passed, total - passed);
    } else if (dropped < passed) {
        result.value = fmt::format("{{{}, {}}}", sum(left.word, sign, right.word, passed, total - passed),
                                   bits(*source, dropped, passed - dropped));
    } else {
        const Word whole = net(name + "_sum", total - passed, false);
        result.helpers.push_back(declaration("wire", whole.name, whole.width, false) + " = " +
                                 sum(left.word, sign, right.word, passed, total - passed) + ";");
        result.value = bits(whole, dropped - passed, width);
    }
    return result;
}

Operation negate(const Interval& range, const Operand& a) {
    const int width = datapath::width(range);
    const Word word = moved_down(a.word, a.range.fraction - range.fraction);
    return {{}, fmt::format("{} - {}", literal(0, width), bits(word, 0, width)), "-" + times_power(a.word, 0)};
}

Operation rectify(const Interval& range, const Operand& a) {
    const int width = datapath::width(range);
    const Word word = moved_down(a.word, a.range.fraction - range.fraction);
    return {{},
            fmt::format("{} ? {} : {}", sign_bit(a.word), literal(0, width), bits(word, 0, width)),
            fmt::format("max({}, 0)", times_power(a.word, 0))};
}

Operation clip(const Interval& range, const datapath::Clip& body, const std::string& name, const Operand& a) {
    const int width = datapath::width(range);
    const int moved = a.range.fraction - range.fraction;
    Operation result;
    result.remark =
        fmt::format("min({}, {} * 2^{})", times_power(a.word, 0), fixed::to_string(body.limit), -a.range.fraction);
    // Both compared as signed numbers of one width that holds either.
    const int compared = std::max(datapath::width(a.range), fixed::magnitude_bits(body.limit)) + 1;
    result.helpers.push_back(fmt::format("wire {}_over = $signed({}) > $signed({});", name, bits(a.word, 0, compared),
                                         literal(body.limit, compared)));
    result.value = fmt::format("{}_over ? {} : {}", name, bits(moved_down(constant(body.limit), moved), 0, width),
                               bits(moved_down(a.word, moved), 0, width));
    return result;
}

} // namespace

Operation operation(const datapath::Node& node, const std::string& name, const std::vector<Operand>& operands,
                    const AdderStyle& style) {
    if (const auto* body = std::get_if<datapath::Sum3>(&node.body)) {
        std::vector<ChainTerm> terms;
        for (std::size_t i = 0; i < body->terms.size(); ++i) {
            terms.push_back({operands.at(i), body->terms[i].shift, body->terms[i].negative});
        }
        return chain_sum(node.range, terms, name, style);
    }
    if (const auto* body = std::get_if<Add>(&node.body)) {
        if (style.kind == AdderStyle::Kind::instances) {
            return chain_sum(node.range,
                             {{operands.at(0), 0, body->kind == Add::Kind::b_minus_a},
                              {operands.at(1), body->shift, body->kind == Add::Kind::a_minus_b}},
                             name, style);
        }
        return add(node.range, *body, name, operands.at(0), operands.at(1));
    }
    if (std::holds_alternative<datapath::Negate>(node.body)) {
        return negate(node.range, operands.at(0));
    }
    if (const auto* body = std::get_if<datapath::Convert>(&node.body)) {
        return conversion(node.range, body->type, name, operands.at(0));
    }
    if (std::holds_alternative<datapath::Rectify>(node.body)) {
        return rectify(node.range, operands.at(0));
    }
    if (const auto* body = std::get_if<datapath::Clip>(&node.body)) {
        return clip(node.range, *body, name, operands.at(0));
    }
    if (auto made = choice(node, operands)) {
        return *std::move(made);
    }
    throw support::internal_error("a node that is no operation reached the Verilog writer", name);
}

} // namespace gw::rtl
