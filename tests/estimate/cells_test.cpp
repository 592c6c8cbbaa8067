// Cells counted by hand; those that tests/synth counts in Yosys' netlists have the same numbers here.
#include <gtest/gtest.h>

#include "estimate/small_graphs.hpp"

namespace gw::test {
namespace {

using namespace datapath;
using fixed::FixedType;

const FixedType byte{8, 0, true, {}, {}};

TEST(Cells, OneAdderIsOneLutPerBitOfItsChain) {
    SmallGraph it({byte, byte});
    const Interval range = Interval::of(byte) + fixed::shifted(Interval::of(byte), 3);
    it.output(it.add(Add{NodeId{0}, NodeId{1}, 3, Add::Kind::a_plus_b}, range));
    const auto cells = it.cells(1);
    EXPECT_EQ(cells.ff, 12U);
    EXPECT_EQ(luts(cells), 8U); // 3 bits pass by; the two highest sum bits have the same operand bits
    EXPECT_EQ(cells.carry, 9U);
}

TEST(Cells, AddersStayAdders) {
    SmallGraph it({byte, byte, byte, byte});
    NodeId sum{0};
    for (std::uint32_t i = 1; i < 4; ++i)
        sum = it.add(Add{sum, NodeId{i}, 0, Add::Kind::a_plus_b}, it.range(sum) + Interval::of(byte));
    it.output(sum);
    const auto cells = it.cells(1);
    EXPECT_EQ(luts(cells), 8U + 9U + 10U);
    EXPECT_EQ(cells.ff, 10U);
}

TEST(Cells, ThreeOperandsTakeALutABitWhereTheDeviceCan) {
    SmallGraph it({byte, byte, byte});
    const Interval range = Interval::of(byte) + Interval::of(byte) + Interval::of(byte);
    it.output(it.add(Sum3{{{{NodeId{0}, 0, false}, {NodeId{1}, 0, false}, {NodeId{2}, 0, false}}}}, range));
    EXPECT_EQ(luts(it.cells(1, estimate::Adders::primitives)), 10U);
    // elsewhere two chains; of the first one's operands the two bits above the sign are copies of it
    EXPECT_EQ(luts(it.cells(1, estimate::Adders::expressions)), 8U + 10U);
}

TEST(Cells, ARectifierIsTheResetOfTheRegisterBehindIt) {
    SmallGraph it({byte});
    const NodeId positive = it.add(Rectify{NodeId{0}}, {0, 127, 0});
    it.output(positive);
    auto cells = it.cells(1);
    EXPECT_EQ(luts(cells), 0U);
    EXPECT_EQ(cells.ff, 7U);
    // used at once by an adder too, each bit is a LUT of its own, and so is that of the sum
    it.output(it.add(Add{positive, NodeId{0}, 0, Add::Kind::a_plus_b}, {-128, 254, 0}));
    cells = it.cells(1);
    EXPECT_GE(luts(cells), 8U);
    EXPECT_EQ(cells.ff, 7U + 9U);
}

TEST(Cells, WaitingValuesBecomeShiftRegistersWhereTheyWaitLong) {
    for (const std::uint32_t stages : {1U, 2U, 3U, 5U, 40U}) {
        SmallGraph it({byte});
        it.output(NodeId{0});
        const auto cells = it.cells(stages);
        EXPECT_EQ(cells.ff, stages < 3 ? 8 * stages : 0U) << stages;
        EXPECT_EQ(cells.srl, stages < 3 ? 0U : stages <= 32 ? 8U : 16U) << stages;
    }
}

TEST(Cells, EqualBitsAreOneRegister) {
    // y0 = x, y1 = the four high bits of x: no bits of their own
    SmallGraph it({byte});
    const FixedType high{4, -4, true, {}, {}};
    it.output(it.add(Add{NodeId{0}, NodeId{0}, 1, Add::Kind::a_plus_b}, fixed::scaled(Interval::of(byte), 3, 0)));
    it.output(it.add(Convert{NodeId{0}, high}, fixed::cast(Interval::of(byte), high)));
    it.output(it.add(Convert{NodeId{0}, {3, -5, true, {}, {}}}, {-4, 3, -5}));
    // the sum has 10 bits, its lowest is x's; the conversions have 4 bits between them
    EXPECT_EQ(it.cells(1).ff, 10U + 4U);
}

TEST(Cells, UnusedBitsAreGone) {
    // of a sum of 9 bits, registered in its own layer, the conversion behind takes the highest 3
    SmallGraph it({byte, byte});
    const NodeId sum = it.add(Add{NodeId{0}, NodeId{1}, 0, Add::Kind::a_plus_b}, {-256, 254, 0});
    it.output(it.add(Convert{sum, {3, -6, true, {}, {}}}, {-4, 3, -6}, 1));
    EXPECT_EQ(it.cells(2).ff, 3U + 3U);
}

TEST(Cells, ATableOfSixBitsIsALutForEachBitThatChanges) {
    const FixedType index{6, 0, false, {}, {}};
    SmallGraph it({index});
    LookupTable table{0, 0, {}};
    for (std::int64_t i = 0; i < 64; ++i)
        table.values.push_back(16 + (i * i % 13)); // bit 4 is 1, bits 0 to 3 vary
    it.graph.tables = {table};
    it.output(it.add(Lookup{NodeId{0}, 0}, {16, 28, 0}));
    const auto cells = it.cells(1);
    EXPECT_EQ(luts(cells), 4U);
    EXPECT_EQ(cells.ff, 4U);
}

TEST(Cover, WidthsOfGatesAreLuts) {
    for (const std::uint32_t inputs : {2U, 6U, 7U, 8U, 11U, 36U}) {
        estimate::Logic logic;
        std::vector<estimate::Net> nets;
        for (std::uint32_t i = 0; i < inputs; ++i)
            nets.push_back(logic.source());
        const std::vector<estimate::Net> outputs{logic.any(nets)};
        logic.mark_used(outputs);
        std::uint64_t total = 0;
        for (const std::uint64_t count : estimate::cover(logic, logic.required(outputs)))
            total += count;
        const std::uint64_t least = (inputs - 2) / 5 + 1; // each LUT of six takes five inputs away
        EXPECT_GE(total, least) << inputs;
        EXPECT_LE(total, least + 5) << inputs;
    }
}

TEST(Cover, AnInverseCostsALutOnlyWhereNoLutStands) {
    estimate::Logic logic;
    const estimate::Net a = logic.source(), b = logic.source();
    const std::vector<estimate::Net> outputs{~a, ~logic.both(a, b)};
    logic.mark_used(outputs);
    std::uint64_t total = 0;
    for (const std::uint64_t count : estimate::cover(logic, logic.required(outputs)))
        total += count;
    EXPECT_EQ(total, 2U);
}

} // namespace
} // namespace gw::test
