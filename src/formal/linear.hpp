// Words of the netlist as linear forms over nodes of the meaning: the proof of everything that only adds.
#pragma once

#include <map>
#include <optional>

#include "formal/cuts.hpp"

namespace gw::formal {

class LinearForms {
  public:
    LinearForms(const Netlist& netlist, const Meaning& meaning, const Cuts& cuts);

    /// Congruent to the word's number modulo 2^(its bits).
    Form modulo(const Bits& bits);
    /// Equal to the word's number; none where it cannot be shown that the form never leaves the word.
    std::optional<Form> exact(const Bits& bits, bool is_signed);
    /// Cuts were added: what was derived from less is forgotten.
    void forget() { known_.clear(); }

  private:
    /// A word as others see it.
    struct Known {
        Form modulo;
        std::optional<Form> as_unsigned, as_signed; ///< exactly
        Form top;                                   ///< the last bit
    };
    /// Part of an operand that is part of a word.
    struct Run {
        const Bits* word = nullptr;
        std::size_t from = 0, count = 0, copies = 0; ///< of the sign, above
        Known known;
    };

    fixed::Interval range(Atom atom) const;
    Known of_form(Form form, const Bits& bits);
    void complete(Known& known, const Bits& bits);
    Form bit_form(Bit bit);
    const Cut* cut_of(const Bits& bits) const;
    const Known& of_cell(std::uint32_t cell);
    Known derived(std::uint32_t cell);
    Form times(const Form& a, const Form& b, std::uint32_t cell) const;
    Known of_cut(const Cut& cut);
    Run longest_run(const Bits& bits, std::size_t at);
    Form contribution(const Run& run, std::size_t at, std::size_t width);
    Form low_bits(const Run& run);

    const Netlist& netlist_;
    const Meaning& meaning_;
    const Cuts& cuts_;
    std::map<std::uint32_t, Known> known_; ///< of cells
};

} // namespace gw::formal
