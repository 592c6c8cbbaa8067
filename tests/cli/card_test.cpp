// `gatewright card --platform`: folders for boards and cards.
#include "cli/program.hpp"

namespace gw::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class CardPlatforms : public testing::Test {
  protected:
    void SetUp() override {
        support::write_file(scratch_ / "tiny.json", tiny_network);
        const auto made =
            run({"build", path("tiny.json"), "-o", path("tiny.gw"), "--no-card", "--control", "ap_ctrl_chain"});
        ASSERT_EQ(made.exit_code, 0) << made.output;
    }
    std::string path(const std::string& name) const { return (scratch_ / name).string(); }
    std::string text(const std::string& name) const { return support::read_file(scratch_ / name); }

    Scratch scratch_;
};

TEST_F(CardPlatforms, WriteWhatTheyAreAskedFor) {
    const auto board = run({"card", path("tiny.gw"), "--platform", "ecp5", "--board", "colorlight-i9", "--baud",
                            "2500000", "-o", path("board")});
    EXPECT_EQ(board.exit_code, 0) << board.output;
    EXPECT_THAT(text("board/board.lpf"), HasSubstr("LOCATE COMP \"uart_tx\" SITE \"J17\";"));
    EXPECT_THAT(text("board/top.v"), HasSubstr("CLOCKS_PER_BIT = 16'd10"));

    // The kernel is the bundle's, or one of another protocol.
    for (const auto& [more, protocol] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{}, "ap_ctrl_chain"}, {{"--control", "ap_ctrl_hs"}, "ap_ctrl_hs"}}) {
        std::vector<std::string> arguments{"card",  path("tiny.gw"),   "--platform", "alveo", "--board",     "u280",
                                           "--hbm", "--compute-units", "3",          "-o",    path(protocol)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto alveo = run(arguments);
        EXPECT_EQ(alveo.exit_code, 0) << alveo.output;
        EXPECT_THAT(text(protocol + "/kernel.xml"), HasSubstr("hwControlProtocol=\"" + protocol + "\""));
        EXPECT_THAT(text(protocol + "/src/tiny_kernel_control.v"), HasSubstr("registers of an " + protocol));
        EXPECT_THAT(text(protocol + "/link.cfg"), HasSubstr("sp=tiny_kernel_3.output:HBM[2]"));
    }
}

TEST_F(CardPlatforms, RefuseWhatTheyCannotDo) {
    const auto refused = [&](std::vector<std::string> arguments, const std::string& part) {
        arguments.insert(arguments.begin(), {"card", path("tiny.gw"), "-o", path("refused"), "--platform"});
        expect_refused(arguments, 1, part);
        EXPECT_FALSE(fs::exists(scratch_ / "refused"));
    };
    refused({"ecp5", "--board", "icestick"}, "choose one of: ulx3s");
    refused({"ecp5", "--baud", "115201"}, "no serial speed of 115201");
    refused({"ecp5", "--clock-mhz", "7.3"}, "no PLL setting");
    refused({"alveo", "--board", "u30"}, "choose one of: u50");
    refused({"alveo", "--board", "u250", "--hbm"}, "has no HBM");
    refused({"alveo", "--board", "u250", "--banks", "5"}, "4 banks, not 5");
    fs::create_directory(scratch_ / "there");
    expect_refused({"card", path("tiny.gw"), "-o", path("there"), "--platform", "ecp5"}, 1, "there");
}

} // namespace
} // namespace gw::test
