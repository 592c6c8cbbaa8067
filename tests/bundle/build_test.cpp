#include "bundle/build.hpp"

#include <gtest/gtest.h>

#include "bundle/events.hpp"
#include "bundle/vectors.hpp"
#include "emulate/emulator.hpp"
#include "emulate/reference.hpp"
#include "network/elements.hpp"
#include "network/file.hpp"
#include "support/expect_error.hpp"
#include "support/scratch.hpp"

namespace gw::bundle {
namespace {

using support::ErrorKind;
using test::Scratch;
namespace fs = std::filesystem;

network::Network two_outputs() {
    return network::from_json(R"({"format": "gatewright-network", "version": 1, "name": "two",
 "tensors": [{"name": "a", "shape": [2], "types": ["fixed<8,4>"]}, {"name": "b", "shape": [1], "types": ["fixed<8,4>"]},
             {"name": "p", "shape": [2], "types": ["ufixed<7,3>"]}, {"name": "q", "shape": [1], "types": ["fixed<8,4>"]}],
 "inputs": ["a", "b"], "outputs": ["p", "q"],
 "ops": [{"name": "first", "op": "relu", "input": "a", "output": "p"},
         {"name": "second", "op": "requantise", "input": "b", "output": "q"}]})",
                              "two");
}

BuildOptions without_card() {
    BuildOptions options;
    options.card = SimulatedCard::sources_only;
    options.vectors = 50;
    return options;
}

TEST(Build, ABundleIsWholeAndTheSameBytesEachTime) {
    const Scratch scratch;
    build(two_outputs(), scratch / "a.gw", without_card());
    build(two_outputs(), scratch / "b.gw", without_card());
    const Bundle a = open(scratch / "a.gw", Check::everything), b = open(scratch / "b.gw", Check::everything);
    EXPECT_EQ(to_json(a.manifest), to_json(b.manifest));
    EXPECT_EQ(network::to_json(a.network), network::to_json(two_outputs()));
    EXPECT_EQ(a.manifest.core.inputs.at(2).name, "b[0]");
    EXPECT_EQ(a.manifest.core.input_bits, 24U);
    EXPECT_EQ(read_report(a.directory).at("build").at("latency_cycles"), a.manifest.core.latency);
    EXPECT_EQ(scratch.entries(), 2U);
}

TEST(Build, AClockThatIsMissedIsSaid) {
    const Scratch scratch;
    BuildOptions options = without_card();
    EXPECT_EQ(read_report(build(two_outputs(), scratch / "a.gw", options).directory)["build"]["meets_clock"], true);
    options.plan.clock_ns = 0.4; // less than a rectifier and its register
    const Json report = read_report(build(two_outputs(), scratch / "b.gw", options).directory)["build"];
    EXPECT_EQ(report["meets_clock"], false);
    EXPECT_GT(report["worst_stage_ns"], 0.4);
}

TEST(Build, AStudyOfAnotherNetworkIsRefused) {
    const Scratch scratch;
    const Bundle bundle = build(two_outputs(), scratch / "a.gw", without_card());
    Json study{{"study", 1}};
    EXPECT_ERROR(keep_study(bundle, study, "study.json"), ErrorKind::user, "another network");
    network::Network other = two_outputs();
    other.tensor(other.outputs[0]).types = {fixed::ap_ufixed(7, 2)};
    study["networks"] = {{"network", network::fingerprint(other)}};
    EXPECT_ERROR(keep_study(bundle, study, "study.json"), ErrorKind::user, "another network");
    EXPECT_FALSE(read_report(bundle.directory).contains("study"));
    study["networks"] = {{"network", network::fingerprint(bundle.network)}};
    keep_study(bundle, study, "study.json");
    EXPECT_EQ(read_report(bundle.directory).at("study"), study);
}

TEST(Build, AFailureLeavesNothing) {
    const Scratch scratch;
    network::Network broken = two_outputs();
    broken.ops.pop_back(); // output q is never written
    EXPECT_THROW(build(broken, scratch / "a.gw", without_card()), support::Error);
    BuildOptions failing = without_card();
    failing.on_step = [](std::string_view step) {
        if (step == "write the kernel")
            throw support::user_error("enough");
    };
    EXPECT_ERROR(build(two_outputs(), scratch / "a.gw", failing), ErrorKind::user, "enough");
    EXPECT_EQ(scratch.entries(), 0U);
}

