#include "datapath/cmvm_nodes.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace gw::datapath {

namespace {

Interval joined(const Step& step, const Interval& a, const Interval& b) {
    const Interval moved = fixed::shifted(b, step.shift);
    switch (step.kind) {
    case Add::Kind::a_plus_b:
        return a + moved;
    case Add::Kind::a_minus_b:
        return a - moved;
    case Add::Kind::b_minus_a:
        return moved - a;
    }
    return {};
}

/// The range where no product can come near 128 bits, which local search asks for millions of times; else none.
std::optional<Interval> range_of_small(const LinearForm& form, const std::vector<Source>& inputs) {
    constexpr Int128 most_coefficient = Int128{1} << 60, most_value = Int128{1} << 32;
    constexpr std::int32_t most_spread = 20;
    std::optional<std::int32_t> finest, coarsest; // fraction bits of the terms without their zeros
    for (const auto& [input, coefficient] : form) {
        const Interval& range = inputs[input].range;
        if (coefficient > most_coefficient || coefficient < -most_coefficient || range.high > most_value ||
            range.low < -most_value) {
            return std::nullopt;
        }
        const std::int32_t fraction =
            range.fraction - std::countr_zero(static_cast<std::uint64_t>(static_cast<std::int64_t>(coefficient)));
        finest = std::max(finest.value_or(fraction), fraction);
        coarsest = std::min(coarsest.value_or(range.fraction), range.fraction);
    }
    if (!finest || std::abs(*finest - *coarsest) > most_spread || form.size() > 1024) {
        return std::nullopt;
    }
    Interval sum{0, 0, *finest};
    for (const auto& [input, coefficient] : form) {
        const Interval& range = inputs[input].range;
        const std::int32_t shift = *finest - range.fraction;
        // Where the shift is down, the bits that go are zeros of the coefficient.
        const auto weight = static_cast<std::int64_t>(coefficient);
        const Int128 factor = shift >= 0 ? Int128{weight} * (Int128{1} << shift) : Int128{weight >> -shift};
        sum.low += factor * (weight < 0 ? range.high : range.low);
        sum.high += factor * (weight < 0 ? range.low : range.high);
    }
    return sum;
}

} // namespace

LinearForm combined(const LinearForm& x, bool x_negative, const LinearForm& y, std::int32_t shift, bool y_negative) {
    LinearForm sum;
    sum.reserve(x.size() + y.size());
    auto push = [&](std::uint32_t input, Int128 coefficient) {
        if (coefficient != 0) {
            sum.emplace_back(input, coefficient);
        }
    };
    const Int128 x_factor = x_negative ? -1 : 1;
    const Int128 y_factor = (y_negative ? Int128{-1} : Int128{1}) * (Int128{1} << shift);
    std::size_t i = 0, j = 0;
    while (i < x.size() || j < y.size()) {
        if (j == y.size() || (i < x.size() && x[i].first < y[j].first)) {
            push(x[i].first, x[i].second * x_factor);
            ++i;
        } else if (i == x.size() || y[j].first < x[i].first) {
            push(y[j].first, y[j].second * y_factor);
            ++j;
        } else {
            push(x[i].first, x[i].second * x_factor + y[j].second * y_factor);
            ++i, ++j;
        }
    }
    return sum;
}

std::optional<Interval> range_of(const LinearForm& form, const std::vector<Source>& inputs) {
    if (const auto small = range_of_small(form, inputs)) {
        return small;
    }
    std::optional<Interval> range;
    for (auto [input, coefficient] : form) {
        std::int32_t zeros = 0; // low bits known to be zero are not carried along
        for (; coefficient % 2 == 0; coefficient /= 2) {
            ++zeros;
        }
        const Interval term = fixed::scaled(inputs[input].range, coefficient, -zeros);
        range = range ? *range + term : term;
    }
    return range;
}

std::uint64_t carry_bits(std::int32_t a, std::int32_t b, Add::Kind kind, const Interval& sum) {
    const bool finer_is_subtracted = (a < b && kind == Add::Kind::b_minus_a) || (b < a && kind == Add::Kind::a_minus_b);
    const std::int32_t from = finer_is_subtracted ? std::min(a, b) : std::max(a, b);
    const std::int32_t to = top(sum) + (sum.low < 0 ? 0 : 1); // a carry chain is signed
    return static_cast<std::uint64_t>(std::max(1, to - from));
}

