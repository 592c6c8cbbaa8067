// Linear forms: (sum of coefficient * atom + constant) / 2^shift, exact integers. The algebra by which sums are proved.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "fixed/interval.hpp"

namespace gw::formal {

/// What a form counts as one unknown integer.
struct Atom {
    enum class Kind : std::uint8_t {
        node, ///< of the meaning: its mantissa
        bit,  ///< of the netlist: 0 or 1
        word  ///< a cell's output in the netlist, unsigned
    };
    Kind kind = Kind::node;
    std::uint32_t index = 0;
    friend auto operator<=>(const Atom&, const Atom&) = default;
};

/// Throws support::Error (unsupported) where a coefficient would pass 2^120.
class Form {
  public:
    Form() = default;
    explicit Form(fixed::Int128 constant) : constant_(constant) {}
    explicit Form(Atom atom) { terms_[atom] = 1; }

    const std::map<Atom, fixed::Int128>& terms() const { return terms_; }
    fixed::Int128 constant() const { return constant_; }
    int shift() const { return shift_; }
    bool is_constant() const { return terms_.empty(); }

    /// += other * factor
    void add(const Form& other, fixed::Int128 factor = 1);
    /// Times 2^places; places may be negative.
    Form moved(int places) const;
    Form plus(fixed::Int128 constant) const;
    Form negated() const;

    /// Power of two that divides all coefficients but the constant; none without terms.
    int common_zeros() const;
    /// The integers that it can be.
    fixed::Interval range(const std::function<fixed::Interval(Atom)>& of) const;

    friend auto operator<=>(const Form&, const Form&) = default;

  private:
    void raise(int shift);
    void reduce();

    std::map<Atom, fixed::Int128> terms_;
    fixed::Int128 constant_ = 0;
    int shift_ = 0;
};

/// Whether both are integers congruent modulo 2^bits, whatever the atoms are: all coefficients are.
bool congruent(const Form& a, const Form& b, int bits);

} // namespace gw::formal
