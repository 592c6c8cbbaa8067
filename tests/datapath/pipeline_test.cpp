#include "datapath/pipeline.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datapath/builder.hpp"
#include "datapath/drawn_network.hpp"
#include "datapath/lower.hpp"
#include "datapath/statistics.hpp"
#include "support/error.hpp"

namespace gw::datapath {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

/// One nanosecond for each adder, nothing else.
plan::Plan unit_plan(double clock_ns) {
    plan::Plan plan;
    plan.clock_ns = clock_ns;
    plan.delays = {1.0, 0.0, 0.0, 0.0};
    return plan;
}

/// A chain of sums: y = x0 + x1 + ... one after the other.
Graph chain(std::uint32_t inputs, int width) {
    const auto type = fixed::ap_fixed(width, width);
    Builder builder(std::vector<FixedType>(inputs, type));
    NodeId sum = builder.input(0);
    for (std::uint32_t i = 1; i < inputs; ++i) {
        sum = builder.add(sum, builder.input(i), 0, Add::Kind::a_plus_b);
    }
    builder.output(sum, fixed::ap_fixed(width + 8, width + 8));
    return builder.finish();
}

TEST(Pipeline, AChainOfSumsIsCutWhereTheClockSaysSo) {
    const Graph graph = chain(9, 8); // eight sums
    EXPECT_EQ(pipeline(graph, unit_plan(8)).stages, 1u);
    EXPECT_EQ(pipeline(graph, unit_plan(4)).stages, 2u);
    EXPECT_EQ(pipeline(graph, unit_plan(3)).stages, 3u);
    EXPECT_EQ(pipeline(graph, unit_plan(1)).stages, 8u);
    EXPECT_EQ(pipeline(graph, unit_plan(0.5)).stages, 8u); // one sum cannot be cut
    EXPECT_DOUBLE_EQ(longest_path(graph, pipeline(graph, unit_plan(3)), unit_plan(3).delays), 3.0);
}

TEST(Pipeline, AFixedNumberOfStagesIsKeptAndBalanced) {
    const Graph graph = chain(9, 8);
    for (const std::uint32_t stages : {1u, 2u, 3u, 4u, 8u, 11u}) {
        auto plan = unit_plan(0.5); // too short for any
        plan.stages = stages;
        const Pipeline result = pipeline(graph, plan);
        EXPECT_EQ(result.stages, stages);
        EXPECT_THAT(problems(graph, result), IsEmpty());
        EXPECT_DOUBLE_EQ(longest_path(graph, result, plan.delays), std::max(1.0, std::ceil(8.0 / stages)));
    }
    auto plan = unit_plan(5);
    plan.stages = 0;
    EXPECT_THROW(pipeline(graph, plan), support::Error);
}

TEST(Pipeline, CutsStandWhereWordsAreNarrow) {
    // Four 8-bit words become one of 10 bits by a depth of two; two stages, room for both sums in either: one rank of
    // 10 bits, and the rank at the output.
    Builder builder(std::vector<FixedType>(4, fixed::ap_fixed(8, 8)));
    const auto plus = Add::Kind::a_plus_b;
    const NodeId left = builder.add(builder.input(0), builder.input(1), 0, plus);
    const NodeId right = builder.add(builder.input(2), builder.input(3), 0, plus);
    builder.output(builder.add(left, right, 0, plus), fixed::ap_fixed(10, 10));
    const Graph graph = builder.finish();
    auto plan = unit_plan(2);
    EXPECT_EQ(register_bits(graph, pipeline(graph, plan)), 10u);
    plan.clock_ns = 1;
    EXPECT_EQ(register_bits(graph, pipeline(graph, plan)), 2u * 9 + 10);
}

TEST(Pipeline, RegistersOfAValueWithManyReadersAreShared) {
    // x is read beside sums of depth 1, 2 and 3: one chain of registers as long as the longest.
    Builder builder(std::vector<FixedType>(1, fixed::ap_ufixed(4, 4)));
    const NodeId x = builder.input(0);
    NodeId sum = x;
    for (int i = 1; i <= 3; ++i) {
        sum = builder.add(sum, x, 2 * i, Add::Kind::a_plus_b);
    }
    builder.output(sum, fixed::ap_ufixed(16, 16));
    const Graph graph = builder.finish();
    const Pipeline result = pipeline(graph, unit_plan(1));
    EXPECT_EQ(result.stages, 3u);
    std::uint64_t bits = 2 * 4; // x into stages 1 and 2
    for (std::size_t v = 1; v < graph.nodes.size(); ++v) {
        bits += static_cast<std::uint64_t>(width(graph.nodes[v].range));
    }
    EXPECT_EQ(register_bits(graph, result), bits);
}

/// All legal pipelines of a small graph, by trying each: the fewest register bits.
std::uint64_t exhaustive_minimum(const Graph& graph, const plan::Plan& plan, std::uint32_t stages, double longest) {
    std::uint64_t best = UINT64_MAX;
    Pipeline tried{std::vector<std::uint32_t>(graph.nodes.size(), 0), stages};
    for (;;) {
        if (problems(graph, tried).empty() && longest_path(graph, tried, plan.delays) <= longest + 1e-9) {
            best = std::min(best, register_bits(graph, tried));
        }
        std::size_t v = graph.inputs.size();
        while (v < graph.nodes.size() && ++tried.stage[v] == stages) {
            tried.stage[v++] = 0;
        }
        if (v == graph.nodes.size()) {
            return best;
        }
    }
}

TEST(Pipeline, RegisterBitsAreTheFewest) {
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        test::NetworkDrawer drawer(seed);
        const Graph graph = lower(drawer.draw(), {});
        plan::Plan plan;
        plan.clock_ns = 0.3 + 0.2 * drawer.pick(1, 10);
        const Pipeline result = pipeline(graph, plan);
        double trials = 1;
        for (std::size_t v = graph.inputs.size(); v < graph.nodes.size(); ++v) {
            trials *= result.stages;
        }
        if (result.stages < 2 || trials > 20000) {
            continue;
        }
        double slowest = 0;
        for (std::uint32_t v = 0; v < graph.nodes.size(); ++v) {
            slowest = std::max(slowest, delay(graph, NodeId{v}, plan.delays));
        }
        const double longest = std::max(slowest, plan.clock_ns - plan.delays.register_overhead);
        EXPECT_EQ(register_bits(graph, result), exhaustive_minimum(graph, plan, result.stages, longest))
            << "seed " << seed;
        ++compared;
    }
    EXPECT_GE(compared, 20);
}

