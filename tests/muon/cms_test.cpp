// Against the CMS events and tables of ../shared/data, where they are.
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>

#include "muon/bmtf_lut.hpp"
#include "muon/cms.hpp"
#include "muon/simulation.hpp"
#include "support/error.hpp"

namespace gw::muon {
namespace {

const std::filesystem::path folder = std::filesystem::path(GW_SHARED_DIR) / "data/cms-muons";

class Cms : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(folder / "dt_primitives.csv")) {
            GTEST_SKIP() << folder << " is absent";
        }
    }
};

TEST_F(Cms, SimulationAgrees) {
    const CmsMuons muons = read_cms_muons(folder);
    ASSERT_GT(muons.sample.events.size(), 900U);
    const AngleTable theirs = measure_angles(muons.sample);
    const AngleTable ours =
        measure_angles({Spectrum::flat, simulate({.events = 150'000, .seed = 71, .spectrum = Spectrum::flat})});
    std::cout << compare_text(ours, theirs);
    for (std::size_t i = 0; i < theirs.observables.size(); ++i) {
        const Observable &a = ours.observables[i], &b = theirs.observables[i];
        EXPECT_NEAR(a.slope.value, b.slope.value, 3.5 * std::hypot(a.slope.error, b.slope.error))
            << b.name << ", seed 71";
        for (std::size_t bin = 2; bin < 5; ++bin) { // 30 to 150 GeV: 60 to 200 events of CMS each
            EXPECT_NEAR(a.width[bin].value, b.width[bin].value, 3.5 * b.width[bin].error + 0.15 * b.width[bin].value)
                << b.name << " bin " << bin;
        }
    }
}

TEST_F(Cms, TablesGiveTheLevel1Pt) {
    const CmsMuons muons = read_cms_muons(folder);
    const BmtfTables tables = BmtfTables::read(folder / "bmtf_pt_luts");
    std::size_t both = 0, equal = 0;
    for (std::size_t i = 0; i < muons.l1_pt.size(); ++i) {
        if (const auto pt = tables.pt(muons.sample.events[i].primitives); pt && muons.l1_pt[i]) {
            ++both;
            equal += *pt == *muons.l1_pt[i] ? 1U : 0U;
        }
    }
    std::cout << equal << " of " << both << " equal\n";
    // CMS's finder does not always use every primitive of the muon (its extrapolation windows may drop some: not
    // established).
    EXPECT_GT(static_cast<double>(equal) / static_cast<double>(both), 0.75);
}

TEST_F(Cms, BrokenTablesAreRefused) {
    EXPECT_THROW(BmtfTables::read(folder / "nowhere"), support::Error);
    EXPECT_THROW(read_cms_muons(folder / "nowhere"), support::Error);
}

} // namespace
} // namespace gw::muon
