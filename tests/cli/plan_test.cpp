// plan: what it estimates, chooses, writes and refuses; build takes what it wrote.
#include <nlohmann/json.hpp>

#include "cli/program.hpp"

namespace gw {
namespace {

using nlohmann::json;
using test::expect_refused;
using test::run;
using test::Scratch;

TEST(Plan, TheChosenPlanIsWhatBuildMakesOfIt) {
    const Scratch scratch;
    support::write_file(scratch / "tiny.json", test::tiny_network);
    const auto result = run(
        {"plan", scratch / "tiny.json", "--fit", "xck26", "--latency", "20", "--json", "-o", scratch / "plan.json"});
    ASSERT_EQ(result.exit_code, 0) << result.output;
    const json report = json::parse(result.output);
    const json chosen = report.at("plans").at(report.at("chosen").get<std::size_t>());
    EXPECT_TRUE(chosen.at("device").at("fits").get<bool>());
    EXPECT_LE(chosen.at("latency_ns").get<double>(), 20);
    EXPECT_GT(chosen.at("lut").at("estimate").get<double>(), 0);
    EXPECT_EQ(report.at("device").at("lut"), 117120);
    EXPECT_GT(report.at("estimate_ms").get<double>(), 0);

    const auto built = run({"build", scratch / "tiny.json", "--plan", scratch / "plan.json", "-o", scratch / "tiny.gw",
                            "--no-card", "--json"});
    ASSERT_EQ(built.exit_code, 0) << built.output;
    const json core = json::parse(built.output);
    EXPECT_EQ(core.at("latency_cycles"), chosen.at("stages"));
    EXPECT_EQ(core.at("clock_ns"), chosen.at("clock_ns"));
    expect_refused({"plan", scratch / "tiny.json", "-o", scratch / "plan.json"}, 1, "exists already");
}

TEST(Plan, PlotsAreaAgainstLatency) {
    const Scratch scratch;
    support::write_file(scratch / "tiny.json", test::tiny_network);
    ASSERT_EQ(run({"plan", scratch / "tiny.json", "--plot", scratch / "curve.svg"}).exit_code, 0);
    const std::string svg = support::read_file(scratch / "curve.svg");
    for (const char* part : {"<svg", "LUT", "FF", "latency (ns)", "chosen"})
        EXPECT_THAT(svg, testing::HasSubstr(part));
    expect_refused({"plan", scratch / "tiny.json", "--plot", scratch / "curve.svg"}, 1, "exists already");
}

TEST(Plan, ATableForPeopleNamesClockAndSpan) {
    const Scratch scratch;
    support::write_file(scratch / "tiny.json", test::tiny_network);
    const auto result = run({"plan", scratch / "tiny.json", "--clock", "8", "--fit", "xc7z020"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, testing::HasSubstr("an estimate takes"));
    EXPECT_THAT(result.output, testing::HasSubstr("fits"));
    // an UltraScale+ part is faster
    expect_refused({"plan", scratch / "tiny.json", "--clock", "4", "--fit", "xc7z020"}, 1, "delay model");
    EXPECT_EQ(run({"plan", scratch / "tiny.json", "--clock", "4", "--fit", "xcvu13p"}).exit_code, 0);
}

TEST(Plan, WishesThatNoPlanGrantsAreRefused) {
    const Scratch scratch;
    support::write_file(scratch / "tiny.json", test::tiny_network);
    const auto late = run({"plan", scratch / "tiny.json", "--latency", "0.2", "-o", scratch / "plan.json"});
    EXPECT_EQ(late.exit_code, 1);
    EXPECT_THAT(late.output, testing::HasSubstr("no plan reaches a latency of 0.2 ns"));
    EXPECT_THAT(late.output, testing::HasSubstr("remedy: allow --latency"));
    EXPECT_FALSE(std::filesystem::exists(scratch / "plan.json"));
    expect_refused({"plan", scratch / "tiny.json", "--fit", "xcvu99"}, 1, "xcvu99");
    expect_refused({"plan", scratch / "tiny.json", "--clock", "0"}, 2, "--clock");
    expect_refused({"plan", scratch / "none.json"}, 1, "none.json");
}

} // namespace
} // namespace gw