TEST(Pipeline, EveryPathFitsTheClockInDrawnNetworks) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        test::NetworkDrawer drawer(seed);
        const Graph graph = lower(drawer.draw(), {});
        plan::Plan plan;
        plan.clock_ns = drawer.pick(1, 6);
        if (seed % 4 == 0) {
            plan.stages = static_cast<std::uint32_t>(drawer.pick(1, 9));
        }
        const Pipeline result = pipeline(graph, plan);
        EXPECT_THAT(problems(graph, result), IsEmpty()) << "seed " << seed;
        if (plan.stages) {
            EXPECT_EQ(result.stages, *plan.stages);
            continue;
        }
        double slowest = plan.clock_ns - plan.delays.register_overhead;
        for (std::uint32_t v = 0; v < graph.nodes.size(); ++v) {
            slowest = std::max(slowest, delay(graph, NodeId{v}, plan.delays));
        }
        EXPECT_LE(longest_path(graph, result, plan.delays), slowest + 0.01) << "seed " << seed;
    }
}

TEST(Pipeline, TheCheckSeesWhatIsWrong) {
    const Graph graph = chain(4, 8);
    const Pipeline good = pipeline(graph, unit_plan(1));
    ASSERT_THAT(problems(graph, good), IsEmpty());
    Pipeline bad = good;
    bad.stage.back() = bad.stages;
    EXPECT_THAT(problems(graph, bad), Not(IsEmpty()));
    bad = good;
    bad.stage[0] = 1;
    EXPECT_THAT(problems(graph, bad), Not(IsEmpty()));
    bad = good;
    bad.stage.back() = 0;
    EXPECT_THAT(problems(graph, bad), Not(IsEmpty()));
}

TEST(Statistics, CountsWhatStandsInTheGraph) {
    const Graph graph = chain(5, 8);
    const auto plan = unit_plan(2);
    const Pipeline result = pipeline(graph, plan);
    const Statistics numbers = statistics(graph, result, plan);
    EXPECT_EQ(numbers.total.adders, 4u);
    EXPECT_EQ(numbers.total.adder_bits, 9u + 10 + 10 + 11);
    EXPECT_EQ(numbers.total.register_bits, register_bits(graph, result));
    EXPECT_EQ(numbers.stages, 2u);
    EXPECT_DOUBLE_EQ(numbers.latency_ns, 4.0);
    EXPECT_DOUBLE_EQ(numbers.path_ns, 2.0);
}

} // namespace
} // namespace gw::datapath
