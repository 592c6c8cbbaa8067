// stream on a small model of hls4ml's: what it writes, simulates, and refuses.
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

const fs::path images = fs::path(GW_SOURCE_DIR) / "tests/fixtures/cases/hls4ml/Conv2D_1132";

std::vector<std::string> command(const fs::path& output, std::vector<std::string> more = {}) {
    fs::path model = images / "model.keras";
    if (!fs::exists(model))
        model = images / "model.h5";
    std::vector<std::string> all{"stream",     model,    "--config", images / "config.yml",
                                 "--numerics", "hls4ml", "-o",       output};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

TEST(Stream, SimulationAndEmulatorAgreeAtThePrintedPace) {
    if (!support::program_exists("verilator"))
        GTEST_SKIP() << "no verilator";
    const Scratch scratch;
    const auto result = run(command(scratch / "streamed", {"--frames", "100", "--json"}));
    ASSERT_EQ(result.exit_code, 0) << result.output;
    const json report = json::parse(result.output);
    EXPECT_EQ(report.at("simulation").at("mismatches"), 0);
    EXPECT_GE(report.at("simulation").at("frames"), 400); // four patterns of waits
    EXPECT_EQ(report.at("simulation").at("cycles_per_frame"), report.at("cycles_per_frame"));
    EXPECT_GT(report.at("inputs").at(0).at("beats_per_frame"), 1);
    EXPECT_TRUE(fs::exists(scratch / "streamed" / "streamed.v"));
    EXPECT_EQ(json::parse(support::read_file(scratch / "streamed" / "stream.json")), report);
    expect_refused(command(scratch / "streamed"), 1, "exists already");
    EXPECT_EQ(run(command(scratch / "streamed", {"--force", "--name", "mine"})).exit_code, 0);
    EXPECT_TRUE(fs::exists(scratch / "streamed" / "mine.v"));
}

TEST(Stream, ReuseFactorsComeFromTheConfigurationOrTheOption) {
    const Scratch scratch;
    const fs::path model = fs::path(GW_SOURCE_DIR) / "tests/fixtures/models/hls4ml_00.keras";
    std::string config = support::read_file(fs::path(model).replace_extension(".yml"));
    const auto pace = [&](const std::string& of_model, const std::string& by_type, std::vector<std::string> more) {
        std::string text = config;
        text.replace(text.find("ReuseFactor: 1"), 14, "ReuseFactor: " + of_model);
        if (!by_type.empty())
            text.replace(text.find("IOType"), 0, "  LayerType:\n    Dense:\n      ReuseFactor: " + by_type + "\n");
        support::write_file(scratch / "config.yml", text);
        std::vector<std::string> all{"stream",  model,    "--config", scratch / "config.yml",
                                     "--force", "--json", "-o",       scratch / "streamed"};
        all.insert(all.end(), more.begin(), more.end());
        const auto result = run(all);
        EXPECT_EQ(result.exit_code, 0) << result.output;
        return json::parse(result.output).at("cycles_per_frame").get<int>();
    };
    EXPECT_EQ(pace("1", "", {}), 1);
    EXPECT_EQ(pace("2", "", {}), 2);
    EXPECT_EQ(pace("2", "4", {}), 4);
    EXPECT_EQ(pace("4", "1", {}), 1);
    EXPECT_EQ(pace("1", "1", {"--reuse-factor", "4"}), 4);
    expect_refused(command(scratch / "other", {"--reuse-factor", "0"}), 2, "--reuse-factor");
}

TEST(Stream, BadNamesAndPlacesAreRefused) {
    const Scratch scratch;
    expect_refused(command(scratch / "streamed", {"--name", "wire"}), 1, "no name for a hardware module");
    EXPECT_FALSE(fs::exists(scratch / "streamed"));
    expect_refused(command(scratch / "streamed", {"--clock", "0"}), 2, "--clock");
}

} // namespace
} // namespace gw
