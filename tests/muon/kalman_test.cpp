#include <algorithm>
#include <gtest/gtest.h>

#include "muon/kalman.hpp"
#include "muon/simulation.hpp"

namespace gw::muon {
namespace {

std::vector<double> estimates_over_pt(const std::vector<Event>& events, const KalmanSettings& settings, double low,
                                      double high) {
    std::vector<double> ratios;
    for (const Event& event : events) {
        if (event.muon.pt >= low && event.muon.pt < high) {
            if (const auto pt = kalman_pt(event.primitives, settings)) {
                ratios.push_back(*pt / event.muon.pt);
            }
        }
    }
    std::sort(ratios.begin(), ratios.end());
    return ratios;
}

TEST(Kalman, RecoversPtWithoutNoise) {
    const auto events = simulate({.events = 40'000, .seed = 41, .noise = 0});
    for (const auto& [low, high] :
         {std::pair{8.0, 12.0}, std::pair{20.0, 30.0}, std::pair{45.0, 60.0}, std::pair{80.0, 100.0}}) {
        const auto ratios = estimates_over_pt(events, tuned_kalman(), low, high);
        ASSERT_GT(ratios.size(), 500U);
        EXPECT_NEAR(ratios[ratios.size() / 2], 1, 0.05) << low << " GeV, seed 41";
        // Rounding to 1/4096 and 1/512 rad alone is left, which grows with pT.
        EXPECT_LT((ratios[ratios.size() * 84 / 100] - ratios[ratios.size() * 16 / 100]) / 2, 0.01 + 0.0008 * high)
            << low;
    }
}

TEST(Kalman, PublishedConstantsCarryTheirEfficiencyScale) {
    const auto events = simulate({.events = 40'000, .seed = 42});
    const auto ratios = estimates_over_pt(events, published_kalman(), 18, 80);
    EXPECT_NEAR(ratios[ratios.size() / 2], 1.17, 0.03); // CMS divides 1/pT by 1.17 for 90 % efficiency at threshold
}

TEST(Kalman, IsTheSameForBothCharges) {
    for (const auto& settings : {published_kalman(), tuned_kalman()}) {
        for (const Event& event : simulate({.events = 5'000, .seed = 43})) {
            const auto one = kalman_pt(event.primitives, settings),
                       other = kalman_pt(reflected(event).primitives, settings);
            ASSERT_EQ(one.has_value(), other.has_value());
            if (one) {
                ASSERT_NEAR(*one, *other, 1e-9 * *one) << "seed 43";
            }
        }
    }
}

TEST(Kalman, NeedsTwoPrimitives) {
    Primitives primitives;
    EXPECT_FALSE(kalman_pt(primitives, published_kalman()));
    primitives[2] = Primitive{1, 0, 10, -5, 6};
    EXPECT_FALSE(kalman_pt(primitives, published_kalman()));
    primitives[3] = Primitive{1, 0, 8, -2, 6};
    const auto pt = kalman_pt(primitives, published_kalman());
    ASSERT_TRUE(pt);
    EXPECT_TRUE(*pt > 1 && *pt <= 300);
}

} // namespace
} // namespace gw::muon
