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
    return std::holds_alternative<Input>(meaning_.nodes()[node].body) || (depth_ != Depth::inputs && cuts_.has(node));
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

/// The sums behind the value, through one cut and no farther.
void Piece::collect_sums(const Value& value, unsigned cuts_between, std::vector<bool>& seen) {
    if (const auto core = core_of(value.form))
        sums_.try_emplace(core->form, Sum{{}, cuts_between > 0});
    for (const auto& [atom, coefficient] : value.form.terms()) {
        const unsigned more = is_unknown(atom.index) ? 1 : 0;
        if (seen[atom.index] || cuts_between + more > 1)
            continue;
        seen[atom.index] = true;
        for (const Value& operand : operands(meaning_.nodes()[atom.index].body))
            collect_sums(operand, cuts_between + more, seen);
    }
}

/// Nodes before all that the netlist has used cannot depend on it: there the meaning need go no farther.
void Piece::note_lowest() {
    lowest_ = static_cast<NodeId>(meaning_.nodes().size());
    for (const auto& [id, bits] : nodes_)
        lowest_ = std::min(lowest_, id);
    for (const auto& [form, sum] : sums_)
        if (!sum.bits.empty())
            for (const auto& [atom, coefficient] : form.terms())
                lowest_ = std::min(lowest_, atom.index);
}

/// Whether the meaning takes the node as it is.
bool Piece::is_known(NodeId node) const {
    return is_unknown(node) && (node < lowest_ || std::holds_alternative<Input>(meaning_.nodes()[node].body));
}

Literal Piece::differs(const Value& value, std::int32_t fraction, const Bits& bits) {
    if (depth_ == Depth::sums) {
        std::vector<bool> seen(meaning_.nodes().size(), false);
        collect_sums(value, 0, seen);
    }
    const Literals actual = netlist_bits(bits);
    note_lowest();
    return differ(aig_, resized(number(value, fraction), actual.size()), actual);
}

Literal Piece::differs(const Cut& cut) {
    if (depth_ == Depth::sums) {
        std::vector<bool> seen(meaning_.nodes().size(), false);
        for (const Value& operand : operands(meaning_.nodes()[cut.node].body))
            collect_sums(operand, 0, seen);
    }
    Literals word = netlist_bits(cut.bits);
    if (!cut.is_signed)
        word.push_back(always_false);
    note_lowest();
    const Literals& expected = node(cut.node);
    return differ(aig_, moved_up(expected, std::max(-cut.places, 0)), moved_up(word, std::max(cut.places, 0)));
}

Solution Piece::solve(Literal differs, Clock::time_point until, Undriven undriven) const {
    std::vector<Literal> wanted = assumed_;
    if (undriven == Undriven::zero)
        for (const Literal bit : undriven_)
            wanted.push_back(inverted(bit));
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
    std::optional<Literal> literal = as_sum(bit, false);
    if (!literal)
        literal = as_cut(bit);
    if (!literal)
        literal = as_sum(bit, true);
    if (!literal && netlist_.driver[bit] == Netlist::none)
        undriven_.push_back(*(literal = aig_.input()));
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

/// As the last of the nodes that it is a bit of: the others are what that one was made of.
std::optional<Literal> Piece::as_cut(Bit bit) {
    const Cut* last = nullptr;
    std::uint32_t position = 0;
    for (const Place& place : cuts_.at(bit)) {
        const Cut& cut = cuts_[place.index];
        if (is_unknown(cut.node) && (last == nullptr || cut.node > last->node)) {
            last = &cut;
            position = place.bit;
        }
    }
    if (last == nullptr)
        return std::nullopt;
    const int at = static_cast<int>(position) + last->places; // of the node's mantissa
    if (at < 0)
        return always_false;
    const Literals& bits = used(last->node);
    return bits[std::min(static_cast<std::size_t>(at), bits.size() - 1)];
}

std::optional<Literal> Piece::as_sum(Bit bit, bool beyond_cuts) {
    if (sums_.empty())
        return std::nullopt;
    for (const Place& place : words_of_[bit])
        if (const auto& word = word_as_sum(place.index); word && (beyond_cuts || !word->beyond_cuts))
            return word->bits[place.bit];
    return std::nullopt;
}

/// A sum of the meaning that is the word's modulo 2^bits, but for its constant.
std::optional<Core> Piece::congruent_core(const Core& word, int bits) const {
    constexpr int most_places = 4;
    const Form own = (word.negative ? word.form.negated() : word.form).moved(word.places);
    for (const auto& [form, sum] : sums_)
        for (int places = 0; places <= most_places; ++places)
            for (const bool negative : {false, true})
                if (congruent(own, (negative ? form.negated() : form).moved(places), bits))
                    return Core{form, negative, places, word.constant, 0};
    return std::nullopt;
}

/// The word's bits as those of a sum of the meaning.
const std::optional<Piece::WordAsSum>& Piece::word_as_sum(std::uint32_t index) {
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
    const Sum* sum = sum_of(*core);
    if (sum == nullptr && core->shift == 0) { // a sum that wraps may have lost the bits that do not count
        core = congruent_core(*core, static_cast<int>(word.size()));
        sum = core ? sum_of(*core) : nullptr;
    }
    if (sum == nullptr)
        return place->second;
    const std::size_t width = word.size() + static_cast<std::size_t>(core->shift);
    Literals bits = resized(moved_up(sum->bits, core->places), width);
    if (core->negative)
        bits = difference(aig_, Literals(width, always_false), bits);
    bits = formal::sum(aig_, bits, constant_bits(core->constant, width));
    return place->second = WordAsSum{{bits.begin() + core->shift, bits.end()}, sum->beyond_cuts};
}

} // namespace gw::formal
