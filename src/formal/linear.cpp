// A word of w bits that an adder makes is A + B modulo 2^w. An operand is put together from runs of other words' bits,
// with zeros below and copies of the sign above. A run that begins above a word's bit 0 is that word rounded down,
// which is not linear; but word = 2^i * (run from bit i) + (bits below i), so the run is (word - bits below i) / 2^i,
// with those bits as unknowns of their own. Where the netlist lets the same bits pass by the adder, they cancel. What a
// form can be at most and at least is known from the nodes' ranges; where that fits the word, the word is equal to the
// form and not only congruent. A word's last bit is then no unknown: it is what the form and the bits below it say, and
// is written so wherever it stands, or the same value would have two forms.
#include "formal/linear.hpp"

#include <algorithm>

#include "support/error.hpp"

namespace gw::formal {
namespace {

Int128 power(std::size_t exponent) {
    if (exponent > 120)
        throw support::unsupported("a word of more than 120 bits");
    return Int128{1} << exponent;
}

Form bit_atom(Bit bit) {
    return bit < first_net ? Form(Int128{bit}) : Form(Atom{Atom::Kind::bit, bit});
}

std::size_t run_length(const Bits& bits, std::size_t at, const Bits& word, std::size_t from) {
    std::size_t count = 0;
    while (at + count < bits.size() && from + count < word.size() && bits[at + count] == word[from + count])
        ++count;
    return count;
}

Bits extended(Bits bits, std::size_t width, bool is_signed) {
    bits.resize(width, is_signed && !bits.empty() ? bits.back() : zero_bit);
    return bits;
}

} // namespace

LinearForms::LinearForms(const Netlist& netlist, const Meaning& meaning, const Cuts& cuts)
    : netlist_(netlist), meaning_(meaning), cuts_(cuts) {}

fixed::Interval LinearForms::range(Atom atom) const {
    switch (atom.kind) {
    case Atom::Kind::node: {
        const Interval& own = meaning_.nodes()[atom.index].range;
        return {own.low, own.high, 0};
    }
    case Atom::Kind::bit:
        return {0, 1, 0};
    case Atom::Kind::word:
        return {0, power(netlist_.cells[atom.index].y.size()) - 1, 0};
    }
    throw support::internal_error("an atom of no kind", "formal");
}

/// Where the form, moved by a multiple of 2^width, always lies in the word's range, it is the word's number.
LinearForms::Known LinearForms::of_form(Form form, const Bits& bits) {
    const Int128 modulus = power(bits.size());
    const auto of = [&](Atom atom) { return range(atom); };
    const Interval all = form.range(of);
    const auto within = [&](Int128 lowest) -> std::optional<Form> {
        const Int128 distance = lowest - all.low; // the least multiple that lifts `low` to `lowest` or above
        const Int128 turns = distance / modulus + (distance % modulus > 0 ? 1 : 0);
        if (all.high + turns * modulus >= lowest + modulus)
            return std::nullopt;
        return form.plus(turns * modulus);
    };
    return {form, within(0), within(-modulus / 2), {}};
}

/// The last bit, and from it the number in the other notation.
void LinearForms::complete(Known& known, const Bits& bits) {
    const Int128 half = power(bits.size() - 1);
    Form low;
    for (std::size_t i = 0; i + 1 < bits.size(); ++i)
        low.add(bit_atom(bits[i]), power(i));
    if (known.as_signed && known.as_unsigned) { // it is constant
        known.top = *known.as_unsigned;
        known.top.add(*known.as_signed, -1);
        known.top = known.top.moved(-static_cast<int>(bits.size()));
    } else if (known.as_signed) {
        low.add(*known.as_signed, -1);
        known.top = low.moved(1 - static_cast<int>(bits.size()));
    } else {
        known.top = *known.as_unsigned;
        known.top.add(low, -1);
        known.top = known.top.moved(1 - static_cast<int>(bits.size()));
    }
    if (!known.as_signed) {
        known.as_signed = *known.as_unsigned;
        known.as_signed->add(known.top, -2 * half);
    }
    if (!known.as_unsigned) {
        known.as_unsigned = *known.as_signed;
        known.as_unsigned->add(known.top, 2 * half);
    }
}

Form LinearForms::bit_form(Bit bit) {
    if (bit < first_net || netlist_.driver[bit] == Netlist::none)
        return bit_atom(bit);
    const std::uint32_t cell = netlist_.driver[bit];
    return netlist_.cells[cell].y.back() == bit ? of_cell(cell).top : bit_atom(bit);
}

LinearForms::Known LinearForms::of_cut(const Cut& cut) {
    const Form form = Form(Atom{Atom::Kind::node, cut.node}).moved(-cut.places);
    Known known = of_form(form, cut.bits);
    (cut.is_signed ? known.as_signed : known.as_unsigned) = form; // proved, whatever the ranges say
    known.top = bit_form(cut.bits.back());
    return known;
}

/// The last of the cuts that are just these bits.
const Cut* LinearForms::cut_of(const Bits& bits) const {
    const Cut* last = nullptr;
    for (const Place& place : cuts_.at(bits.front()))
        if (const Cut& cut = cuts_[place.index]; cut.bits == bits && (last == nullptr || cut.node > last->node))
            last = &cut;
    return last;
}

Form LinearForms::times(const Form& a, const Form& b, std::uint32_t cell) const {
    for (const auto& [one, other] : {std::pair(&a, &b), std::pair(&b, &a)})
        if (one->is_constant() && one->shift() == 0) {
            Form result;
            result.add(*other, one->constant());
            return result;
        }
    if (const auto found = meaning_.find_product(a, b))
        return *found;
    return Form(Atom{Atom::Kind::word, cell});
}

LinearForms::Known LinearForms::derived(std::uint32_t index) {
    const Cell& cell = netlist_.cells[index];
    const std::size_t width = cell.y.size();
    if (const Cut* cut = cut_of(cell.y)) {
        const Form form = Form(Atom{Atom::Kind::node, cut->node}).moved(-cut->places);
        Known known = of_form(form, cell.y);
        (cut->is_signed ? known.as_signed : known.as_unsigned) = form;
        return known;
    }
    if (cell.kind != CellKind::add && cell.kind != CellKind::sub && cell.kind != CellKind::mul)
        return of_form(Form(Atom{Atom::Kind::word, index}), cell.y);
    Form form = modulo(extended(cell.a, width, cell.is_signed));
    const Form other = modulo(extended(cell.b, width, cell.is_signed));
    if (cell.kind == CellKind::mul)
        form = times(form, other, index);
    else
        form.add(other, cell.kind == CellKind::sub ? -1 : 1);
    return of_form(std::move(form), cell.y);
}

const LinearForms::Known& LinearForms::of_cell(std::uint32_t index) {
    if (const auto found = known_.find(index); found != known_.end())
        return found->second;
    const Bits& bits = netlist_.cells[index].y;
    const Form opaque(Atom{Atom::Kind::word, index});
    Known known;
    try {
        known = derived(index);
        if (!known.as_unsigned && !known.as_signed)
            known.as_unsigned = opaque;
        complete(known, bits);
    } catch (const support::Error& error) {
        if (error.kind() != support::ErrorKind::unsupported || bits.size() > 100)
            throw;
        known = of_form(opaque, bits); // too wide for the algebra: an unknown of its own
        complete(known, bits);
    }
    return known_.emplace(index, std::move(known)).first->second;
}

/// Of all words that hold the bit, the one that goes on longest; a cut rather than a cell, and the last node rather
/// than one that it was made of.
LinearForms::Run LinearForms::longest_run(const Bits& bits, std::size_t at) {
    Run best;
    std::uint32_t cut = Netlist::none;
    for (const Place& place : cuts_.at(bits[at])) {
        const Bits& word = cuts_[place.index].bits;
        const std::size_t count = run_length(bits, at, word, place.bit);
        const bool later = cut != Netlist::none && cuts_[place.index].node > cuts_[cut].node;
        if (count > best.count || (count == best.count && later)) {
            best = {&word, place.bit, count, 0, {}};
            cut = place.index;
        }
    }
    const std::uint32_t driver = netlist_.driver[bits[at]];
    if (driver != Netlist::none) {
        const Bits& word = netlist_.cells[driver].y;
        const auto from = static_cast<std::size_t>(std::find(word.begin(), word.end(), bits[at]) - word.begin());
        const std::size_t count = run_length(bits, at, word, from);
        if (count > best.count) {
            best = {&word, from, count, 0, of_cell(driver)};
            cut = Netlist::none;
        }
    }
    if (cut != Netlist::none)
        best.known = of_cut(cuts_[cut]);
    if (best.word != nullptr && best.from + best.count == best.word->size())
        while (at + best.count + best.copies < bits.size() && bits[at + best.count + best.copies] == best.word->back())
            ++best.copies;
    return best;
}

/// The bits below the run, as a number: known where the form is a multiple of a power of two.
Form LinearForms::low_bits(const Run& run) {
    Form low;
    const int zeros = run.known.modulo.shift() == 0 ? run.known.modulo.common_zeros() : 0;
    const std::size_t fixed_bits = std::min(run.from, static_cast<std::size_t>(std::max(zeros, 0)));
    const Int128 modulus = power(fixed_bits);
    low.add(Form(((run.known.modulo.constant() % modulus) + modulus) % modulus));
    for (std::size_t i = fixed_bits; i < run.from; ++i)
        low.add(bit_form((*run.word)[i]), power(i));
    return low;
}

/// What the run and the copies above it add to an operand of `width` bits.
Form LinearForms::contribution(const Run& run, std::size_t at, std::size_t width) {
    const std::size_t top = at + run.count + run.copies;
    const bool whole = run.from + run.count == run.word->size();
    const auto scaled = [&](Form form) {
        form.add(low_bits(run), -1);
        return form.moved(static_cast<int>(at) - static_cast<int>(run.from));
    };
    if (top == width && run.copies == 0)
        return scaled(run.known.modulo);
    if (whole && run.copies == 0 && run.known.as_unsigned)
        return scaled(*run.known.as_unsigned);
    if (whole && run.known.as_signed) {
        Form form = scaled(*run.known.as_signed);
        if (top < width)
            form.add(run.known.top, power(top));
        return form;
    }
    Form form;
    for (std::size_t i = 0; i < run.count + run.copies; ++i)
        form.add(bit_form((*run.word)[std::min(run.from + i, run.word->size() - 1)]), power(at + i));
    return form;
}

Form LinearForms::modulo(const Bits& bits) {
    Form form;
    for (std::size_t at = 0; at < bits.size();) {
        if (bits[at] < first_net) {
            form.add(Form(bits[at] == one_bit ? power(at) : 0));
            ++at;
            continue;
        }
        const Run run = longest_run(bits, at);
        if (run.word == nullptr) { // driven by nothing
            form.add(bit_atom(bits[at]), power(at));
            ++at;
            continue;
        }
        form.add(contribution(run, at, bits.size()));
        at += run.count + run.copies;
    }
    return form;
}

std::optional<Form> LinearForms::exact(const Bits& bits, bool is_signed) {
    const Known known = of_form(modulo(bits), bits);
    return is_signed ? known.as_signed : known.as_unsigned;
}

} // namespace gw::formal
