#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "muon/commands.hpp"
#include "muon/event_file.hpp"
#include "muon/features.hpp"
#include "support/error.hpp"

namespace gw::muon {
namespace {

class EventFileTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "muon_XXXXXX";
        folder = mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    std::filesystem::path folder;
};

TEST_F(EventFileTest, ReadsBackWhatItWrote) {
    const EventFile written{Spectrum::flat, simulate({.events = 3'000, .seed = 61, .spectrum = Spectrum::flat})};
    write_events(folder / "events.npz", written);
    const EventFile read = read_events(folder / "events.npz");
    ASSERT_EQ(read.events.size(), written.events.size());
    EXPECT_EQ(read.spectrum, Spectrum::flat);
    for (std::size_t i = 0; i < read.events.size(); ++i) {
        ASSERT_EQ(read.events[i].primitives, written.events[i].primitives);
        ASSERT_EQ(read.events[i].muon.pt, written.events[i].muon.pt);
        ASSERT_EQ(read.events[i].muon.charge, written.events[i].muon.charge);
    }
    const auto arrays = support::read_npz(folder / "events.npz");
    EXPECT_EQ(arrays.at("x").shape, (std::vector<std::size_t>{3'000, feature_count}));
    for (std::size_t i = 0; i < 3'000; ++i) {
        const Features expected = features(written.events[i].primitives);
        for (std::size_t f = 0; f < feature_count; ++f) {
            ASSERT_EQ(arrays.at("x").values[i * feature_count + f] * (1 << feature_fraction), expected[f]);
        }
        ASSERT_EQ(arrays.at("w").values[i] > 0, station_count(written.events[i].primitives) >= 2);
    }
}

TEST_F(EventFileTest, RefusesBrokenFiles) {
    const auto file = folder / "events.npz";
    EXPECT_THROW(read_events(file), support::Error);
    write_events(file, {Spectrum::flat, simulate({.events = 50, .seed = 62})});
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    EXPECT_THROW(read_events(file), support::Error);
    write_events(file, {Spectrum::flat, simulate({.events = 50, .seed = 62})});
    std::map<std::string, support::StoredArray> arrays;
    for (const auto& [name, array] : support::read_npz(file)) {
        arrays[name] = {array};
    }
    const auto refused = [&](const std::string& name, std::size_t at, double value) {
        auto changed = arrays;
        changed[name].array.values[at] = value;
        support::write_npz(folder / "changed.npz", changed);
        try {
            read_events(folder / "changed.npz");
        } catch (const support::Error& error) {
            return std::string(error.what()).find(name) != std::string::npos;
        }
        return false;
    };
    EXPECT_TRUE(refused("pt", 7, std::nan("")));
    EXPECT_TRUE(refused("pt", 7, -3));
    EXPECT_TRUE(refused("charge", 7, 2));
    EXPECT_TRUE(refused("primitives", 0, 5));
    arrays.erase("primitives");
    support::write_npz(folder / "changed.npz", arrays);
    EXPECT_THROW(read_events(folder / "changed.npz"), support::Error);
}

TEST_F(EventFileTest, CommandsRunEndToEnd) {
    const auto events = folder / "events.npz";
    const Outcome made = run(SimulateCommand{{.events = 20'000, .seed = 63}, events});
    EXPECT_EQ(made.json.at("events"), 20'000);
    EXPECT_EQ(run(BaselineCommand{events, {}, {}}).json.at("study").at("estimators").size(), 2U);
    StudyCommand command;
    command.events = events;
    command.output = folder / "study.json";
    // A network that gives one bit of what it knows: large or small bend.
    command.networks.push_back({"crude", [](const support::Array& x) {
                                    support::Array y{{x.rows(), 1}, {}};
                                    for (std::size_t i = 0; i < x.rows(); ++i) {
                                        y.values.push_back(std::abs(x.values[i * feature_count]) > 0.05 ? 0.4 : 0.6);
                                    }
                                    return y;
                                }});
    const Outcome outcome = run(command);
    EXPECT_TRUE(std::filesystem::exists(command.output));
    const auto& list = outcome.json.at("study").at("estimators");
    ASSERT_EQ(list.size(), 3U);
    EXPECT_GT(list[2].at("width_ratio_to_reference").at("value").get<double>(), 1.5);
    command.networks[0].predict = [](const support::Array&) { return support::Array{{2, 1}, {0.1, 0.2}}; };
    EXPECT_THROW(run(command), support::Error);
}

} // namespace
} // namespace gw::muon
