#include "plan/part.hpp"

#include <gtest/gtest.h>

#include "plan/file.hpp"

namespace gw::plan {
namespace {

TEST(Part, FamiliesByPartNumber) {
    EXPECT_EQ(family_of("xcu250-figd2104-2L-e"), Family::ultrascale_plus);
    EXPECT_EQ(family_of("xcvu13p"), Family::ultrascale_plus);
    EXPECT_EQ(family_of("xcku115-flvb2104-2-e"), Family::ultrascale);
    EXPECT_EQ(family_of("xc7z020clg400-1"), Family::series7);
    EXPECT_EQ(family_of("LFE5U-85F-8BG381C"), Family::ecp5);
    EXPECT_FALSE(family_of("10AX115"));
    EXPECT_FALSE(family_of(""));
}

TEST(Part, AnOlderFamilyIsSlower) {
    const DelayModel best = delays_of(Family::ultrascale_plus);
    EXPECT_EQ(best.adder, DelayModel{}.adder);
    EXPECT_EQ(delays_of("10AX115").adder, best.adder);
    for (const Family family : {Family::ultrascale, Family::series7, Family::ecp5}) {
        const DelayModel other = delays_of(family);
        EXPECT_GT(other.adder, best.adder);
        EXPECT_GT(other.carry_per_bit, best.carry_per_bit);
        EXPECT_GT(other.mux, best.mux);
        EXPECT_GT(other.register_overhead, best.register_overhead);
    }
}

TEST(Part, APlanFileWithoutDelaysHasThoseOfItsPart) {
    const std::string head = R"({"format": "gatewright-plan", "version": 1, "part": "lfe5u-85f")";
    EXPECT_EQ(from_json(head + "}", "here").delays.mux, delays_of(Family::ecp5).mux);
    const Plan own = from_json(head + R"(, "delays": {"adder": 7}})", "here");
    EXPECT_EQ(own.delays.adder, 7);
    EXPECT_EQ(own.delays.mux, delays_of(Family::ecp5).mux);
}

} // namespace
} // namespace gw::plan
