// Quantisers with any scale, zero point and rounding: the multiplier in front of them against the rational number it
// stands for, and the network against the model in floating point, value by value.
#include <random>

#include <gtest/gtest.h>

#include "emulate/emulator.hpp"
#include "floating/evaluate.hpp"
#include "quantize/exact/multiplier.hpp"
#include "quantize/quantize.hpp"

namespace gw::quantize {
namespace {

using fixed::FixedType;
using fixed::Int128;
using Rounding = import::Quantise::Rounding;

constexpr fixed::Rounding all_roundings[] = {
    fixed::Rounding::trn,         fixed::Rounding::trn_zero, fixed::Rounding::rnd,     fixed::Rounding::rnd_zero,
    fixed::Rounding::rnd_min_inf, fixed::Rounding::rnd_inf,  fixed::Rounding::rnd_conv};

/// numerator / denominator rounded, by the rules' own words; denominator > 0.
Int128 rounded(Int128 numerator, Int128 denominator, fixed::Rounding type, Rounding rounding) {
    Int128 floor = numerator / denominator;
    if (numerator % denominator != 0 && numerator < 0)
        --floor;
    const Int128 rest = numerator - floor * denominator;
    if (rest == 0)
        return floor;
    const bool negative = numerator < 0;
    if (rounding != Rounding::of_type)
        return rounding == Rounding::up || !negative ? floor + 1 : floor;
    if (type == fixed::Rounding::trn)
        return floor;
    if (type == fixed::Rounding::trn_zero)
        return negative ? floor + 1 : floor;
    if (2 * rest != denominator)
        return 2 * rest > denominator ? floor + 1 : floor;
    switch (type) {
    case fixed::Rounding::rnd:
        return floor + 1;
    case fixed::Rounding::rnd_zero:
        return negative ? floor + 1 : floor;
    case fixed::Rounding::rnd_inf:
        return negative ? floor : floor + 1;
    case fixed::Rounding::rnd_conv:
        return floor % 2 == 0 ? floor : floor + 1;
    default:
        return floor;
    }
}

struct Trial {
    std::int64_t unit, scale; ///< in 2^-8
    std::int64_t zero;
    int fraction; ///< of the input
    fixed::Rounding type;
    Rounding rounding;
};

/// The code of mantissa * 2^-fraction * unit / scale + zero, times `factor` / `divisor` where these stand for the
/// ratio.
Int128 code(const Trial& trial, std::int64_t mantissa, Int128 numerator, Int128 denominator) {
    const Int128 below = denominator << trial.fraction;
    const Int128 value = rounded(mantissa * numerator + trial.zero * below, below, trial.type, trial.rounding);
    return std::clamp<Int128>(value, -8, 7);
}

TEST(Multiplier, EveryMantissaGetsTheCodeOfTheRatioItself) {
    std::mt19937 random(4);
    const auto draw = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };
    std::size_t divided = 0, multiplied = 0;
    for (int trial_number = 0; trial_number < 600; ++trial_number) {
        const bool few = draw(0, 1) == 0;
        const Trial trial{few ? draw(1, 12) : draw(1, 4000), few ? draw(1, 12) : draw(1, 4000), draw(-3, 3), draw(0, 5),
                          all_roundings[draw(0, 6)],         static_cast<Rounding>(draw(0, 2))};
        const exact::Quotient quotient{static_cast<double>(trial.unit) / 256,
                                       static_cast<double>(trial.scale) / 256,
                                       static_cast<double>(trial.zero),
                                       trial.type,
                                       0,
                                       -8,
                                       7};
        const auto made = exact::multiplier_of({quotient}, trial.rounding, -300, 300, trial.fraction, 61);
        ASSERT_TRUE(made.proven);
        ++(made.divisor ? divided : multiplied);
        Int128 numerator = made.factor.raw.front();
        Int128 denominator = made.divisor ? made.divisor->raw.front() : 1;
        const int bits = made.factor.type.fraction;
        (bits >= 0 ? denominator : numerator) <<= std::abs(bits);
        for (std::int64_t m = -300; m <= 300; ++m)
            ASSERT_EQ(static_cast<std::int64_t>(code(trial, m, trial.unit, trial.scale)),
                      static_cast<std::int64_t>(code(trial, m, numerator, denominator)))
                << "mantissa " << m << " unit " << trial.unit << " scale " << trial.scale << " zero " << trial.zero;
    }
    EXPECT_GT(divided, 10U);
    EXPECT_GT(multiplied, 100U);
}

/// Values of 8 bits, four fraction bits, in a shape of [2, 3], and a quantiser of them.
import::Graph quantiser_graph(import::Quantise body){import::Graph graph;
graph.file = "quantiser";
const auto x = graph.add({"x", {}, {2, 3}, import::Input{}});
const auto grid = graph.add({"grid", {x}, {2, 3}, import::Quantise{{fixed::ap_fixed(8, 4)}}});
graph.inputs = {x};
graph.outputs = {graph.add({"q", {grid}, {2, 3}, std::move(body)})};
return graph;
} // namespace

void expect_same_values(const import::Graph& graph, const std::string& what) {
    const network::Network network = quantize(graph, {}).network;
    std::vector<double> inputs;
    for (int m = -128; m < 128; ++m)
        for (int k = 0; k < 6; ++k)
            inputs.push_back(m / 16.0);
    std::vector<double> exact(inputs.size());
    emulate::Emulator(network, {1}).predict(inputs, exact);
    for (std::size_t event = 0; event < 256; ++event) {
        const auto wanted = floating::evaluate(graph, std::span(inputs).subspan(event * 6, 6));
        for (std::size_t k = 0; k < 6; ++k)
            ASSERT_EQ(exact[event * 6 + k], wanted[k]) << what << ", input " << inputs[event * 6] << " element " << k;
    }
}

import::FloatArray numbers(const import::Shape& shape,
                           std::vector<double> values){return {shape, std::move(values), {}, {}};
} // namespace gw::quantize

TEST(Quantiser, EveryRoundingZeroPointAndScaleGivesTheModelsValues) {
    const std::vector<import::FloatArray> scales{numbers({}, {0.25}), numbers({}, {0.75}),
                                                 numbers({3}, {0.5, 0.3125, 1.5}), numbers({2, 1}, {0.625, 0.125}),
                                                 numbers({1, 3}, {0.25, 0.5, 1})};
    const std::vector<import::FloatArray> zeros{numbers({}, {0}), numbers({}, {3}), numbers({3}, {-2, 0, 5})};
    int count = 0;
    for (const auto type : all_roundings)
        for (const auto rounding : {Rounding::of_type, Rounding::up, Rounding::from_zero})
            for (const auto& scale : scales)
                for (const auto& zero : zeros) {
                    const FixedType codes{4, 0, count % 3 != 0, type,
                                          count % 2 == 0 ? fixed::Overflow::sat : fixed::Overflow::sat_sym};
                    import::Quantise body{{codes}, scale, zero, rounding};
                    body.zero_after_rounding = count % 5 < 2;
                    body.codes = count % 7 < 3;
                    if (!codes.is_signed && count % 4 == 0)
                        body.highest = 14;
                    expect_same_values(quantiser_graph(body), "combination " + std::to_string(count));
                    ++count;
                }
    EXPECT_EQ(count, 315);
}

TEST(Quantiser, ACastThatNeedsNoMultiplierHasNone) {
    import::Quantise body{{fixed::ap_fixed(6, 6, fixed::Rounding::rnd_conv, fixed::Overflow::sat)},
                          numbers({}, {0.25})};
    const network::Network network = quantize(quantiser_graph(body), {}).network;
    ASSERT_EQ(network.ops.size(), 1U);
    EXPECT_STREQ(network::kind_of(network.ops.front()), "requantise");
}

} // namespace
} // namespace gw::quantize
