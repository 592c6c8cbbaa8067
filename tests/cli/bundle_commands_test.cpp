// build, verify, synth, run and report on a tiny network, and help for everything.
#include <nlohmann/json.hpp>

#include "cli/program.hpp"
#include "support/need.hpp"

namespace gw {
namespace {

using nlohmann::json;
using test::expect_refused;
using test::run;
using test::Scratch;
namespace fs = std::filesystem;

/// A bundle can be moved: no file in it names the place where it was made.
void expect_no_path(const fs::path& bundle, const fs::path& place) {
    for (const auto& entry : fs::recursive_directory_iterator(bundle)) {
        const bool named =
            entry.is_regular_file() && support::read_file(entry.path()).find(place.string()) != std::string::npos;
        EXPECT_FALSE(named) << entry.path();
    }
}

TEST(Help, EveryCommandEndsInAnExample) {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{{"info"},
                                                                                         {"predict"},
                                                                                         {"build"},
                                                                                         {"stream"},
                                                                                         {"hls"},
                                                                                         {"verify"},
                                                                                         {"synth"},
                                                                                         {"run"},
                                                                                         {"train"},
                                                                                         {"report"},
                                                                                         {"muon", "simulate"},
                                                                                         {"muon", "baseline"},
                                                                                         {"muon", "study"}}) {
        std::vector<std::string> arguments = command;
        arguments.push_back("--help");
        const auto result = run(arguments);
        EXPECT_EQ(result.exit_code, 0);
        EXPECT_THAT(result.output, testing::HasSubstr("Example:\n  gatewright " + command.front()));
        EXPECT_THAT(result.output, testing::HasSubstr("--json"));
    }
    EXPECT_THAT(run({"--version"}).output, testing::HasSubstr("gatewright "));
}

TEST(Info, NamesTensorsAndOps) {
    const Scratch scratch;
    support::write_file(scratch / "tiny.json", test::tiny_network);
    const json info = json::parse(run({"info", scratch / "tiny.json", "--json"}).output);
    EXPECT_EQ(info.at("inputs").at(0).at("type"), "fixed<8,4>");
    EXPECT_EQ(info.at("ops").at(0).at("constants_not_zero"), 2);
    EXPECT_THAT(run({"info", scratch / "tiny.json"}).output, testing::HasSubstr("2 constants, 2 of them not zero"));
}

TEST(Bundle, WithoutACardIsBuiltMovedAndDefended) {
    const Scratch scratch;
    const std::string model = scratch / "tiny.json", bundle = scratch / "tiny.gw", moved = scratch / "moved.gw";
    support::write_file(model, test::tiny_network);
    support::write_npy(scratch / "events.npy", test::tiny_events);
    const auto built = run({"build", model, "-o", bundle, "--no-card", "--clock", "2", "--json"});
    ASSERT_EQ(built.exit_code, 0) << built.output;
    EXPECT_EQ(json::parse(built.output).at("clock_ns"), 2);
    expect_refused({"build", model, "-o", bundle, "--no-card"}, 1, "exists already");
    EXPECT_EQ(run({"build", model, "-o", bundle, "--no-card", "--force"}).exit_code, 0);

    fs::rename(bundle, moved);
    EXPECT_EQ(run({"predict", moved, scratch / "events.npy", "-o", scratch / "out.npy"}).exit_code, 0);
    EXPECT_EQ(support::read_npy(scratch / "out.npy").values, test::tiny_outputs);
    expect_no_path(moved, scratch.path());
    expect_refused({"predict", moved, scratch / "events.npy", "-o", scratch / "o.npy", "--numerics", "exact"}, 1,
                   "numerics are settled");
    expect_refused({"run", moved, scratch / "events.npy", "-o", scratch / "o.npy", "--device", "sim"}, 1, "card");
    expect_refused(
        {"predict", moved, scratch / "events.npy", "-o", scratch / "o.npy", "--device", "sim", "--threads", "2"}, 1,
        "--threads is of the emulator");
    expect_refused({"synth", moved, "--seeds", "3"}, 1, "--seeds is not for yosys");
    expect_refused({"synth", moved, "--with", "nextpnr-ecp5", "--family", "xc7"}, 1, "--family is not for nextpnr");
    expect_refused({"synth", moved, "--clock", "9"}, 1, "--clock is not for yosys");

    support::write_file(moved + "/rtl/tiny.v", "damaged");
    expect_refused({"verify", moved}, 1, "differs from its checksum");
    fs::remove(moved + "/network.json");
    expect_refused({"info", moved}, 1, "is missing from the bundle");
    support::write_file(moved + "/manifest.json", "{\"format\": \"gatewright-bundle\", \"version\": 2}");
    expect_refused({"info", moved}, 1, "has version 2");
    EXPECT_FALSE(fs::exists(scratch / "o.npy"));
}

TEST(Bundle, OptionsThatCouldNotBeFollowedAreRefused) {
    const Scratch scratch;
    const std::string model = scratch / "tiny.json";
    support::write_file(model, test::tiny_network);
    support::write_file(scratch / "c.yml", "HLSConfig: {Model: {Precision: 'fixed<8,4>', ReuseFactor: 1}}\n");
    for (const std::string numerics : {"exact", "hls4ml"})
        expect_refused({"info", model, "--numerics", numerics}, 1, "leave out --numerics");
    expect_refused({"info", model, "--config", scratch / "c.yml"}, 1, "leave out --config");

    const std::string bundle = scratch / "tiny.gw";
    ASSERT_EQ(run({"build", model, "-o", bundle, "--no-card", "--part", "10AX115"}).exit_code, 0);
    expect_refused({"info", bundle, "--config", scratch / "c.yml"}, 1, "leave out --config and --numerics");
    expect_refused({"synth", bundle}, 1, "the family of the part '10AX115' is not known"); // no guess
    expect_refused({"synth", bundle, "--with", "nextpnr-ecp5", "--allow-dsp"}, 1, "--allow-dsp is not for nextpnr");
}

TEST(Bundle, TakesUpWhatTheVendorsToolsReport) {
    const Scratch scratch;
    const std::string model = scratch / "tiny.json", bundle = scratch / "tiny.gw";
    support::write_file(model, test::tiny_network);
    ASSERT_EQ(run({"build", model, "-o", bundle, "--no-card"}).exit_code, 0);
    support::write_file(scratch / "u.rpt", "|  Site Type  | Used |\n| CLB LUTs*  | 12 |\n| CLB Registers | 34 |\n");
    support::write_file(scratch / "bad.rpt", "nothing of interest\n");
    const auto read = run({"synth", bundle, "--with", "reports", "--reports", scratch / "u.rpt"});
    ASSERT_EQ(read.exit_code, 0) << read.output;
    const json report = json::parse(support::read_file(fs::path(bundle) / "report.json"));
    EXPECT_EQ(report.at("synth").at("lut"), 12);
    EXPECT_EQ(report.at("synth").at("ff"), 34);
    expect_refused({"synth", bundle, "--with", "reports"}, 1, "no reports are named");
    expect_refused({"synth", bundle, "--with", "reports", "--reports", scratch / "bad.rpt"}, 1, "bad.rpt");
    expect_refused({"synth", bundle, "--reports", scratch / "u.rpt"}, 1, "--reports is not for yosys");
}

TEST(Bundle, GoesThroughEveryCommand) {
    for (const std::string tool : {"verilator", "iverilog", "yosys"})
        GW_NEED(support::program_exists(tool), tool + " is not installed");
    const Scratch scratch;
    const std::string model = scratch / "tiny.json", bundle = scratch / "tiny.gw";
    support::write_file(model, test::tiny_network);
    support::write_npy(scratch / "events.npy", test::tiny_events);
    const auto built = run({"build", model, "-o", bundle});
    ASSERT_EQ(built.exit_code, 0) << built.output;
    expect_no_path(bundle, scratch.path());

    const auto verified = run({"verify", bundle, "--vectors", "5000", "--hls-vectors", "500", "--json"});
    ASSERT_EQ(verified.exit_code, 0) << verified.output;
    const json verify = json::parse(verified.output);
    EXPECT_EQ(verify.at("mismatches"), 0);
    EXPECT_EQ(verify.at("passed"), true);
    EXPECT_GE(verify.at("rtl").at("vectors"), 5000);
    EXPECT_EQ(verify.at("rtl").at("latency_measured"), verify.at("rtl").at("latency_declared"));

    const json synth = json::parse(run({"synth", bundle, "--with", "yosys", "--json"}).output);
    EXPECT_GT(synth.at("lut"), 0);
    EXPECT_EQ(synth.at("dsp"), 0);

    const auto ran =
        run({"run", bundle, scratch / "events.npy", "-o", scratch / "out.npy", "--device", "sim", "--json"});
    ASSERT_EQ(ran.exit_code, 0) << ran.output;
    EXPECT_EQ(json::parse(ran.output).at("mismatches"), 0);
    EXPECT_EQ(support::read_npy(scratch / "out.npy").values, test::tiny_outputs);
    EXPECT_EQ(run({"predict", bundle, scratch / "events.npy", "-o", scratch / "sim.npy", "--device", "sim"}).exit_code,
              0);
    EXPECT_EQ(support::read_npy(scratch / "sim.npy").values, test::tiny_outputs);

    const auto reported = run({"report", bundle});
    ASSERT_EQ(reported.exit_code, 0) << reported.output;
    EXPECT_THAT(reported.output, testing::HasSubstr("LUT / FF / DSP"));
    EXPECT_THAT(support::read_file(bundle + "/report.html"), testing::HasSubstr("</svg>"));
}

} // namespace
} // namespace gw
