// verify --formal: a small network is proved; changed Verilog is not.
#include <nlohmann/json.hpp>

#include "cli/program.hpp"
#include "support/need.hpp"

namespace gw {
namespace {

using nlohmann::json;
using test::run;
using test::Scratch;

class FormalCommand : public testing::Test {
  protected:
    void SetUp() override {
        GW_NEED(support::program_exists("yosys"), "yosys is not installed");
        support::write_file(scratch_ / "tiny.json", test::tiny_network);
        ASSERT_EQ(run({"build", scratch_ / "tiny.json", "-o", bundle(), "--no-card"}).exit_code, 0);
    }
    std::string bundle() const { return scratch_ / "tiny.gw"; }
    /// Replaces a part of the Verilog.
    void change(const std::string& file, const std::string& from, const std::string& to) const {
        std::string text = support::read_file(bundle() + "/rtl/" + file);
        const std::size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos);
        support::write_file(bundle() + "/rtl/" + file, text.replace(at, from.size(), to));
    }
    Scratch scratch_;
};

TEST_F(FormalCommand, ProvesABundle) {
    const auto proved = run({"verify", bundle(), "--formal", "--json"});
    ASSERT_EQ(proved.exit_code, 0) << proved.output;
    const json proof = json::parse(proved.output);
    EXPECT_EQ(proof.at("verdict"), "proved");
    EXPECT_EQ(proof.at("not_proved"), 0);
    EXPECT_GE(proof.at("proved"), 1);
    EXPECT_EQ(json::parse(support::read_file(bundle() + "/report.json")).at("formal").at("verdict"), "proved");
    EXPECT_THAT(run({"verify", bundle(), "--formal"}).output, testing::HasSubstr("proved: "));
}

TEST_F(FormalCommand, FindsAnotherSign) {
    change("tiny_01_sum.v", " - ", " + ");
    const auto found = run({"verify", bundle(), "--formal"});
    EXPECT_EQ(found.exit_code, 1);
    EXPECT_THAT(found.output, testing::HasSubstr("DIFFERENT"));
    EXPECT_THAT(found.output, testing::HasSubstr("the Verilog is not the network"));
    GW_NEED(support::program_exists("iverilog"), "iverilog is not installed");
    EXPECT_THAT(found.output, testing::HasSubstr("confirmed: "));
}

TEST_F(FormalCommand, SaysWhatItCannotFollow) {
    change("tiny.v", "endmodule", "    assign y = ;\nendmodule");
    test::expect_refused({"verify", bundle(), "--formal"}, 1, "Yosys does not read this Verilog");
    EXPECT_NE(run({"verify", bundle(), "--time", "5"}).exit_code, 0); // a limit of the proof alone
    EXPECT_NE(run({"verify", bundle(), "--formal", "--vectors", "5"}).exit_code, 0);
}

} // namespace
} // namespace gw
