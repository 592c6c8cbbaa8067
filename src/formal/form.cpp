#include "formal/form.hpp"

#include <algorithm>

#include "support/error.hpp"

namespace gw::formal {

using fixed::Int128;
using fixed::UInt128;

namespace {

constexpr int widest = 120;

int zeros_of(Int128 value) {
    int zeros = 0;
    for (; value % 2 == 0; value /= 2)
        ++zeros;
    return zeros;
}

Int128 checked(Int128 value) {
    if (fixed::magnitude_bits(value) > widest)
        throw support::unsupported("a coefficient of more than 120 bits");
    return value;
}

Int128 times(Int128 a, Int128 b) {
    if (fixed::magnitude_bits(a) + fixed::magnitude_bits(b) > widest)
        throw support::unsupported("a coefficient of more than 120 bits");
    return a * b;
}

Int128 shifted_up(Int128 a, int places) {
    if (a != 0 && fixed::magnitude_bits(a) + places > widest)
        throw support::unsupported("a coefficient of more than 120 bits");
    return static_cast<Int128>(static_cast<UInt128>(a) << std::min(places, 127));
}

Int128 floor_shift(Int128 a, int places) {
    return a >> std::min(places, 127);
}

} // namespace

void Form::raise(int shift) {
    const int by = shift - shift_;
    if (by <= 0)
        return;
    for (auto& [atom, coefficient] : terms_)
        coefficient = shifted_up(coefficient, by);
    constant_ = shifted_up(constant_, by);
    shift_ = shift;
}

void Form::reduce() {
    std::erase_if(terms_, [](const auto& term) { return term.second == 0; });
    if (shift_ == 0)
        return;
    int zeros = constant_ == 0 ? shift_ : std::min(shift_, zeros_of(constant_));
    for (const auto& [atom, coefficient] : terms_)
        zeros = std::min(zeros, zeros_of(coefficient));
    if (zeros == 0)
        return;
    for (auto& [atom, coefficient] : terms_)
        coefficient >>= zeros;
    constant_ >>= zeros;
    shift_ -= zeros;
}

void Form::add(const Form& other, Int128 factor) {
    raise(other.shift_);
    const int up = shift_ - other.shift_;
    for (const auto& [atom, coefficient] : other.terms_) {
        Int128& own = terms_[atom];
        own = checked(own + shifted_up(times(coefficient, factor), up));
    }
    constant_ = checked(constant_ + shifted_up(times(other.constant_, factor), up));
    reduce();
}

Form Form::moved(int places) const {
    Form result = *this;
    if (places >= 0) {
        for (auto& [atom, coefficient] : result.terms_)
            coefficient = shifted_up(coefficient, places);
        result.constant_ = shifted_up(constant_, places);
    } else {
        result.shift_ -= places;
    }
    result.reduce();
    return result;
}

Form Form::plus(Int128 constant) const {
    Form result = *this;
    result.add(Form(constant));
    return result;
}

Form Form::negated() const {
    Form result;
    result.add(*this, -1);
    return result;
}

int Form::common_zeros() const {
    int zeros = widest;
    for (const auto& [atom, coefficient] : terms_)
        zeros = std::min(zeros, zeros_of(coefficient));
    return zeros - shift_;
}

fixed::Interval Form::range(const std::function<fixed::Interval(Atom)>& of) const {
    Int128 low = constant_, high = constant_;
    for (const auto& [atom, coefficient] : terms_) {
        const fixed::Interval values = of(atom);
        const Int128 a = times(values.low, coefficient), b = times(values.high, coefficient);
        low = checked(low + std::min(a, b));
        high = checked(high + std::max(a, b));
    }
    // of an integer: rounded inwards
    return {-floor_shift(-low, shift_), floor_shift(high, shift_), 0};
}

bool congruent(const Form& a, const Form& b, int bits) {
    Form rest = a;
    rest.add(b, -1);
    if (rest.shift() != 0)
        return false;
    const auto vanishes = [&](Int128 value) { return bits < 127 && value % (Int128{1} << bits) == 0; };
    return (rest.constant() == 0 || vanishes(rest.constant())) &&
           std::all_of(rest.terms().begin(), rest.terms().end(),
                       [&](const auto& term) { return vanishes(term.second); });
}

} // namespace gw::formal
