#include "formal/piece.hpp"

#include <algorithm>

#include "support/error.hpp"

namespace gw::formal {

std::optional<Core> core_of(const Form& form) {
    if (form.is_constant())
        return std::nullopt;
    Core core;
    core.shift = form.shift();
    Form whole = form.moved(form.shift());
    core.constant = whole.constant();
    whole = whole.plus(-core.constant);
    core.places = whole.common_zeros();
    whole = whole.moved(-core.places);
    core.negative = whole.terms().begin()->second < 0;
    core.form = core.negative ? whole.negated() : whole;
    return core;
}

Piece::Piece(const Netlist& netlist, const Meaning& meaning, const Cuts& cuts, LinearForms& linear,
             const std::vector<std::vector<Place>>& words_of, Depth depth)
    : netlist_(netlist), meaning_(meaning), cuts_(cuts), linear_(linear), words_of_(words_of), depth_(depth) {}

bool Piece::is_unknown(NodeId node) const {
    return std::holds_alternative<Input>(meaning_.nodes()[node].body) ||
           (depth_ != Depth::inputs && cuts_.has(node));
}

/// New literals for any number in the range.
Literals Piece::unknown(const Interval& range) {
    Literals bits;
    const int width = width_for(range.low, range.high);
    const bool never_negative = range.low >= 0;
    for (int i = 0; i < width - (never_negative ? 1 : 0); ++i)
        bits.push_back(aig_.input());
    if (never_negative)
        bits.push_back(always_false);
    const auto size = static_cast<std::size_t>(width);
    assumed_.push_back(inverted(below(aig_, bits, constant_bits(range.low, size), true)));
    assumed_.push_back(inverted(below(aig_, constant_bits(range.high, size), bits, true)));
    return bits;
}

/// The sums between the value and the unknowns.
void Piece::collect_sums(const Value& value, std::vector<bool>& seen) {
    if (const auto core = core_of(value.form))
        sums_.try_emplace(core->form);
    for (const auto& [atom, coefficient] : value.form.terms())
        if (!seen[atom.index] && !is_unknown(atom.index)) {
            seen[atom.index] = true;
            for (const Value& operand : operands(meaning_.nodes()[atom.index].body))
                collect_sums(operand, seen);
        }
}

Literal Piece::differs(const Value& value, std::int32_t fraction, const Bits& bits) {
    if (depth_ == Depth::sums) {
        std::vector<bool> seen(meaning_.nodes().size(), false);
        collect_sums(value, seen);
    }
    const Literals actual = netlist_bits(bits); // first, so that the sums it uses become unknowns
    return differ(aig_, resized(number(value, fraction), actual.size()), actual);
}

Literal Piece::differs(const Cut& cut) {
    if (depth_ == Depth::sums) {
        std::vector<bool> seen(meaning_.nodes().size(), false);
        for (const Value& operand : operands(meaning_.nodes()[cut.node].body))
            collect_sums(operand, seen);
    }
    Literals word = netlist_bits(cut.bits);
    if (!cut.is_signed)
        word.push_back(always_false);
    const Literals& expected = node(cut.node);
    return differ(aig_, moved_up(expected, std::max(-cut.places, 0)), moved_up(word, std::max(cut.places, 0)));
}

Solution Piece::solve(Literal differs, Clock::time_point until) const {
    std::vector<Literal> wanted = assumed_;
    wanted.push_back(differs);
    return formal::solve(aig_, wanted, until);
}

std::vector<std::int64_t> Piece::event_of(const Solution& solution, std::size_t inputs) const {
    std::map<std::uint32_t, bool> values; // by gate
    for (std::size_t i = 0; i < solution.inputs.size(); ++i)
        values[aig_.inputs()[i]] = solution.inputs[i];
    std::vector<std::int64_t> event(inputs, 0);
    for (const auto& [id, bits] : nodes_)
        if (const auto* input = std::get_if<Input>(&meaning_.nodes()[id].body)) {
            Int128 mantissa = 0;
            for (std::size_t i = 0; i < bits.size(); ++i)
                if (bits[i] != always_false && values.at(bits[i] >> 1))
                    mantissa += i + 1 == bits.size() ? -(Int128{1} << i) : Int128{1} << i;
            event[input->index] = static_cast<std::int64_t>(mantissa);
        }
    // an element that nothing depends on is 0, or as near as its type comes
    return event;
}

Literals Piece::netlist_bits(const Bits& bits) {
    Literals result;
    for (const Bit bit : bits)
        result.push_back(netlist_bit(bit));
    return result;
}

Literal Piece::netlist_bit(Bit bit) {
    if (bit < first_net)
        return bit == one_bit ? always_true : always_false;
    if (const auto found = bits_.find(bit); found != bits_.end())
        return found->second;
    std::optional<Literal> literal = as_sum(bit);
    if (!literal)
        literal = as_cut(bit);
    if (!literal && netlist_.driver[bit] == Netlist::none)
        literal = aig_.input(); // anything
    if (literal)
        return bits_[bit] = *literal;
    const Cell& cell = netlist_.cells[netlist_.driver[bit]];
    CellInputs inputs{netlist_bits(cell.a), netlist_bits(cell.b), netlist_bits(cell.s), {}};
    if (cell.contents)
        for (const Bits& entry : *cell.contents)
            inputs.contents.push_back(netlist_bits(entry));
    const Literals outputs = cell_outputs(aig_, cell, inputs);
    for (std::size_t i = 0; i < cell.y.size(); ++i)
        bits_.try_emplace(cell.y[i], outputs[i]); // a bit that is part of a cut stays that
    return bits_.at(bit);
}

std::optional<Literal> Piece::as_cut(Bit bit) {
    for (const Place& place : cuts_.at(bit)) {
        const Cut& cut = cuts_[place.index];
        if (!is_unknown(cut.node))
            continue;
        const Literals& bits = node(cut.node);
        const int at = static_cast<int>(place.bit) + cut.places; // of the node's mantissa
        if (at < 0)
            return always_false;
        return bits[std::min(static_cast<std::size_t>(at), bits.size() - 1)];
    }
    return std::nullopt;
}

std::optional<Literal> Piece::as_sum(Bit bit) {
    if (sums_.empty())
        return std::nullopt;
    for (const Place& place : words_of_[bit])
        if (const auto& word = word_as_sum(place.index))
            return (*word)[place.bit];
    return std::nullopt;
}

/// The word's bits as those of a sum of the meaning.
const std::optional<Literals>& Piece::word_as_sum(std::uint32_t index) {
    const auto [place, fresh] = words_as_sums_.try_emplace(index);
    if (!fresh)
        return place->second;
    const Bits& word = netlist_.words[index].bits;
    std::optional<Core> core;
    try {
        core = core_of(linear_.modulo(word));
    } catch (const support::Error& error) {
        if (error.kind() != support::ErrorKind::unsupported)
            throw;
    }
    if (!core || core->places + core->shift > 60)
        return place->second;
    const Literals* sum = sum_of(*core);
    if (sum == nullptr)
        return place->second;
    const std::size_t width = word.size() + static_cast<std::size_t>(core->shift);
    Literals bits = resized(moved_up(*sum, core->places), width);
    if (core->negative)
        bits = difference(aig_, Literals(width, always_false), bits);
    bits = formal::sum(aig_, bits, constant_bits(core->constant, width));
    return place->second = Literals(bits.begin() + core->shift, bits.end());
}

} // namespace gw::formal
