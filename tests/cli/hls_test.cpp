// hls and synth --with reports, as typed.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "cli/program.hpp"
#include "support/need.hpp"
#include "verify/hls.hpp"

namespace gw {
namespace {

using nlohmann::json;
using test::expect_refused;
using test::run;
using test::Scratch;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path model = fs::path(GW_SOURCE_DIR) / "tests/fixtures/models/hls4ml_00.keras";

std::vector<std::string> command(const fs::path& config, const fs::path& output, std::vector<std::string> more = {}) {
    std::vector<std::string> all{"hls", model, "--config", config, "--numerics", "hls4ml", "-o", output};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

TEST(HlsCommand, WritesAProjectThatAgrees) {
    const auto ap_types = verify::find_ap_types();
    GW_NEED(ap_types.has_value(), "no ap_fixed.h: run scripts/bootstrap, or set GW_AP_TYPES");
    const Scratch scratch;
    const fs::path config = fs::path(model).replace_extension(".yml");
    const auto result =
        run(command(config, scratch / "p", {"--verify", "300", "--json", "--name", "top", "--io-type", "io_stream"}));
    ASSERT_EQ(result.exit_code, 0) << result.output;
    const json report = json::parse(result.output);
    EXPECT_EQ(report.at("io_type"), "io_stream");
    EXPECT_EQ(report.at("verification").at("mismatches"), 0);
    EXPECT_EQ(report.at("verification").at("vectors"), 300);
    // What a user types in the project.
    const auto made = support::run_process({"make", "-C", scratch / "p", "AP_TYPES=" + ap_types->string()}, {});
    EXPECT_THAT(made.output, HasSubstr("0 mismatches in 100 vectors"));
    expect_refused(command(config, scratch / "p"), 1, "exists already");
    expect_refused(command(config, scratch / "q", {"--name", "5top"}), 1, "5top");
    expect_refused(command(config, scratch / "q", {"--strategy", "area"}), 2, "--strategy");
    EXPECT_FALSE(fs::exists(scratch / "q"));
}

TEST(HlsCommand, IoTypeAndStrategyComeFromTheConfiguration) {
    const Scratch scratch;
    std::string text = support::read_file(fs::path(model).replace_extension(".yml"));
    text.replace(text.find("io_parallel"), 11, "io_stream");
    text.replace(text.find("ReuseFactor: 1"), 14, "ReuseFactor: 3");
    text.replace(text.find("Latency"), 7, "Resource");
    support::write_file(scratch / "config.yml", text);
    const auto result = run(command(scratch / "config.yml", scratch / "p", {"--name", "top", "--json"}));
    ASSERT_EQ(result.exit_code, 0) << result.output;
    EXPECT_EQ(json::parse(result.output).at("strategy"), "resource");
    EXPECT_THAT(support::read_file(scratch / "p" / "firmware" / "top_layers.h"), HasSubstr("clocks = 3;"));
    EXPECT_THAT(support::read_file(scratch / "p" / "firmware" / "top.cpp"), HasSubstr("hls::stream"));
    const auto other =
        run(command(scratch / "config.yml", scratch / "q",
                    {"--name", "top", "--io-type", "io_parallel", "--strategy", "latency", "--reuse-factor", "2",
                     "--hls-interface", "m_axi", "--clock", "3.5", "--part", "xcvu9p-flga2104-2L-e"}));
    ASSERT_EQ(other.exit_code, 0) << other.output;
    EXPECT_THAT(support::read_file(scratch / "q" / "firmware" / "top.cpp"), HasSubstr("PIPELINE II=2"));
    const std::string script = support::read_file(scratch / "q" / "project.tcl");
    for (const char* part : {"set_top top_kernel", "-flow_target vitis", "top_kernel.xo", "-period 3.5",
                             "xcvu9p-flga2104-2L-e", "firmware/top_kernel.cpp"})
        EXPECT_THAT(script, HasSubstr(part));
}

} // namespace
} // namespace gw
