// Profiles and differences of a network small enough to know by hand.
#include <gtest/gtest.h>

#include "inspect/difference.hpp"
#include "inspect/profile.hpp"
#include "quantize/quantize.hpp"
#include "support/error.hpp"

namespace gw::inspect {
namespace {

using import::Graph;
using import::LayerId;

/// y = q(2 x), q of 4 bits with 1 fraction bit: -4 to 3.5.
Graph doubling(fixed::Overflow overflow) {
    Graph graph;
    graph.file = "doubling";
    graph.kind = import::FileKind::onnx;
    const LayerId x = graph.add({"x", {}, {1}, import::Input{}});
    const LayerId in = graph.add({"in", {x}, {1}, import::Quantise{{fixed::ap_fixed(8, 4)}, {}, {}}});
    const LayerId twice = graph.add({"twice", {in}, {1}, import::Dense{{{1, 1}, {2.0}, {}}, {}}});
    const LayerId y = graph.add(
        {"y", {twice}, {1}, import::Quantise{{fixed::ap_fixed(4, 3, fixed::Rounding::trn, overflow)}, {}, {}}});
    graph.inputs = {x};
    graph.outputs = {y};
    return graph;
}

support::Array events(std::vector<double> values) {
    const std::size_t count = values.size();
    return {{count, 1}, std::move(values)};
}

TEST(Profile, CountsWhatPassesTheTypeByItsOverflowMode) {
    const auto rows = events({0, 1, 1.75, 2, -2, -3});
    for (const fixed::Overflow overflow : {fixed::Overflow::wrap, fixed::Overflow::sat}) {
        const auto all = profile(quantize::quantize(doubling(overflow), {}).network, rows);
        ASSERT_EQ(all.size(), 2U);
        EXPECT_EQ(all[0].kind, "input");
        EXPECT_EQ(all[0].zeros, 1U);
        EXPECT_EQ(all[0].least, -3);
        EXPECT_EQ(all[0].most, 2);
        const auto& y = all[1];
        EXPECT_EQ(y.values, 6U);
        EXPECT_EQ(y.exact_least, -6);
        EXPECT_EQ(y.exact_most, 4);
        EXPECT_EQ(y.wrapped, overflow == fixed::Overflow::wrap ? 2U : 0U); // 4 and -6
        EXPECT_EQ(y.saturated, overflow == fixed::Overflow::sat ? 2U : 0U);
        EXPECT_EQ(y.most, 3.5);
        EXPECT_EQ(y.least, -4);
    }
}

TEST(Profile, NeedsEvents) {
    EXPECT_THROW(profile(quantize::quantize(doubling(fixed::Overflow::sat), {}).network, events({})), support::Error);
}

TEST(Compare, MergedLayersAreLeftOutAndOthersMeasured) {
    const Graph graph = doubling(fixed::Overflow::sat);
    const network::Network exact = quantize::quantize(graph, {}).network;
    const auto all = compare(graph, &exact, nullptr, events({1, 3}));
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[2].layer, "twice");
    ASSERT_TRUE(all[2].exact); // its tensor holds what the quantiser made of it: 6 became 3.5
    EXPECT_EQ(all[2].exact->largest, 2.5);
    EXPECT_EQ(all[2].exact->mean, 1.25);
    EXPECT_FALSE(all[3].exact);
    EXPECT_FALSE(all[2].hls4ml);
    EXPECT_EQ(all[2].magnitude, 6);
}

} // namespace
} // namespace gw::inspect
