// The simulation against what was measured on CMS's own events (notes/muon-trigger.md 2.4; the numbers stand here
// because the events may not), and its properties.
#include <cmath>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "muon/cms.hpp"
#include "muon/simulation.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"

namespace gw::muon {
namespace {

bool same(const Event& a, const Event& b) {
    return a.muon.pt == b.muon.pt && a.muon.eta == b.muon.eta && a.muon.phi == b.muon.phi &&
           a.muon.charge == b.muon.charge && a.primitives == b.primitives;
}

TEST(Simulation, DoesNotDependOnThreadsAndDependsOnSeed) {
    SimulationOptions options{.events = 30'000, .seed = 11, .threads = 1};
    const auto one = simulate(options);
    options.threads = 3;
    const auto three = simulate(options);
    options.seed = 12;
    const auto other = simulate(options);
    std::size_t different = 0;
    for (std::size_t i = 0; i < one.size(); ++i) {
        ASSERT_TRUE(same(one[i], three[i])) << "event " << i << ", seed 11";
        different += same(one[i], other[i]) ? 0U : 1U;
    }
    EXPECT_EQ(different, one.size());
}

TEST(Simulation, PrefixesAgree) {
    const auto few = simulate({.events = 100, .seed = 4});
    const auto many = simulate({.events = 20'000, .seed = 4});
    for (std::size_t i = 0; i < few.size(); ++i) {
        EXPECT_TRUE(same(few[i], many[i])) << "event " << i;
    }
}

TEST(Simulation, MirrorImagesAreExact) {
    const auto events = simulate({.events = 20'000, .seed = 5});
    std::size_t seen = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
        Generated mirrored = events[i].muon;
        mirrored.charge = -mirrored.charge;
        mirrored.phi = -mirrored.phi;
        const Event mirror{mirrored, transport(mirrored, i)};
        const Event plain{events[i].muon, transport(events[i].muon, i)};
        ASSERT_EQ(reflected(plain).primitives, mirror.primitives) << "event " << i << ", seed 5";
        seen += station_count(plain.primitives);
    }
    EXPECT_GT(seen, events.size());
}

TEST(Simulation, BothChargesAndTheWholeRange) {
    const auto events = simulate({.events = 20'000, .seed = 6, .spectrum = Spectrum::flat});
    double positive = 0, mean = 0;
    for (const Event& event : events) {
        positive += event.muon.charge > 0 ? 1 : 0;
        mean += event.muon.pt;
        EXPECT_TRUE(event.muon.pt >= 3 && event.muon.pt <= 200 && std::abs(event.muon.eta) <= 0.9F);
        for (const auto& primitive : event.primitives) {
            if (primitive) {
                EXPECT_TRUE(primitive->sector >= 1 && primitive->sector <= 12 && std::abs(primitive->wheel) <= 2 &&
                            std::abs(primitive->phi) <= 2047 && primitive->quality >= 2 && primitive->quality <= 6);
            }
        }
    }
    const double n = static_cast<double>(events.size());
    EXPECT_NEAR(positive / n, 0.5, 4 * 0.5 / std::sqrt(n));
    EXPECT_NEAR(mean / n, 101.5, 4 * 57 / std::sqrt(n));
}

/// Slope and the half-widths in 15-30, 30-60 and 60-100 GeV (mrad) of CMS; 0 where the notes have none.
struct Measurement {
    double slope, slope_error;
    double width[3];
};

TEST(Simulation, AnglesAreThoseOfCms) {
    const std::map<std::string, Measurement> cms{{"phi1-gen", {2.359, 0.012, {4.3, 2.25, 1.05}}},
                                                 {"phi4-gen", {2.762, 0.014, {6.8, 3.1, 1.64}}},
                                                 {"phiB1", {1.383, 0.014, {6.8, 3.8, 3.65}}},
                                                 {"phiB2", {0.954, 0.020, {7.4, 4.3, 3.7}}},
                                                 {"phiB3", {0.563, 0.020, {0, 0, 0}}},
                                                 {"phiB4", {0.245, 0.015, {0, 0, 0}}},
                                                 {"dphi12", {0.199, 0.003, {0.80, 0.58, 0.34}}},
                                                 {"dphi13", {0.349, 0.008, {1.65, 0.87, 0.58}}},
                                                 {"dphi14", {0.404, 0.008, {2.3, 1.38, 0.78}}},
                                                 {"dphi23", {0.147, 0.003, {0.85, 0.58, 0.32}}},
                                                 {"dphi24", {0.213, 0.005, {0, 0, 0}}},
                                                 {"dphi34", {0.064, 0.003, {0.91, 0.53, 0.36}}}};
    const AngleTable table =
        measure_angles({Spectrum::flat, simulate({.events = 200'000, .seed = 21, .spectrum = Spectrum::flat})});
    ASSERT_EQ(table.observables.size(), cms.size());
    for (const Observable& observable : table.observables) {
        const Measurement& expected = cms.at(observable.name);
        EXPECT_NEAR(-observable.slope.value, expected.slope, expected.slope_error + 2 * observable.slope.error)
            << observable.name << ", seed 21";
        for (int bin = 0; bin < 3; ++bin) {
            if (expected.width[bin] > 0) { // 50 to 300 events of CMS a bin; below 30 GeV we scatter too much
                EXPECT_NEAR(observable.width[static_cast<std::size_t>(bin) + 1].value / expected.width[bin], 1,
                            bin == 0 ? 0.4 : 0.3)
                    << observable.name << " bin " << bin + 1 << ", seed 21";
            }
        }
    }
    const double share[] = {0.006, 0.038, 0.20, 0.41, 0.34};
    for (std::size_t n = 0; n <= stations; ++n) {
        EXPECT_NEAR(table.station_share[n], share[n], 0.045) << n << " primitives";
    }
}

TEST(Simulation, NoNoiseLeavesTheModelsAngles) {
    for (const double pt : {20.0, 50.0, 150.0}) {
        const Generated muon{static_cast<float>(pt), 0.3F, 0.05F, 1};
        const Primitives primitives = transport(muon, 3, 0);
        for (std::size_t s = 0; s < stations; ++s) {
            if (primitives[s]) { // within rounding of slope / pT, less the energy loss
                constexpr double slope[] = {1.389, 0.972, 0.571, 0.241};
                EXPECT_NEAR(primitives[s]->phi_b / 512.0, -slope[s] / pt, 1.0 / 512 + 2.5 / (pt * pt)) << pt;
            }
        }
    }
}

TEST(Simulation, RefusesImpossibleOptions) {
    EXPECT_THROW(simulate({.events = 0}), support::Error);
    EXPECT_THROW(simulate({.events = 10, .pt_min = 50, .pt_max = 20}), support::Error);
    EXPECT_THROW(simulate({.events = 10, .pt_min = std::nan("")}), support::Error);
    EXPECT_THROW(simulate({.events = 10, .eta_max = -1}), support::Error);
}

TEST(SimulationDeathTest, CtrlCEndsIt) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            support::install_interrupt_handlers();
            std::raise(SIGINT);
            try {
                simulate({.events = 1'000'000, .seed = 1});
            } catch (const support::Error& error) {
                std::exit(error.kind() == support::ErrorKind::interrupted ? 42 : 1);
            }
            std::exit(0);
        },
        testing::ExitedWithCode(42), "");
}

} // namespace
} // namespace gw::muon
