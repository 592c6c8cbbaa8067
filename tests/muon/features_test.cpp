#include <cstdlib>
#include <gtest/gtest.h>

#include "muon/features.hpp"
#include "muon/simulation.hpp"
#include "muon/target.hpp"

namespace gw::muon {
namespace {

TEST(Features, AreTheSameForBothCharges) {
    const auto events = simulate({.events = 50'000, .seed = 31});
    std::size_t bent = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const Event mirror = reflected(events[i]);
        ASSERT_EQ(features(events[i].primitives), features(mirror.primitives)) << "event " << i << ", seed 31";
        bent += bend_sign(events[i].primitives) != bend_sign(mirror.primitives) ? 1U : 0U;
    }
    EXPECT_GT(bent, events.size() * 8 / 10);
}

TEST(Features, DoNotDependOnTheSector) {
    for (const Event& event : simulate({.events = 5'000, .seed = 32})) {
        Primitives turned = event.primitives;
        for (auto& primitive : turned) {
            if (primitive) {
                primitive->sector = static_cast<std::int16_t>(primitive->sector % sectors + 1);
            }
        }
        ASSERT_EQ(features(event.primitives), features(turned)) << "seed 32";
    }
}

TEST(Features, KeepEveryStepOfThePrimitives) {
    Primitives primitives;
    primitives[0] = Primitive{12, 0, 1000, -20, 6};
    primitives[1] = Primitive{1, 0, -1100, -7, 4};
    primitives[3] = Primitive{1, 0, -1153, 60, 3};
    const Features got = features(primitives);
    // 12: 2145 - 2100 = 45; 14: -8; 24: -53. The bend is that of 14, negative: all angles change sign.
    const Features expected{-45, 0, 8, 0, 53, 0, 20, 7, 0, 0, flag, flag, 0, flag, flag, flag, 0, 0};
    EXPECT_EQ(got, expected);
    primitives[1]->phi = -1101;
    EXPECT_EQ(features(primitives)[0], -44);
}

TEST(Features, FitTheirWidthAndAreZeroWithoutPrimitives) {
    EXPECT_EQ(features({}), Features{});
    for (const Event& event : simulate({.events = 50'000, .seed = 33, .pt_max = 6})) {
        for (const int value : features(event.primitives)) {
            ASSERT_LE(std::abs(value), feature_limit);
        }
    }
    EXPECT_LT(feature_limit, 1 << (feature_width - 1));
}

TEST(Target, IsMonotonicAndInvertible) {
    double before = -1;
    for (double pt = 3; pt < 200; pt *= 1.01) {
        const double y = target_of_pt(pt);
        EXPECT_GT(y, before);
        EXPECT_NEAR(pt_from_output(y), pt, 1e-9 * pt);
        before = y;
    }
    EXPECT_LT(before, 1);
}

} // namespace
} // namespace gw::muon
