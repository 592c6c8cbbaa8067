// The generated folder: its Verilog is accepted, without a warning, by the open tools; its scripts find their way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "f2/fixture.hpp"
#include "support/need.hpp"
#include "support/scratch.hpp"

namespace gw::shell::f2 {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const tests::F2Design& wide_design() {
    static const tests::F2Design made =
        tests::f2_folder("f2_wide", std::vector<fixed::FixedType>(90, fixed::ap_fixed(16, 6)), 5);
    return made;
}

std::vector<std::string> verilog(const tests::F2Design& design) {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(design.folder / "design"))
        if (entry.path().extension() == ".v")
            files.push_back(entry.path().string());
    return files;
}

std::string output_of(std::vector<std::string> command, const std::vector<std::string>& files) {
    command.insert(command.end(), files.begin(), files.end());
    return support::run_process(command).output;
}

TEST(Folder, PlainVerilogIsAcceptedWithoutAWarning) {
    const auto files = verilog(wide_design());
    EXPECT_EQ(output_of({"verilator", "--lint-only", "-Wall", "-Wno-SYMRSVDWORD", "--language", "1364-2001",
                         "--top-module", "f2_wide_kernel_f2"},
                        files),
              "");
    EXPECT_EQ(output_of({"iverilog", "-g2001", "-Wall", "-t", "null", "-s", "f2_wide_kernel_f2"}, files), "");
    std::string script = "read_verilog";
    for (const std::string& file : files)
        script += " " + file;
    EXPECT_NO_THROW(support::run_process(
        {"yosys", "-q", "-p",
         script +
             "; hierarchy -check -top f2_wide_kernel_f2; proc; opt; check -assert; select -assert-none t:$dlatch"}));
}

TEST(Folder, TheTopIsAcceptedWithOurListOfTheShellsPorts) {
    const fs::path folder = wide_design().folder;
    auto files = verilog(wide_design());
    files.push_back((folder / "design/cl_f2_wide.sv").string());
    files.push_back((folder / "emulation/sh_ddr.sv").string());
    const std::string design = "+incdir+" + (folder / "design").string(),
                      ports = "+incdir+" + (folder / "emulation").string();
    EXPECT_EQ(output_of({"verilator", "--lint-only", "-Wall", "-Wno-SYMRSVDWORD", "-Wno-UNUSEDSIGNAL", "--top-module",
                         "cl_f2_wide", design, ports},
                        files),
              "");
    EXPECT_EQ(output_of({"iverilog", "-g2012", "-t", "null", "-s", "cl_f2_wide", "-I" + (folder / "design").string(),
                         "-I" + (folder / "emulation").string()},
                        files),
              "");
}

TEST(Folder, HoldsNothingOfTheKitAndNamesItsOwnFiles) {
    const rtl::Files files =
        folder_files(read_card(wide_design().card.bundle), bundle_verilog(wide_design().card.bundle));
    for (const auto& [name, text] : files) {
        EXPECT_EQ(text.find("Amazon.com, Inc."), std::string::npos) << name;
        EXPECT_EQ(text.find("/work"), std::string::npos) << name;
    }
    EXPECT_EQ(files.count("design/cl_ports.vh"), 0U);
    EXPECT_THAT(files.at("verif/scripts/top.xsim.f"), HasSubstr("$CL_DIR/design/f2_wide_kernel_f2_ring.v"));
    // The kit's script reads these two lines: a value with one underscore between device and vendor.
    EXPECT_THAT(files.at("design/cl_id_defines.vh"), HasSubstr("`define CL_SH_ID0 32'hF010_1D0F\n"));
}

TEST(Folder, SaysWhenTheCoreIsTooSlowForTheShellsClock) {
    const shell::CardDescription card = read_card(wide_design().card.bundle);
    shell::CardDescription slow = card, fast = card;
    slow.kernel.clock_ns = 5;
    fast.kernel.clock_ns = 4;
    EXPECT_THAT(folder_files(slow, {}).at("README.md"), HasSubstr("will miss its timing"));
    EXPECT_THAT(folder_files(fast, {}).at("README.md"), Not(HasSubstr("will miss its timing")));
}

/// make_afi.sh with programs of the kit's and AWS's names that only write down how they were called.
class MakeAfi : public testing::Test {
  protected:
    void SetUp() override {
        const auto program = [&](const std::string& name, const std::string& text) {
            fs::create_directories((scratch_ / name).parent_path());
            support::write_file(scratch_ / name, "#!/bin/bash\n" + text);
            fs::permissions(scratch_ / name, fs::perms::owner_all);
        };
        fs::copy(wide_design().folder, scratch_ / "cl_f2_wide", fs::copy_options::recursive);
        program("bin/aws", "echo aws \"$@\"\n");
        program("kit/build/scripts/aws_build_dcp_from_cl.py",
                "echo build \"$@\" in $PWD\nmkdir -p $CL_DIR/build/checkpoints\n"
                "if [[ ${MADE:-} ]]; then touch $CL_DIR/build/checkpoints/$MADE; fi\n");
    }
    support::ProcessResult run(const std::string& made, const std::string& kit = "kit") {
        support::ProcessOptions options;
        options.environment = {{"PATH", (scratch_ / "bin").string() + ":/usr/bin:/bin"}, {"MADE", made}};
        if (!kit.empty())
            options.environment["HDK_SHELL_DIR"] = (scratch_ / kit).string();
        options.check = false;
        return support::run_process({"bash", (scratch_ / "cl_f2_wide/make_afi.sh").string(), "bucket"}, options);
    }
    test::Scratch scratch_;
};

TEST_F(MakeAfi, BuildsUploadsAndCreates) {
    const auto result = run("2026.Developer_CL.tar");
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("build -c cl_f2_wide --mode small_shell in " +
                                         (scratch_ / "cl_f2_wide/build/scripts").string()));
    EXPECT_THAT(result.output, HasSubstr("2026.Developer_CL.tar s3://bucket/cl_f2_wide/2026.Developer_CL.tar"));
    EXPECT_THAT(result.output, HasSubstr("create-fpga-image --name cl_f2_wide"));
}

TEST_F(MakeAfi, StopsWhereTheKitIsAbsentOrItsBuildFails) {
    EXPECT_THAT(run("", "").output, HasSubstr("hdk_setup.sh"));
    const auto none = run("");
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_THAT(none.output, HasSubstr("no checkpoint was made"));
    support::write_file(scratch_ / "cl_f2_wide/build/checkpoints/x.post_route.VIOLATED.dcp", "");
    const auto late = run("2026.Developer_CL.tar");
    EXPECT_EQ(late.exit_code, 1);
    EXPECT_THAT(late.output, HasSubstr("misses its timing"));
    EXPECT_THAT(late.output, Not(HasSubstr("create-fpga-image")));
}

} // namespace
} // namespace gw::shell::f2
