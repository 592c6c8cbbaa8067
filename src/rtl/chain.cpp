// A sum of two or three terms as one carry chain: what the lowest term has below all others passes by the chain, as in
// rtl/operation.cpp; the rest is an expression, or an instance of an adder of the core's library.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rtl/operation.hpp"
#include "support/error.hpp"

namespace gw::rtl {

namespace {

using fixed::Interval;

struct Side {
    Word word; ///< aligned to the finest point of all
    int zeros; ///< low bits that the alignment filled with zeros
    bool negative;
};

std::string expression(const std::vector<Side>& sides, int low, int count) {
    std::string text;
    for (const Side& side : sides) {
        if (known_zero(side.word, low, count) && !(text.empty() && &side == &sides.back())) {
            continue;
        }
        const std::string term = bits(side.word, low, count);
        if (text.empty()) {
            text = side.negative ? fmt::format("{} - {}", literal(0, count), term) : term;
        } else {
            text += fmt::format(" {} {}", side.negative ? '-' : '+', term);
        }
    }
    return text;
}

std::string instance(const std::vector<Side>& sides, int low, int count, const std::string& name,
                     const std::string& core) {
    std::string ports;
    std::size_t subtracted = 0; // they come last
    for (std::size_t i = 0; i < sides.size(); ++i) {
        ports += fmt::format(".{}({}), ", "abc"[i], bits(sides[i].word, low, count));
        subtracted += sides[i].negative ? 1 : 0;
    }
    if (subtracted == sides.size()) {
        throw support::internal_error("a sum of negative terms only", name);
    }
    return fmt::format("{}_add{} #(.WIDTH({}), .SUBTRACTED({})) {}_adder ({}.y({}_chain));", core, sides.size(), count,
                       subtracted, name, ports, name);
}

std::string remark(const std::vector<ChainTerm>& terms) {
    std::string text;
    for (const ChainTerm& term : terms) {
        const char* sign = term.negative ? " - " : text.empty() ? "" : " + ";
        text += sign + name_of(term.operand.word) + (term.shift == 0 ? "" : fmt::format(" * 2^{}", term.shift));
    }
    return text;
}

/// The first bit of the chain: all below is that of the lowest side alone.
int first_bit(const std::vector<Side>& sides, int total) {
    std::vector<std::pair<int, bool>> lowest;
    for (const Side& side : sides) {
        if (!known_zero(side.word, 0, total)) {
            lowest.emplace_back(side.zeros, side.negative);
        }
    }
    std::sort(lowest.begin(), lowest.end());
    if (lowest.empty() || lowest[0].second) {
        return lowest.empty() ? 0 : std::min(lowest[0].first, total);
    }
    return lowest.size() == 1 ? total : std::min(lowest[1].first, total);
}

} // namespace

Operation chain_sum(const Interval& range, const std::vector<ChainTerm>& terms, const std::string& name,
                    const AdderStyle& style) {
    int fraction = range.fraction;
    for (const ChainTerm& term : terms) {
        fraction = std::max(fraction, term.operand.range.fraction - term.shift);
    }
    std::vector<Side> sides;
    for (const ChainTerm& term : terms) {
        const int zeros = fraction - (term.operand.range.fraction - term.shift);
        sides.push_back({moved_down(term.operand.word, -zeros), zeros, term.negative});
    }
    std::stable_sort(sides.begin(), sides.end(), [](const Side& x, const Side& y) { return x.negative < y.negative; });

    Operation result;
    result.remark = remark(terms);
    const int width = datapath::width(range);
    const int dropped = fraction - range.fraction; // low bits that are always zero
    const int total = width + dropped;
    const int first = first_bit(sides, total);
    const auto passing = std::min_element(sides.begin(), sides.end(), [&](const Side& x, const Side& y) {
        const bool x_zero = known_zero(x.word, 0, total), y_zero = known_zero(y.word, 0, total);
        return x_zero != y_zero ? y_zero : x.zeros < y.zeros;
    });
    if (first == total) {
        result.value = bits(passing->word, dropped, width);
        return result;
    }
    const Word chain = net(name + "_chain", total - first, false);
    const std::string declared = declaration("wire", chain.name, chain.width, false);
    if (style.kind == AdderStyle::Kind::instances) {
        result.helpers.push_back(declared + ";");
        result.helpers.push_back(instance(sides, first, chain.width, name, style.core));
    } else {
        result.helpers.push_back(declared + " = " + expression(sides, first, chain.width) + ";");
    }
    result.value = dropped >= first ? bits(chain, dropped - first, width)
                                    : fmt::format("{{{}, {}}}", bits(chain, 0, chain.width),
                                                  bits(passing->word, dropped, first - dropped));
    return result;
}

} // namespace gw::rtl
