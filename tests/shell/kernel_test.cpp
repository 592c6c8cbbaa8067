// The emitted Verilog is accepted, without a warning, by the three tools of the open flow, for every kind of event
// layout.
#include <gtest/gtest.h>

#include <cstdlib>

#include "shell/trivial_core.hpp"
#include "support/error.hpp"
#include "support/process.hpp"

namespace gw::shell {
namespace {

struct Case {
    const char* name;
    std::vector<fixed::FixedType> types;
    std::uint32_t latency;
    Control control = Control::ap_ctrl_hs;
    bool checksums = false;
};

std::vector<Case> cases() {
    return {
        {"one_bit", {fixed::ap_ufixed(1, 1)}, 1},
        {"one_byte", {fixed::ap_fixed(8, 4)}, 2},
        {"mixed", {fixed::ap_fixed(5, 2), fixed::ap_ufixed(12, 0), fixed::ap_fixed(17, 9), fixed::ap_fixed(64, 32)}, 5},
        {"full_beat", std::vector<fixed::FixedType>(64, fixed::ap_fixed(7, 3)), 9},
        {"two_beats", std::vector<fixed::FixedType>(65, fixed::ap_fixed(6, 3)), 3},
        {"many_beats", std::vector<fixed::FixedType>(130, fixed::ap_fixed(16, 6)), 40},
        {"chain", {fixed::ap_fixed(8, 4)}, 2, Control::ap_ctrl_chain},
        {"chain_many", std::vector<fixed::FixedType>(130, fixed::ap_fixed(16, 6)), 40, Control::ap_ctrl_chain},
        {"summed", std::vector<fixed::FixedType>(5, fixed::ap_fixed(18, 9)), 3, Control::ap_ctrl_hs, true},
        {"summed_chain", std::vector<fixed::FixedType>(5, fixed::ap_fixed(18, 9)), 3, Control::ap_ctrl_chain, true}};
}

class Emitted : public testing::TestWithParam<Case> {
  protected:
    std::filesystem::path write() const {
        const std::filesystem::path bundle = std::filesystem::path(GW_BINARY_DIR) / "tests" / "shell" / GetParam().name;
        std::filesystem::remove_all(bundle);
        const auto core = tests::trivial_core(GetParam().name, GetParam().types, GetParam().latency);
        tests::write_card(bundle, core.core, {{core.core.module + ".v", core.verilog}},
                          {.control = GetParam().control, .checksums = GetParam().checksums});
        return bundle;
    }
    std::string top() const { return std::string(GetParam().name) + "_kernel"; }
};

std::vector<std::string> sources(const std::filesystem::path& bundle) {
    std::vector<std::string> files;
    for (const char* folder : {"rtl", "shell/kernel"}) {
        for (const auto& entry : std::filesystem::directory_iterator(bundle / folder)) {
            files.push_back(entry.path().string());
        }
    }
    return files;
}

TEST_P(Emitted, VerilatorFindsNothingToWarnOf) {
    std::vector<std::string> command{"verilator",  "--lint-only", "-Wall",        "-Wno-SYMRSVDWORD",
                                     "--language", "1364-2001",   "--top-module", top()};
    const auto files = sources(write());
    command.insert(command.end(), files.begin(), files.end());
    const auto result = support::run_process(command);
    EXPECT_EQ(result.output, "");
}

TEST_P(Emitted, IcarusAcceptsItAsVerilog2001) {
    std::vector<std::string> command{"iverilog", "-g2001", "-Wall", "-t", "null", "-s", top()};
    const auto files = sources(write());
    command.insert(command.end(), files.begin(), files.end());
    const auto result = support::run_process(command);
    EXPECT_EQ(result.output, "");
}

TEST_P(Emitted, YosysSynthesisesItWithoutLatchesOrLoops) {
    std::string script = "read_verilog";
    for (const std::string& file : sources(write())) {
        script += " " + file;
    }
    script += "; hierarchy -check -top " + top() + "; proc; opt; check -assert; select -assert-none t:$dlatch";
    EXPECT_NO_THROW(support::run_process({"yosys", "-q", "-p", script}));
}

INSTANTIATE_TEST_SUITE_P(Layouts, Emitted, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST(Layout, IsAPowerOfTwoOrWholeBeats) {
    const auto bytes = [](std::size_t elements, int width) {
        return layout_of(
                   tests::trivial_core("core", std::vector<fixed::FixedType>(elements, fixed::ap_fixed(width, 1)), 1)
                       .core.inputs)
            .bytes;
    };
    EXPECT_EQ(bytes(1, 1), 1U);
    EXPECT_EQ(bytes(1, 9), 2U);
    EXPECT_EQ(bytes(27, 8), 32U);
    EXPECT_EQ(bytes(64, 8), 64U);
    EXPECT_EQ(bytes(65, 8), 128U);
    EXPECT_EQ(bytes(65, 16), 192U);
}

TEST(Description, SurvivesItsFile) {
    const auto core =
        tests::trivial_core("core", {fixed::ap_fixed(5, 2), fixed::parse_type("ufixed<12,0,RND,SAT>")}, 7).core;
    const Shell shell = make_shell(core);
    const CardDescription read = card_from_json(shell.files.at(card_description), "here");
    EXPECT_EQ(to_json(read), shell.files.at(card_description));
    EXPECT_EQ(read.core.inputs[1].type, core.inputs[1].type);
    EXPECT_EQ(read.core.input_bits, 17U);
    EXPECT_EQ(read.kernel.name, "core_kernel");
}

TEST(Description, SaysWhetherTheKernelHasChecksums) {
    const auto core = tests::trivial_core("core", {fixed::ap_fixed(5, 2)}, 1).core;
    const Shell with = make_shell(core, {.checksums = true}), without = make_shell(core);
    EXPECT_TRUE(card_from_json(with.files.at(card_description), "here").kernel.checksums);
    EXPECT_FALSE(card_from_json(without.files.at(card_description), "here").kernel.checksums);
    EXPECT_EQ(with.files.count("shell/kernel/core_kernel_checksum.v"), 1U);
    EXPECT_EQ(without.files.count("shell/kernel/core_kernel_checksum.v"), 0U);
}

TEST(Description, RefusesWhatItDoesNotKnow) {
    EXPECT_THROW(card_from_json("{", "here"), support::Error);
    EXPECT_THROW(card_from_json("{}", "here"), support::Error);
    EXPECT_THROW(card_from_json(R"({"format":"gatewright-card","version":2})", "here"), support::Error);
}

TEST(Shell, RefusesABufferThatIsNoPowerOfTwo) {
    const auto core = tests::trivial_core("core", {fixed::ap_fixed(5, 2)}, 1).core;
    EXPECT_THROW(make_shell(core, {.read_buffer_beats = 100}), support::Error);
    EXPECT_THROW(make_shell(core, {.read_buffer_beats = 32}), support::Error);
}

} // namespace
} // namespace gw::shell
