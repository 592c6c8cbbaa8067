// Exact numerics: nothing wraps unasked, quantisers become types of the ops before them, defaults are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "network/range.hpp"
#include "quantize/load.hpp"
#include "support/error.hpp"

namespace gw::quantize {
namespace {

using import::Graph;
using import::LayerId;

/// Input of 2, dense of 2 by 1 with weights 0.5 and -0.25, as given.
Graph small_graph(import::LayerBody last) {
    Graph graph;
    graph.file = "small";
    graph.kind = import::FileKind::onnx;
    const LayerId x = graph.add({"x", {}, {2}, import::Input{}});
    const LayerId quantised = graph.add({"q", {x}, {2}, import::Quantise{{fixed::ap_fixed(8, 4)}}});
    const LayerId dense =
        graph.add({"d", {quantised}, {1}, import::Dense{{{2, 1}, {0.5, -0.25}, std::nullopt}, std::nullopt}});
    const LayerId end = graph.add({"end", {dense}, {1}, std::move(last)});
    graph.inputs = {x};
    graph.outputs = {end};
    return graph;
}

TEST(Exact, AQuantiserBecomesTheTypeOfTheInputAndOfTheOpBefore) {
    const fixed::FixedType type = fixed::ap_fixed(6, 3, fixed::Rounding::rnd_conv, fixed::Overflow::sat);
    const network::Network network = quantize(small_graph(import::Quantise{{type}}), {}).network;
    ASSERT_EQ(network.ops.size(), 1U);
    EXPECT_EQ(network.tensor(network.inputs.front()).types.front(), fixed::ap_fixed(8, 4));
    EXPECT_EQ(network.tensor(network.outputs.front()).types.front(), type);
}

TEST(Exact, AnUntypedResultHoldsItsWholeRangeAndNoMore) {
    const network::Network network = quantize(small_graph(import::Linear{}), {}).network;
    const fixed::FixedType type = network.tensor(network.outputs.front()).types.front();
    // x in [-8, 8 - 1/16]: 0.5 x0 - 0.25 x1 in [-6 + 1/64, 6 - 1/32], on a grid of 1/64.
    EXPECT_EQ(fixed::to_string(type), "fixed<10,4>");
    const auto ranges = network::infer_ranges(network);
    EXPECT_EQ(ranges.values.back(), ranges.before_cast.back());
}

TEST(Exact, AValueReadTwiceKeepsItsQuantiserApart) {
    Graph graph = small_graph(import::Quantise{{fixed::ap_fixed(4, 2)}});
    graph.outputs.push_back(static_cast<LayerId>(2));
    const network::Network network = quantize(graph, {}).network;
    EXPECT_EQ(network.ops.size(), 2U);
    EXPECT_EQ(fixed::to_string(network.tensor(network.outputs.back()).types.front()), "fixed<10,4>");
}

TEST(Exact, ResultsBeyond64BitsAreRefusedByName) {
    Graph graph;
    graph.file = "wide";
    LayerId last = graph.add({"x", {}, {1}, import::Input{}});
    graph.inputs = {last};
    last = graph.add({"q", {last}, {1}, import::Quantise{{fixed::ap_fixed(16, 6)}}}); // else roundings would be chosen
    for (int k = 0; k < 6; ++k)
        last = graph.add({"d" + std::to_string(k),
                          {last},
                          {1},
                          import::Dense{{{1, 1}, {3.0 + 1.0 / 4096}, std::nullopt}, std::nullopt}});
    graph.outputs = {last};
    try {
        quantize(graph, {});
        FAIL() << "accepted";
    } catch (const support::Error& error) {
        EXPECT_EQ(error.kind(), support::ErrorKind::unsupported);
        EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("'d"), testing::HasSubstr("64 bits")));
    }
}

TEST(Exact, AConfigurationGivesTypesThatSaturate) {
    Options options;
    options.config = import::parse_hls4ml_config(
        "HLSConfig: {Model: {Precision: 'fixed<16,6>'}, LayerName: {trunk: {Precision: {weight: 'fixed<8,3>'}}}}",
        "c.yml");
    const Quantised quantised = load_network(fixture("keras_forked.keras"), options);
    for (const network::Tensor& tensor : quantised.network.tensors)
        EXPECT_EQ(fixed::to_string(tensor.types.front()), "fixed<16,6,TRN,SAT>") << tensor.name;
    for (const network::Op& op : quantised.network.ops)
        if (const auto* dense = std::get_if<network::Dense>(&op.body)) {
            EXPECT_FALSE(dense->accumulator.type) << op.name;
            if (op.name == "trunk") {
                EXPECT_LE(dense->weights.type.fraction, 5);
            }
        }
    EXPECT_LT(compare(quantised.network, "keras_forked").largest, 0.5);
}

TEST(Exact, DefaultsAreTold) {
    const Quantised quantised = load_network(fixture("keras_chain.keras"), {});
    EXPECT_THAT(quantised.notes, testing::Contains(testing::HasSubstr("no type given")));
    EXPECT_THAT(quantised.notes, testing::Contains(testing::HasSubstr("folded")));
    EXPECT_THAT(quantised.notes, testing::Contains(testing::HasSubstr("rounded to 12 fraction bits")));
}

TEST(Hls4mlNumerics, WhatHls4mlHasNotIsRefused) {
    Options options;
    options.numerics = Numerics::hls4ml;
    EXPECT_THROW(load_network(fixture("qonnx_trained.onnx"), options), support::Error);
    EXPECT_THROW(load_network(fixture("no_such.onnx"), options), support::Error);
}

} // namespace
} // namespace gw::quantize
