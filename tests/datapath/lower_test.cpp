// The datapath against the reference evaluation, bit for bit, and what plans may and may not change.
#include "datapath/lower.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datapath/drawn_network.hpp"
#include "datapath/pipeline.hpp"
#include "emulate/reference.hpp"
#include "network/verify.hpp"

namespace gw::datapath {
namespace {

using fixed::Overflow;
using fixed::Rounding;
using ::testing::IsEmpty;

std::size_t adders(const Graph& graph) {
    return static_cast<std::size_t>(std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
        return std::holds_alternative<Add>(node.body) || std::holds_alternative<Negate>(node.body);
    }));
}

TEST(Lower, ComputesWhatTheReferenceComputes) {
    constexpr std::uint64_t networks = 1000;
    constexpr int events = 40;
    std::size_t vectors = 0, mismatches = 0;
    for (std::uint64_t seed = 1; seed <= networks; ++seed) {
        test::NetworkDrawer drawer(seed);
        const auto net = drawer.draw();
        ASSERT_THAT(network::problems(net), IsEmpty()) << "seed " << seed;
        plan::Plan plan;
        plan.extra_depth = static_cast<std::uint32_t>(drawer.pick(0, 3));
        const Graph graph = lower(net, plan);
        ASSERT_THAT(problems(graph), IsEmpty()) << "seed " << seed;
        for (int event = 0; event < events; ++event) {
            const auto x = drawer.event(graph.inputs);
            const bool equal = evaluate(graph, x) == emulate::evaluate(net, x);
            EXPECT_TRUE(equal) << "seed " << seed << " event " << event;
            mismatches += equal ? 0 : 1;
            ++vectors;
        }
    }
    std::cout << mismatches << " mismatches in " << vectors << " vectors of " << networks << " networks (seeds 1 to "
              << networks << ")\n";
}

/// Two positions of three elements, rearranged, each through one dense op and a bias of the last axis.
TEST(Lower, PositionsAndRearrangements) {
    const FixedType narrow{5, 1, true}, wide{20, 4, true, Rounding::rnd, Overflow::wrap};
    network::Network net;
    const network::TensorId x = net.add({"x", {6}, {narrow}});
    const network::TensorId rows = net.add({"rows", {2, 3}, {narrow}});
    const network::TensorId sums = net.add({"sums", {2, 2}, {wide, narrow, narrow, wide}});
    const network::TensorId y = net.add({"y", {2, 2}, {wide}});
    net.name = "positions";
    net.inputs = {x};
    net.outputs = {y};
    net.ops.push_back({"rows", network::Rearrange{{x}, rows, {5, 4, 3, std::nullopt, 1, 0}}});
    const network::Constant weights{{3, 2}, {4, 2, true}, {1, -3, 5, 0, -7, 2}};
    net.ops.push_back({"dense", network::Dense{rows, sums, weights, std::nullopt, {}}});
    net.ops.push_back({"bias", network::Affine{sums, y, std::nullopt, network::Constant{{2}, {4, 1, true}, {3, -5}}}});
    ASSERT_THAT(network::problems(net), IsEmpty());
    test::NetworkDrawer drawer(7);
    for (const std::uint32_t operands : {2u, 3u}) {
        plan::Plan plan;
        plan.chain_operands = operands;
        const Graph graph = lower(net, plan);
        ASSERT_THAT(problems(graph), IsEmpty());
        for (int event = 0; event < 200; ++event) {
            const auto raw = drawer.event(graph.inputs);
            EXPECT_EQ(evaluate(graph, raw), emulate::evaluate(net, raw));
        }
    }
}

TEST(Lower, NoPlanChangesABit) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        test::NetworkDrawer drawer(seed + 5000);
        const auto net = drawer.draw();
        const Graph plain = lower(net, {});
        for (const std::uint32_t extra : {1u, 2u, 50u}) {
            plan::Plan plan;
            plan.extra_depth = extra;
            plan.clock_ns = 1.0 + extra;
            const Graph other = lower(net, plan);
            for (int event = 0; event < 10; ++event) {
                const auto x = drawer.event(plain.inputs);
                EXPECT_EQ(evaluate(plain, x), evaluate(other, x)) << "seed " << seed + 5000;
            }
        }
    }
}

