// The contract of `gatewright predict`.
#include <nlohmann/json.hpp>

#include "cli/program.hpp"

namespace gw {
namespace {

using test::expect_refused;
using test::run;
using test::Scratch;

class Predict : public testing::Test {
  protected:
    Predict() {
        support::write_file(model, test::tiny_network);
        support::write_npy(events, test::tiny_events);
    }
    Scratch scratch;
    std::string model = scratch / "tiny.json", events = scratch / "events.npy", output = scratch / "out.npy";
};

TEST_F(Predict, EveryInputFormatGivesTheSameExactValues) {
    support::write_csv(scratch / "events.csv", test::tiny_events, {"a", "b"});
    support::write_npz(scratch / "one.npz", {{"anything", {test::tiny_events, support::Storage::float32}}});
    support::write_npz(scratch / "named.npz",
                       {{"x", {test::tiny_events, support::Storage::float64}}, {"w", {{{1}, {0}}, {}}}});
    for (const std::string name : {"events.npy", "events.csv", "one.npz", "named.npz"}) {
        const auto result = run({"predict", model, scratch / name, "-o", output});
        EXPECT_EQ(result.exit_code, 0) << result.output;
        const support::Array array = support::read_npy(output);
        EXPECT_EQ(array.shape, (std::vector<std::size_t>{4, 1}));
        EXPECT_EQ(array.values, test::tiny_outputs) << name;
    }
}

TEST_F(Predict, EveryOutputFormatHoldsFloat64) {
    for (const std::string name : {"out.npy", "out.npz", "out.csv"})
        EXPECT_EQ(run({"predict", model, events, "-o", scratch / name, "--threads", "2"}).exit_code, 0);
    EXPECT_EQ(support::read_npz(scratch / "out.npz").at("y").values, test::tiny_outputs);
    EXPECT_EQ(support::read_csv(scratch / "out.csv").values, test::tiny_outputs);
    EXPECT_THAT(support::read_file(output), testing::HasSubstr("'descr': '<f8'"));
}

TEST_F(Predict, JsonGivesEventsAndTime) {
    const auto json = nlohmann::json::parse(run({"predict", model, events, "-o", output, "--json"}).output);
    EXPECT_EQ(json.at("events"), 4);
    EXPECT_GT(json.at("seconds").get<double>(), 0);
    EXPECT_NEAR(json.at("events_per_second").get<double>() * json.at("seconds").get<double>(), 4, 1e-6);
}

TEST_F(Predict, SeveralInputsInOrderOrByNameGiveSeveralOutputs) {
    const std::string two = scratch / "two.json";
    support::write_file(two, test::two_network);
    const support::Array a{{2, 2}, {1, -1, 2, 0.5}}, b{{2, 1}, {-3, 4}};
    support::write_npy(scratch / "a.npy", a);
    support::write_npy(scratch / "b.npy", b);
    support::write_npz(scratch / "ab.npz", {{"b", {b, {}}}, {"a", {a, {}}}});
    for (const bool by_name : {false, true}) {
        std::vector<std::string> command{"predict", two};
        if (by_name)
            command.push_back(scratch / "ab.npz");
        else
            command.insert(command.end(), {scratch / "a.npy", scratch / "b.npy"});
        command.insert(command.end(), {"-o", scratch / "out.npz"});
        EXPECT_EQ(run(command).exit_code, 0);
        const auto outputs = support::read_npz(scratch / "out.npz");
        EXPECT_EQ(outputs.at("p").values, (std::vector<double>{1, 0, 2, 0.5}));
        EXPECT_EQ(outputs.at("q").values, b.values);
    }
    expect_refused({"predict", two, scratch / "ab.npz", "-o", output}, 1, "2 outputs");
    expect_refused({"predict", two, scratch / "a.npy", scratch / "a.npy", scratch / "b.npy", "-o", scratch / "o.npz"},
                   1, "3 data files for a network with 2 inputs");
    expect_refused({"predict", two, scratch / "b.npy", scratch / "a.npy", "-o", scratch / "o.npz"}, 1,
                   "has shape (2, 1), but the input 'a' needs (events, 2)");
}

TEST_F(Predict, ThesisNetworkGivesEveryVectorFromEachOfItsForms) {
    const std::filesystem::path folder = std::filesystem::path(GW_SHARED_DIR) / "data/thesis-net";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "no " << folder;
    const support::Array vectors = support::read_csv(folder / "vectors.csv");
    support::Array inputs{{vectors.rows(), 27}, {}};
    std::vector<double> wanted;
    for (std::size_t row = 0; row < vectors.rows(); ++row) {
        for (std::size_t i = 0; i < 27; ++i)
            inputs.values.push_back(vectors.values[row * 28 + i] / 1024);
        wanted.push_back(vectors.values[row * 28 + 27] / 32768);
    }
    support::write_npy(events, inputs);
    for (const std::string form : {"muon_pt.keras", "muon_pt.h5", "muon_pt.json"}) {
        const auto result = run({"predict", folder / form, events, "-o", output, "--config", folder / "hls4ml.yml",
                                 "--numerics", "hls4ml"});
        ASSERT_EQ(result.exit_code, 0) << result.output;
        EXPECT_EQ(support::read_npy(output).values, wanted) << form;
        std::cout << form << ": " << wanted.size() << " vectors\n";
    }
}

} // namespace
} // namespace gw