TEST(Build, EveryDamagedFileIsFound) {
    const Scratch scratch;
    const Bundle bundle = build(two_outputs(), scratch / "a.gw", without_card());
    EXPECT_GT(bundle.manifest.files.size(), 15U);
    for (const auto& [name, entry] : bundle.manifest.files) {
        const std::string good = support::read_file(bundle.directory / name);
        support::write_file(bundle.directory / name, good + " ");
        EXPECT_ERROR(open(bundle.directory, Check::everything), ErrorKind::user, name);
        support::write_file(bundle.directory / name, good);
    }
    EXPECT_NO_THROW(open(bundle.directory, Check::everything));
}

TEST(Build, VectorsAreTheEmulatorsToo) {
    const network::Network network = two_outputs();
    const Vectors vectors = make_vectors(network, 300, 5);
    std::vector<std::int64_t> outputs(vectors.outputs.size());
    emulate::Emulator(network).run(vectors.inputs, outputs);
    EXPECT_EQ(outputs, vectors.outputs);
    const auto files = bench_files(network, vectors);
    EXPECT_EQ(std::ranges::count(files.at("tb_data/inputs.txt"), '\n'), 300);
    EXPECT_EQ(files.at("tb_data/outputs.txt").substr(0, 2), (std::to_string(outputs[0]) + " ").substr(0, 2));
    EXPECT_EQ(values_of({1, -2, 3}, element_types(network, network.inputs)).values,
              (std::vector<double>{0.0625, -0.125, 0.1875}));
}

TEST(Build, WithoutAnHlsProjectWhereThereCanBeNoneUnlessItIsAskedFor) {
    network::Network network; // a stream of no bits
    const auto x = network.add({"x", {2, 1}, {fixed::ap_fixed(8, 4)}});
    const auto y = network.add({"y", {2, 1}, {{0, 0, true, {}, {}}}});
    network.inputs = {x};
    const auto z = network.add({"z", {2, 1}, {fixed::ap_fixed(8, 4)}});
    network.outputs = {y, z};
    network.ops = {{"nothing", network::Requantise{x, y}}, {"relu", network::Relu{x, z, {}}}};
    BuildOptions options = without_card();
    options.hls.io = hls::IoType::stream;
    const Scratch scratch;
    build(network, scratch / "without.gw", options);
    EXPECT_FALSE(fs::exists(scratch / "without.gw/hls"));
    options.needs_hls = true;
    EXPECT_ERROR(build(network, scratch / "with.gw", options), ErrorKind::unsupported, "no bits");
    EXPECT_FALSE(fs::exists(scratch / "with.gw"));
}

TEST(Build, VectorsOfLongEventsAreFew) {
    network::Network network;
    const auto x = network.add({"x", {200'000}, {fixed::ap_fixed(16, 8)}});
    const auto y = network.add({"y", {200'000}, {fixed::ap_fixed(16, 8)}});
    network.inputs = {x};
    network.outputs = {y};
    network.ops = {{"same", network::Requantise{x, y}}};
    const auto files = bench_files(network, make_vectors(network, 20, 5));
    const auto events = std::ranges::count(files.at("tb_data/inputs.txt"), '\n');
    EXPECT_GE(events, 1);
    EXPECT_LT(events, 5);
    EXPECT_EQ(events, std::ranges::count(files.at("tb_data/outputs.txt"), '\n'));
    EXPECT_LT(files.at("tb_data/inputs.txt").size(), 2'000'000U);
}

TEST(Report, SectionsAreReplacedOneByOne) {
    const Scratch scratch;
    EXPECT_TRUE(read_report(scratch.path()).empty());
    write_report_section(scratch.path(), "a", {{"n", 1}});
    write_report_section(scratch.path(), "b", {{"n", 2}});
    write_report_section(scratch.path(), "a", {{"n", 3}});
    EXPECT_EQ(read_report(scratch.path()).dump(), R"({"a":{"n":3},"b":{"n":2}})");
    support::write_file(scratch / "report.json", "[1");
    EXPECT_ERROR(read_report(scratch.path()), ErrorKind::user, "is no JSON object");
}

TEST(Events, OutputsAreSplitByTensor) {
    const auto outputs = split_outputs(two_outputs(), {{2, 3}, {1, 2, 3, 4, 5, 6}});
    EXPECT_EQ(outputs.at("p").shape, (std::vector<std::size_t>{2, 2}));
    EXPECT_EQ(outputs.at("p").values, (std::vector<double>{1, 2, 4, 5}));
    EXPECT_EQ(outputs.at("q").values, (std::vector<double>{3, 6}));
}

} // namespace
} // namespace gw::bundle