std::int32_t top(const Interval& range) {
    const int below = range.low < 0 ? fixed::magnitude_bits(range.low + 1) + 1 : 0;
    const int above = range.high > 0 ? fixed::magnitude_bits(range.high) + (range.low < 0 ? 1 : 0) : 0;
    return std::max(below, above) - range.fraction;
}

std::optional<Interval> cut_range(const Interval& range, std::int32_t modulus) {
    const FixedType type{modulus + range.fraction, range.fraction};
    if (type.width > 64) {
        return std::nullopt;
    }
    if (type.width <= 0) {
        return Interval::point(0, range.fraction); // all bits lie above the modulus
    }
    if (fixed::fits(range, type)) {
        return std::nullopt;
    }
    return Interval::of(type);
}

CmvmNodes::CmvmNodes(const CmvmProblem& problem) : problem_(problem) {
    for (std::uint32_t i = 0; i < problem.inputs.size(); ++i) {
        push({problem.inputs[i].range, 0, problem.inputs[i].depth, true, {{i, 1}}, {}});
    }
    for (std::size_t column = 0; column < problem.columns; ++column) {
        first_addend_.push_back(static_cast<std::uint32_t>(values_.size()));
        if (!problem.addends.empty()) {
            for (const Source& addend : problem.addends[column]) {
                push({addend.range, 0, addend.depth, true, {}, addend.range});
            }
        }
    }
}

void CmvmNodes::push(Value value) {
    value.top = datapath::top(value.range);
    values_.push_back(std::move(value));
}

CmvmNodes::Value CmvmNodes::sum(const Step& step) const {
    const Value &a = values_[step.a], &b = values_[step.b];
    Value value;
    value.depth = std::max(a.depth, b.depth) + 1;
    value.is_linear = a.is_linear && b.is_linear;
    if (!value.is_linear) {
        value.range = joined(step, a.range, b.range);
        return value;
    }
    value.form =
        combined(a.form, step.kind == Add::Kind::b_minus_a, b.form, step.shift, step.kind == Add::Kind::a_minus_b);
    if (a.rest && b.rest) {
        value.rest = joined(step, *a.rest, *b.rest);
    } else if (a.rest) {
        value.rest = step.kind == Add::Kind::b_minus_a ? -*a.rest : *a.rest;
    } else if (b.rest) {
        const Interval moved = fixed::shifted(*b.rest, step.shift);
        value.rest = step.kind == Add::Kind::a_minus_b ? -moved : moved;
    }
    const auto linear = range_of(value.form, problem_.inputs);
    value.range = linear && value.rest ? *linear + *value.rest
                  : linear             ? *linear
                  : value.rest         ? *value.rest
                                       : Interval::point(0, 0);
    return value;
}

Term CmvmNodes::join(Term x, Term y, const std::optional<std::int32_t>& modulus) {
    if (y.shift < x.shift || (y.shift == x.shift && y.node < x.node)) {
        std::swap(x, y);
    }
    Step step{x.node, y.node, y.shift - x.shift, Add::Kind::a_plus_b, {}, {}, 0};
    Term result{static_cast<std::uint32_t>(values_.size()), x.shift, x.negative && y.negative};
    if (x.negative != y.negative) {
        step.kind = x.negative ? Add::Kind::b_minus_a : Add::Kind::a_minus_b;
    }
    Value value = sum(step);
    if (modulus) {
        if (const auto cut = cut_range(value.range, *modulus - x.shift)) {
            step.modulus = *modulus - x.shift;
            value.range = *cut;
            value.is_linear = false;
            value.form.clear();
            value.rest.reset();
        }
    }
    step.range = value.range;
    step.depth = value.depth;
    push(std::move(value));
    steps_.push_back(step);
    return result;
}

std::uint64_t CmvmNodes::adder_bits(const Step& step) const {
    return carry_bits(lsb(step.a), lsb(step.b) + step.shift, step.kind, step.range);
}

} // namespace gw::datapath
