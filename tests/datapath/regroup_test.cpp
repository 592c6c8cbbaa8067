// Regrouped sums against the network's reference evaluation, and sum trees against the plain sum of their terms.
#include "datapath/regroup.hpp"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datapath/builder.hpp"
#include "datapath/drawn_network.hpp"
#include "datapath/lower.hpp"
#include "datapath/statistics.hpp"
#include "emulate/reference.hpp"

namespace gw::datapath {
namespace {

using ::testing::IsEmpty;

TEST(Regroup, ComputesWhatTheReferenceComputes) {
    std::size_t with_chains_of_three = 0;
    for (std::uint64_t seed = 1; seed <= 600; ++seed) {
        test::NetworkDrawer drawer(seed + 20'000);
        const auto net = drawer.draw();
        plan::Plan plan;
        plan.chain_operands = 3;
        const Graph graph = lower(net, plan);
        ASSERT_THAT(problems(graph), IsEmpty()) << "seed " << seed + 20'000;
        with_chains_of_three += std::any_of(graph.nodes.begin(), graph.nodes.end(),
                                            [](const Node& node) { return std::holds_alternative<Sum3>(node.body); });
        for (int event = 0; event < 40; ++event) {
            const auto x = drawer.event(graph.inputs);
            ASSERT_EQ(evaluate(graph, x), emulate::evaluate(net, x)) << "seed " << seed + 20'000 << " event " << event;
        }
    }
    EXPECT_GT(with_chains_of_three, 100U);
}

TEST(Regroup, TwoOperandsAndDearTimeChangeNoBitEither) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        test::NetworkDrawer drawer(seed + 30'000);
        const auto net = drawer.draw();
        const Graph plain = lower(net, {});
        const Graph two = regrouped(plain, {{}, 2, 0}), quick = regrouped(plain, {{}, 3, 20});
        ASSERT_THAT(problems(two), IsEmpty()) << "seed " << seed + 30'000;
        ASSERT_THAT(problems(quick), IsEmpty()) << "seed " << seed + 30'000;
        for (int event = 0; event < 10; ++event) {
            const auto x = drawer.event(plain.inputs);
            EXPECT_EQ(evaluate(two, x), evaluate(plain, x)) << "seed " << seed + 30'000;
            EXPECT_EQ(evaluate(quick, x), evaluate(plain, x)) << "seed " << seed + 30'000;
        }
    }
}

TEST(Regroup, ConstantsOfOneSumBecomeOneAndAThirdOperandIsFree) {
    const FixedType type{6, 0, true};
    Builder builder({type, type});
    builder.begin_layer("sum");
    const NodeId raised = builder.add(builder.input(0), builder.constant(3, 0), 0, Add::Kind::a_plus_b);
    const NodeId both = builder.add(raised, builder.input(1), 0, Add::Kind::a_plus_b);
    const NodeId sum = builder.add(both, builder.constant(5, 0), 0, Add::Kind::a_plus_b);
    builder.output(sum, {9, 0, true});
    const Graph graph = regrouped(builder.finish(), {});
    EXPECT_THAT(problems(graph), IsEmpty());
    EXPECT_EQ(std::count_if(graph.nodes.begin(), graph.nodes.end(),
                            [](const Node& node) { return node.range.low != node.range.high; }),
              3); // two inputs, one chain
    EXPECT_EQ(evaluate(graph, std::vector<std::int64_t>{-7, 20}), std::vector<std::int64_t>{21});
}

TEST(Regroup, ASumThatPaysStaysShared) {
    const FixedType type{8, 0, true};
    Builder builder({type, type, type, type});
    builder.begin_layer("sums");
    NodeId shared = builder.input(0);
    for (std::uint32_t i = 1; i < 3; ++i) {
        shared = builder.add(shared, builder.input(i), static_cast<int>(i), Add::Kind::a_plus_b);
    }
    for (int shift = 0; shift < 4; ++shift) {
        const NodeId sum = builder.add(shared, builder.input(3), shift, Add::Kind::a_plus_b);
        builder.output(sum, fixed::smallest_type(builder.range(sum)));
    }
    const Graph graph = regrouped(builder.finish(), {});
    std::size_t chains = 0;
    for (const Node& node : graph.nodes) {
        chains += std::holds_alternative<Add>(node.body) || std::holds_alternative<Sum3>(node.body) ? 1 : 0;
    }
    EXPECT_EQ(chains, 5U); // the shared one of three, and four of two
}

/// The tree's value for given leaves, checked step by step.
Int128 value_of(const SumTree& tree, std::vector<Int128> values, std::int32_t unit) {
    for (const TreeStep& step : tree.steps) {
        Int128 sum = 0;
        const auto negatives = std::count_if(step.operands.begin(), step.operands.end(),
                                             [](const TreeStep::Operand& o) { return o.negative; });
        EXPECT_LE(negatives, 2);
        for (const TreeStep::Operand& operand : step.operands) {
            sum += operand.negative ? -values[operand.index] : values[operand.index];
        }
        const Interval range = fixed::aligned(step.range, std::max(step.range.fraction, -unit));
        EXPECT_TRUE(range.contains(sum * (Int128{1} << (range.fraction + unit))));
        values.push_back(sum);
    }
    return values.back();
}

TEST(SumTree, AddsUpItsTerms) {
    support::Random random(5);
    for (int trial = 0; trial < 500; ++trial) {
        const auto count = static_cast<std::size_t>(random.between(2, 9));
        std::vector<TreeTerm> terms;
        std::vector<Int128> leaves, values;
        Int128 expected = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const bool again = i > 0 && random.below(4) == 0; // another power of two of the leaf before
            if (!again) {
                leaves.push_back(random.between(-100, 100));
            }
            const std::int32_t shift = again ? terms.back().shift + 1 : static_cast<std::int32_t>(random.between(0, 6));
            terms.push_back(
                {static_cast<std::uint32_t>(leaves.size() - 1), {-100, 100, 0}, shift, random.below(2) == 0, 0});
            values.push_back(leaves.back() * (Int128{1} << shift));
            expected += terms.back().negative ? -values.back() : values.back();
        }
        for (const std::size_t most : {std::size_t{2}, std::size_t{3}}) {
            for (const double luts_per_ns : {0.0, 30.0}) {
                const SumTree tree = sum_tree(terms, {{}, most, luts_per_ns});
                EXPECT_EQ(value_of(tree, values, 0), expected) << "trial " << trial;
                EXPECT_LE(tree.steps.size(), most == 2 ? count - 1 : count / 2 + 1) << "trial " << trial;
            }
        }
    }
}

TEST(SumTree, PaysForTheBitsThatTheChainAdds) {
    const Interval byte{0, 255, 0};
    const std::vector<TreeTerm> terms{{0, byte, 0, false, 0}, {1, byte, 3, false, 0}, {2, byte, 5, false, 0}};
    const SumTree tree = sum_tree(terms, {});
    ASSERT_EQ(tree.steps.size(), 1U);
    EXPECT_EQ(tree.bits, 14 - 3); // 255 * 41 takes 14 bits, of which the lowest three pass by
    const std::vector<TreeTerm> subtracted{{0, byte, 0, true, 0}, {1, byte, 3, false, 0}};
    EXPECT_EQ(sum_tree(subtracted, {}).bits, 12); // a subtracted operand passes by nothing
}

} // namespace
} // namespace gw::datapath
