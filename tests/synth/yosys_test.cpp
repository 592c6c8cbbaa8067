// Synthesis gives exactly the hardware that the Verilog spells out, and its counts are right.
#include <gtest/gtest.h>

#include "rtl/emit.hpp"
#include "support/error.hpp"
#include "support/need.hpp"
#include "synth/nextpnr.hpp"
#include "synth/serial_wrapper.hpp"
#include "synth/yosys.hpp"
#include "verify/rtl.hpp"

namespace gw::test {
namespace {

using namespace datapath;

struct Made {
    Graph graph;
    Pipeline pipeline;
    rtl::Rtl rtl;
};

/// y = x0 + 8 * x1 (8 bits each), registered: the low three bits pass by the carry chain.
Made one_adder() {
    Made made;
    const FixedType type{8, 0, true};
    Graph& graph = made.graph;
    graph.layers = {"inputs", "sum"};
    graph.inputs = {type, type};
    graph.nodes.push_back({Input{0}, Interval::of(type), 0});
    graph.nodes.push_back({Input{1}, Interval::of(type), 0});
    const Interval range = Interval::of(type) + fixed::shifted(Interval::of(type), 3);
    graph.nodes.push_back({Add{NodeId{0}, NodeId{1}, 3, Add::Kind::a_plus_b}, range, 1});
    graph.outputs.push_back({NodeId{2}, fixed::smallest_type(range)});
    made.pipeline = {{0, 0, 0}, 1};
    made.rtl = rtl::emit(graph, made.pipeline, "one", 5.0);
    return made;
}

/// ((x0 + x1) + x2) + x3 without a register between: what alumacc would fuse.
Made chain() {
    Made made;
    const FixedType type{8, 0, true};
    Graph& graph = made.graph;
    graph.layers = {"inputs", "sum"};
    graph.inputs = {type, type, type, type};
    for (std::uint32_t i = 0; i < 4; ++i) {
        graph.nodes.push_back({Input{i}, Interval::of(type), 0});
    }
    Interval range = Interval::of(type);
    for (std::uint32_t i = 1; i < 4; ++i) {
        range = range + Interval::of(type);
        const auto before = i == 1 ? NodeId{0} : static_cast<NodeId>(graph.nodes.size() - 1);
        graph.nodes.push_back({Add{before, static_cast<NodeId>(i), 0, Add::Kind::a_plus_b}, range, 1});
    }
    graph.outputs.push_back({NodeId{6}, fixed::smallest_type(range)});
    made.pipeline = {std::vector<std::uint32_t>(7, 0), 1};
    made.rtl = rtl::emit(graph, made.pipeline, "chain", 5.0);
    return made;
}

TEST(Yosys, OneAdderIsOneLutPerBitOfItsChain) {
    const auto result = synth::synthesise("one", one_adder().rtl.files, {});
    EXPECT_EQ(result.total.ff, 12U);   // -1152 to 1143: 12 bits
    EXPECT_EQ(result.total.lut, 8U);   // 3 bits pass by; the two highest sum bits have the same operand bits
    EXPECT_EQ(result.total.carry, 3U); // 9 bits in fours
    EXPECT_EQ(result.total.dsp, 0U);
    ASSERT_TRUE(result.modules.contains("one_01_sum"));
    EXPECT_EQ(result.modules.at("one_01_sum"), result.total);
    const auto json = synth::to_json(result);
    EXPECT_EQ(json["modules"]["one_01_sum"]["lut"], 8);
    EXPECT_EQ(json["lut"], 8);
}

TEST(Yosys, AddersStayAdders) {
    const auto result = synth::synthesise("chain", chain().rtl.files, {});
    EXPECT_EQ(result.total.lut, 8U + 9U + 10U);
    EXPECT_EQ(result.total.ff, 10U);
}

TEST(Yosys, FlatIsTheSameHardware) {
    synth::SynthOptions options;
    options.flatten = true;
    const auto result = synth::synthesise("chain", chain().rtl.files, options);
    EXPECT_EQ(result.modules.size(), 1U);
    EXPECT_EQ(result.total.lut, 27U);
}

TEST(Yosys, Refusals) {
    synth::SynthOptions options;
    options.family = "abacus";
    EXPECT_THROW(synth::synthesise("one", one_adder().rtl.files, options), support::Error);
    EXPECT_THROW(synth::synthesise("absent", one_adder().rtl.files, {}), support::Error);
    EXPECT_THROW(synth::synthesise("one", {{"one.v", "module one (input wire clk;\n"}}, {}), support::Error);
    EXPECT_EQ(synth::family_of("xcu250-figd2104-2L-e"), "xcup");
    EXPECT_EQ(synth::family_of("xc7z020clg400-1"), "xc7");
    EXPECT_EQ(synth::family_of("xcvu9p-flga2104-2-i"), "xcup");
    EXPECT_EQ(synth::family_of("xcku115-flvb2104-2-e"), "xcu");
    EXPECT_EQ(synth::family_of("XCZU9EG-ffvb1156-2-e"), "xcup");
    EXPECT_EQ(synth::family_of("LFE5UM5G-85F-8BG756C"), "ecp5");
    EXPECT_THROW(synth::family_of("10AX115"), support::Error);
}

/// The wrapper must not let synthesis remove any of the core: all of its flip-flops are there, and the wrapper's own.
TEST(Nextpnr, SerialWrapperKeepsTheCore) {
    const auto made = one_adder();
    auto files = made.rtl.files;
    files["one_serial.v"] = synth::serial_wrapper(made.rtl.core);
    synth::SynthOptions options;
    options.flatten = true;
    const auto result = synth::synthesise("one_serial", files, options);
    EXPECT_EQ(result.total.ff, 17U + 16U + 12U + 12U); // shift, x, y, fold without its spare bit
}

TEST(Nextpnr, PlacesASmallCore) {
    GW_NEED(!synth::nextpnr_program().empty(), "nextpnr-ecp5 is not installed");
    const auto made = one_adder();
    synth::PlaceOptions options;
    options.seeds = {1, 2, 3};
    const auto result = synth::place(made.rtl.core, made.rtl.files, options);
    ASSERT_EQ(result.fmax_mhz.size(), 3U);
    EXPECT_GT(result.median_mhz, 150); // one 9-bit adder between registers
    EXPECT_LT(result.median_mhz, 1000);
    EXPECT_GT(result.resources.carry, 0U);
    EXPECT_GT(result.utilisation.at("TRELLIS_COMB").first, 10U);
    options.seeds = {1};
    for (const double goal : {50.0, 2000.0}) {
        options.goal_mhz = goal;
        EXPECT_EQ(synth::place(made.rtl.core, made.rtl.files, options).met(), goal == 50);
    }
}

} // namespace
} // namespace gw::test
