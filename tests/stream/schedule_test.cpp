// Depths and pace of small designs, worked out by hand.
#include "stream/schedule.hpp"

#include <gtest/gtest.h>

namespace gw::stream {
namespace {

const std::vector<FixedType> byte{fixed::ap_fixed(8, 8)};

Core core(std::vector<ChannelId> inputs, ChannelId output, std::uint32_t stages) {
    Core made{std::move(inputs), {output}, {}, {}, {}};
    made.pipeline.stages = stages;
    return made;
}

/// x goes through a core of many stages, and past it, to a core that takes both.
Design with_bypass(std::uint32_t stages, std::uint64_t beats) {
    Design design;
    design.name = "bypass";
    for (const char* name : {"x", "deep", "past", "late", "y"})
        design.channels.push_back({name, byte, beats, 0});
    const auto id = [](std::uint32_t k) { return static_cast<ChannelId>(k); };
    design.inputs = {id(0)};
    design.outputs = {id(4)};
    design.actors = {{"fork", Fork{id(0), {id(1), id(2)}}},
                     {"deep", core({id(1)}, id(3), stages)},
                     {"both", core({id(3), id(2)}, id(4), 1)}};
    return design;
}

TEST(Schedule, WhatGoesPastAPipelineWaitsForAllThatIsInIt) {
    for (const std::uint64_t beats : {1U, 7U}) {
        Design design = with_bypass(40, beats);
        const Schedule found = schedule(design);
        EXPECT_EQ(found.cycles_per_frame, beats);
        // A beat is 40 clocks in the pipeline and one in the FIFO behind: so many others come past in that time.
        EXPECT_GE(design.channel(ChannelId{2}).depth, 41U);
        EXPECT_LE(design.channel(ChannelId{2}).depth, 45U);
        EXPECT_EQ(design.channel(ChannelId{1}).depth, 0U); // taken at once
        EXPECT_EQ(found.latency_cycles, beats - 1 + 41 + 2 + 1);
    }
}

TEST(Schedule, AnInputThatIsAnOutputTakesItsBeats) {
    Design design = with_bypass(3, 2);
    design.channels.push_back({"through", byte, 9, 0});
    design.inputs.push_back(ChannelId{5});
    design.outputs.push_back(ChannelId{5});
    const Schedule found = schedule(design);
    EXPECT_EQ(found.cycles_per_frame, 9U);
    EXPECT_EQ(found.busiest, "through");
}

TEST(Schedule, AWindowsStepsAreThePaddedImage) {
    Design design;
    design.channels = {
        {"image", byte, 20, 0}, {"windows", std::vector<FixedType>(9, byte[0]), 20, 0}, {"y", byte, 20, 0}};
    design.inputs = {ChannelId{0}};
    design.outputs = {ChannelId{2}};
    Window window{ChannelId{0}, ChannelId{1}, {{3, 3}, {1, 1}, {1, 1}, {1, 1}}, 4, 5, 4, 5, {0}};
    design.actors = {{"window", window}, {"core", core({ChannelId{1}}, ChannelId{2}, 3)}};
    EXPECT_EQ(schedule(design).cycles_per_frame, 6U * 7U);
    EXPECT_EQ(schedule(design).busiest, "window");
}

} // namespace
} // namespace gw::stream