TEST(Lower, IsDeterministic) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto net = test::NetworkDrawer(seed).draw();
        const Graph first = lower(net, {}), second = lower(net, {});
        ASSERT_EQ(first.nodes.size(), second.nodes.size());
        for (std::size_t v = 0; v < first.nodes.size(); ++v) {
            EXPECT_EQ(operands(first.nodes[v].body), operands(second.nodes[v].body));
            EXPECT_EQ(first.nodes[v].range, second.nodes[v].range);
        }
    }
}

/// n 8-bit inputs, one output, all weights 1.
network::Network sum_network(std::uint32_t n, const network::Accumulator& accumulator, const fixed::FixedType& out) {
    network::Network net;
    net.name = "sum";
    const auto x = net.add({"x", {n}, {fixed::ap_fixed(8, 8)}});
    const auto y = net.add({"y", {1}, {out}});
    net.inputs = {x};
    net.outputs = {y};
    network::Constant ones{{n, 1}, fixed::ap_fixed(2, 2), std::vector<std::int64_t>(n, 1)};
    net.ops.push_back({"sum", network::Dense{x, y, std::move(ones), {}, accumulator}});
    return net;
}

int widest(const Graph& graph) {
    int bits = 0;
    for (const Node& node : graph.nodes) {
        bits = std::max(bits, width(node.range));
    }
    return bits;
}

std::size_t converts(const Graph& graph) {
    return static_cast<std::size_t>(std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
        return std::holds_alternative<Convert>(node.body);
    }));
}

TEST(Lower, SumsInWrappingTypesStayNarrow) {
    const auto wrap9 = fixed::ap_fixed(9, 9);
    // Exact, into a wrapping output; and in a wrapping accumulator: 9 bits and the carry that is cut off.
    EXPECT_LE(widest(lower(sum_network(64, {}, wrap9), {})), 10);
    network::Accumulator accumulator{wrap9, network::Accumulator::Products::converted};
    const Graph graph = lower(sum_network(64, accumulator, fixed::ap_fixed(9, 9)), {});
    EXPECT_LE(widest(graph), 10);
    EXPECT_EQ(adders(graph), 63u);
    EXPECT_EQ(widest(lower(sum_network(64, {}, fixed::ap_fixed(20, 20)), {})), 14);
}

TEST(Lower, SaturationThatCannotHappenCostsNothing) {
    const auto roomy = fixed::ap_fixed(16, 16, Rounding::rnd, Overflow::sat),
               tight = fixed::ap_fixed(9, 9, {}, Overflow::sat);
    const auto products = network::Accumulator::Products::exact;
    EXPECT_EQ(converts(lower(sum_network(8, {roomy, products}, roomy), {})), 0u);
    // Two 8-bit numbers fit 9 bits; each of the six further sums is limited.
    EXPECT_EQ(converts(lower(sum_network(8, {tight, products}, tight), {})), 6u);
}

TEST(Lower, EqualNeuronsAreOneNeuron) {
    auto net = sum_network(8, {}, fixed::ap_fixed(16, 16));
    auto& dense = std::get<network::Dense>(net.ops[0].body);
    dense.weights.shape = {8, 3};
    dense.weights.raw.clear();
    for (int i = 0; i < 8; ++i) {
        dense.weights.raw.insert(dense.weights.raw.end(), {1, 1, -2});
    }
    net.tensors[1].shape = {3};
    const Graph graph = lower(net, {});
    EXPECT_EQ(adders(graph), 8u); // seven, and one negation
    EXPECT_EQ(graph.outputs[0].node, graph.outputs[1].node);
}

} // namespace
} // namespace gw::datapath
