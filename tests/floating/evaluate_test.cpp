// Small layers with values worked out by hand; whole models are compared with their frameworks by tests/oracles.
#include <cmath>

#include <gtest/gtest.h>

#include "floating/evaluate.hpp"

namespace gw::floating {
namespace {

import::Graph one_layer(const import::Shape& in, const import::Shape& out, import::LayerBody body){import::Graph graph;
graph.inputs = {graph.add({"x", {}, in, import::Input{}})};
graph.outputs = {graph.add({"y", graph.inputs, out, std::move(body)})};
return graph;
} // namespace

TEST(Floating, ConvolutionPadsStridesAndGroups) {
    // One channel, window 3, stride 2, one zero before: (0 1 2), (2 3 4) times (1 10 100).
    const import::Conv conv{{{3}, {2}, {1}, {1}, {0}}, 1, {{3, 1, 1}, {1, 10, 100}, {}}, {}};
    EXPECT_EQ(evaluate(one_layer({4, 1}, {2, 1}, conv), Values{1, 2, 3, 4}), (Values{210, 432}));
    // Depthwise: each channel its own weight.
    const import::Conv depthwise{{{1}, {1}, {1}, {0}, {0}}, 2, {{1, 1, 2}, {3, 5}, {}}, {}};
    EXPECT_EQ(evaluate(one_layer({2, 2}, {2, 2}, depthwise), Values{1, 2, 3, 4}), (Values{3, 10, 9, 20}));
}

TEST(Floating, TransposedConvolutionSpreads) {
    const import::ConvTranspose conv{{{2}, {2}, {1}, {0}, {0}}, 1, {{2, 1, 1}, {1, 10}, {}}, {}};
    EXPECT_EQ(evaluate(one_layer({2, 1}, {4, 1}, conv), Values{1, 2}), (Values{1, 10, 2, 20}));
}

TEST(Floating, PoolingLeavesPaddingOut) {
    const import::Window window{{2}, {2}, {1}, {1}, {0}};
    const auto pool = [&](import::Pool::Kind kind, bool count) {
        return evaluate(one_layer({3, 1}, {2, 1}, import::Pool{kind, window, count}), Values{-4, -2, -6});
    };
    EXPECT_EQ(pool(import::Pool::Kind::maximum, false), (Values{-4, -2}));
    EXPECT_EQ(pool(import::Pool::Kind::average, false), (Values{-4, -4}));
    EXPECT_EQ(pool(import::Pool::Kind::average, true), (Values{-2, -4}));
}

TEST(Floating, EinsumSumsOverLettersThatTheOutputLacks) {
    const import::Einsum einsum{"td", "de", "te", import::FloatArray{{2, 2}, {1, 2, 3, 4}, {}},
                                import::FloatArray{{2}, {100, 200}, {}}};
    EXPECT_EQ(evaluate(one_layer({1, 2}, {1, 2}, einsum), Values{1, 10}), (Values{131, 242}));
}

TEST(Floating, QuantisersAreExact) {
    const import::Quantise plain{{fixed::ap_fixed(4, 2, fixed::Rounding::rnd_conv, fixed::Overflow::sat)}};
    EXPECT_EQ(evaluate(one_layer({3}, {3}, plain), Values{0.375, 5, -0.1}), (Values{0.5, 1.75, 0}));
    const import::Quantise scaled{{fixed::ap_ufixed(3, 3, fixed::Rounding::rnd_conv, fixed::Overflow::sat)},
                                  import::FloatArray{{1}, {0.5}, {}},
                                  import::FloatArray{{1}, {2}, {}}};
    EXPECT_EQ(evaluate(one_layer({3}, {3}, scaled), Values{0.5, -3, 9}), (Values{0.5, -1, 2.5}));
}

TEST(Floating, StepsCountThresholds) {
    const import::Steps steps{false, {{2}, {-1, 1}, {}}, {{3}, {-5, 0, 5}, {}}};
    EXPECT_EQ(evaluate(one_layer({4}, {4}, steps), Values{-1, -0.5, 1, 1.5}), (Values{-5, 0, 0, 5}));
}

TEST(Floating, LstmOfOneUnit) {
    const import::FloatArray kernel{{1, 4}, {1, 2, 3, 4}, {}}, recurrent{{1, 4}, {0, 0, 0, 0}, {}};
    import::Recurrent lstm;
    lstm.kernel = kernel;
    lstm.recurrent = recurrent;
    const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
    const double c = sigmoid(1) * std::tanh(3), h = sigmoid(4) * std::tanh(c);
    EXPECT_NEAR(evaluate(one_layer({1, 1}, {1}, lstm), Values{1})[0], h, 1e-15);
}

TEST(Floating, SoftmaxSumsToOneOverItsAxis) {
    const Values y = evaluate(one_layer({2, 2}, {2, 2}, import::Softmax{0, false}), Values{0, 1000, 0, 0});
    EXPECT_NEAR(y[0] + y[2], 1, 1e-15);
    EXPECT_EQ(y[1], 1);
}

} // namespace gw::floating
} // namespace gw::floating
