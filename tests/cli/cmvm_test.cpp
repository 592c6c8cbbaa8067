// The contract of `gatewright cmvm`.
#include <nlohmann/json.hpp>

#include "cli/program.hpp"

namespace gw {
namespace {

using test::expect_refused;
using test::run;
using test::Scratch;

class Cmvm : public testing::Test {
  protected:
    std::string matrix(const std::string& name, std::vector<std::size_t> shape, std::vector<double> values,
                       support::Storage storage = support::Storage::int32) {
        support::write_npy(scratch / name, {std::move(shape), std::move(values)}, storage);
        return scratch / name;
    }
    nlohmann::json solved(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "cmvm");
        arguments.push_back("--json");
        const auto result = run(arguments);
        EXPECT_EQ(result.exit_code, 0) << result.output;
        return nlohmann::json::parse(result.output);
    }
    Scratch scratch;
    /// x * (7, 9, 63): two sums and one of sums, 63 = 7 * 9.
    std::string small = matrix("small.npy", {1, 3}, {7, 9, 63});
};

TEST_F(Cmvm, SaysAddersBitsDepthAndBounds) {
    const auto json = solved({small});
    EXPECT_EQ(json["inputs"], 1);
    EXPECT_EQ(json["outputs"], 3);
    EXPECT_EQ(json["adders"], 3);
    EXPECT_EQ(json["depth"], 1);
    EXPECT_EQ(json["lower_bound"]["adders"], 3);
    EXPECT_EQ(json["lower_bound"]["depth"], 1);
    EXPECT_GT(json["adder_bits"].get<int>(), 3 * 8);
    EXPECT_GT(solved({small, "--input-bits", "16"})["adder_bits"], json["adder_bits"]);
    EXPECT_GE(json["seconds"].get<double>(), 0);
    EXPECT_THAT(run({"cmvm", small}).output, testing::StartsWith("1 x 3: 3 adders (at least 3), "));
}

TEST_F(Cmvm, RoundsObjectiveAndDepthAreObeyed) {
    std::vector<double> values;
    for (int k = 0; k < 64; ++k)
        values.push_back((k * 37 + k * k * 11) % 255 - 127);
    const std::string file = matrix("eight.npy", {8, 8}, values);
    const auto plain = solved({file}), deep = solved({file, "--depth", "free"});
    EXPECT_EQ(plain["depth"], plain["lower_bound"]["depth"]);
    EXPECT_LE(deep["adder_bits"], plain["adder_bits"]);
    const std::vector<std::string> rounds{file, "--rounds", "128", "--seed", "7", "--objective", "adders"};
    auto first = solved(rounds), second = solved(rounds);
    EXPECT_LT(first["adders"], plain["adders"]);
    EXPECT_EQ(first["rounds"], 128);
    first.erase("seconds");
    second.erase("seconds");
    EXPECT_EQ(first, second);
    const std::string levels = std::to_string(plain["depth"].get<int>() + 1);
    EXPECT_LE(solved({file, "--depth", levels})["depth"], plain["depth"].get<int>() + 1);
    EXPECT_GT(solved({file, "--time", "0.05"})["rounds"], 0);
}

TEST_F(Cmvm, WritesVerilogWholeOrNotAtAll) {
    const std::string verilog = scratch / "product.v";
    solved({small, "--verilog", verilog});
    const std::string text = support::read_file(verilog);
    EXPECT_THAT(text, testing::HasSubstr("module product"));
    EXPECT_THAT(text, testing::HasSubstr("endmodule"));
    expect_refused({"cmvm", small, "--verilog", scratch / "no/product.v"}, 1, "No such file or directory");
    expect_refused({"cmvm", small, "--verilog", scratch / "module.v"}, 1, "module");
    EXPECT_FALSE(std::filesystem::exists(scratch / "module.v"));
}

TEST_F(Cmvm, BadInputIsNamed) {
    expect_refused({"cmvm", scratch / "absent.npy"}, 1, "absent.npy");
    expect_refused({"cmvm", matrix("float.npy", {1, 2}, {1, 2}, support::Storage::float64)}, 1, "floating-point type");
    expect_refused({"cmvm", matrix("line.npy", {3}, {1, 2, 3})}, 1, "1 dimensions and 3 elements is no matrix");
    expect_refused({"cmvm", matrix("cube.npy", {1, 1, 1}, {1})}, 1, "no matrix");
    expect_refused({"cmvm", matrix("wide.npy", {3, 1}, {2e9, 2e9, 2e9}), "--input-bits", "32"}, 1,
                   "column 0 give sums of 65 bits");
    support::write_file(scratch / "text.npy", "no array");
    expect_refused({"cmvm", scratch / "text.npy"}, 1, "text.npy");
    expect_refused({"cmvm", matrix("deep.npy", {1, 1}, {0x2AAA}), "--depth", "1"}, 1, "no adders of depth 1");
    expect_refused({"cmvm", small, "--depth", "shallow"}, 2, "shallow");
    expect_refused({"cmvm", small, "--objective", "beauty"}, 2, "beauty");
    expect_refused({"cmvm", small, "--time", "1", "--rounds", "5"}, 2, "--time");
    expect_refused({"cmvm", small, "--input-bits", "0"}, 2, "--input-bits");
}

} // namespace
} // namespace gw
