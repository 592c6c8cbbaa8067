#include "formal/search.hpp"

#include <algorithm>

#include "formal/shape.hpp"

namespace gw::formal {
namespace {

constexpr std::size_t lanes = 64;
constexpr std::size_t most_sums = 8; ///< by which one node is driven

} // namespace

WordSearch::WordSearch(const Netlist& netlist, const Meaning& meaning, Piece& netlist_logic)
    : netlist_(netlist), meaning_(meaning), logic_(netlist_logic) {
    for (const Word& word : netlist.words)
        words_.push_back(word.bits.size() < lanes ? logic_.netlist_bits(word.bits) : Literals{});
}

/// The sums between the value and the cuts.
void WordSearch::collect(const Value& value, std::vector<Form>& sums, std::vector<bool>& seen) const {
    if (!value.form.is_constant() && sums.size() < most_sums &&
        std::find(sums.begin(), sums.end(), value.form) == sums.end())
        sums.push_back(value.form);
    for (const auto& [atom, coefficient] : value.form.terms())
        if (!seen[atom.index] && !logic_.is_unknown(atom.index)) {
            seen[atom.index] = true;
            for (const Value& operand : operands(meaning_.nodes()[atom.index].body))
                collect(operand, sums, seen);
        }
}

/// 64 events: the unknowns anywhere in their ranges at first, and more and more of those in the sum at the end that
/// drives it up (or down).
void WordSearch::draw(std::vector<Column>& nodes, const Form& sum, bool upwards, support::Random& random) const {
    for (NodeId id = 0; id < meaning_.nodes().size(); ++id) {
        if (!logic_.is_unknown(id))
            continue;
        const Interval& range = meaning_.nodes()[id].range;
        const auto term = sum.terms().find(Atom{Atom::Kind::node, id});
        const bool high = term != sum.terms().end() && (term->second > 0) == upwards;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const auto span =
                static_cast<std::uint64_t>(std::min<Int128>(range.high - range.low, (Int128{1} << 62) - 1));
            const Int128 anywhere = range.low + static_cast<Int128>(random.below(span + 1));
            const bool driven = term != sum.terms().end() && random.below(lanes - 1) < lane;
            nodes[id].push_back(driven ? (high ? range.high : range.low) : anywhere);
        }
    }
}

const Column& WordSearch::evaluated(NodeId id, std::vector<Column>& nodes) const {
    if (!nodes[id].empty())
        return nodes[id];
    for (const Value& operand : operands(meaning_.nodes()[id].body))
        for (const auto& [atom, coefficient] : operand.form.terms())
            evaluated(atom.index, nodes);
    return nodes[id] = evaluate(meaning_.nodes()[id], nodes, lanes);
}

std::vector<std::uint64_t> WordSearch::simulated(const std::vector<Column>& nodes) const {
    std::vector<std::uint64_t> gates(logic_.aig().gates().size(), 0);
    for (const auto& [id, bits] : logic_.unknowns())
        for (std::size_t i = 0; i < bits.size(); ++i)
            if (bits[i] != always_false)
                for (std::size_t lane = 0; lane < lanes; ++lane)
                    gates[bits[i] >> 1] |= static_cast<std::uint64_t>((nodes[id][lane] >> i) & 1) << lane;
    simulate(logic_.aig(), gates);
    return gates;
}

std::vector<Candidate> WordSearch::candidates(NodeId node, support::Random& random) {
    std::vector<Form> sums;
    std::vector<bool> seen(meaning_.nodes().size(), false);
    for (const Value& operand : operands(meaning_.nodes()[node].body))
        collect(operand, sums, seen);
    Column expected;
    std::vector<std::vector<std::uint64_t>> runs;
    for (const Form& sum : sums)
        for (const bool upwards : {true, false}) {
            std::vector<Column> nodes(meaning_.nodes().size());
            draw(nodes, sum, upwards, random);
            const Column& column = evaluated(node, nodes);
            expected.insert(expected.end(), column.begin(), column.end());
            runs.push_back(simulated(nodes));
        }
    const auto shape = shape_of(expected);
    std::vector<Candidate> found;
    for (std::uint32_t i = 0; shape && i < words_.size(); ++i) {
        if (words_[i].empty())
            continue;
        std::vector<std::int64_t> numbers;
        for (const auto& gates : runs)
            for (unsigned lane = 0; lane < lanes; ++lane)
                numbers.push_back(
                    static_cast<std::int64_t>(number_of(gates, words_[i], lane, netlist_.words[i].is_signed)));
        const auto own = shape_of(numbers);
        if (own && own->odd == shape->odd)
            found.push_back({i, shape->places - own->places});
    }
    std::stable_sort(found.begin(), found.end(), [&](const Candidate& a, const Candidate& b) {
        return netlist_.words[a.word].bits.size() < netlist_.words[b.word].bits.size();
    });
    return found;
}

} // namespace gw::formal
