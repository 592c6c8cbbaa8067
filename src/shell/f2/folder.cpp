#include <fmt/format.h>

#include "shell/card_source.hpp"
#include "shell/f2/f2.hpp"
#include "shell/f2/texts.hpp"
#include "shell/template.hpp"
#include "support/atomic_file.hpp"
#include "support/checksum.hpp"
#include "support/error.hpp"
#include "support/process.hpp"

namespace gw::shell::f2 {

namespace fs = std::filesystem;

namespace {

Marks marks_of(const CardDescription& card, const rtl::Files& verilog) {
    const bool slow = card.kernel.clock_ns > clock_ns;
    return {{"K", card.kernel.name},
            {"CL", design_name(card)},
            {"DESIGN", fmt::format("{:08x}", design_identity(verilog))},
            {"IN_BYTES", std::to_string(card.kernel.input.bytes)},
            {"OUT_BYTES", std::to_string(card.kernel.output.bytes)},
            {"CORE_NS", fmt::format("{:g}", card.kernel.clock_ns)},
            {"CLOCK_NOTE",
             slow ? " **It will miss its timing: build the bundle again with a clock of 4 ns or less.**" : ""}};
}

void add_design(rtl::Files& files, const Marks& marks, const rtl::Files& verilog) {
    const std::string& kernel = marks.find("K")->second;
    const std::string& design = marks.find("CL")->second;
    for (const auto& [name, text] : verilog)
        files["design/" + name] = text;
    const auto put = [&](const std::string& part, const char* text) {
        files["design/" + kernel + part + ".v"] = fill(text, marks);
    };
    put("_f2", top_verilog);
    put("_f2_port", port_verilog);
    put("_f2_bus", bus_verilog);
    put("_f2_ring", ring_verilog);
    put("_f2_reads", reads_verilog);
    put("_f2_writes", writes_verilog);
    put("_f2_sink", sink_verilog);
    files["design/" + design + ".sv"] = fill(cl_verilog, marks);
    files["design/" + design + "_defines.vh"] =
        fmt::format("`ifndef CL_DEFINES_OF_{0}\n`define CL_DEFINES_OF_{0}\n`define CL_NAME {0}\n`endif\n", design);
    // The identity that AWS's examples without a driver of their own have; the kit reads this file line by line.
    files["design/cl_id_defines.vh"] = "`ifndef CL_ID_DEFINES\n`define CL_ID_DEFINES\n"
                                       "  `define CL_SH_ID0 32'hF010_1D0F\n"
                                       "  `define CL_SH_ID1 32'h1D51_FEDC\n`endif\n";
}

void add_build(rtl::Files& files, const Marks& marks) {
    const std::string& design = marks.find("CL")->second;
    const std::string scripts = "build/scripts/", constraints = "build/constraints/";
    files[scripts + "synth_" + design + ".tcl"] = fill(synth_script, marks);
    for (const char* script : {"build_all.tcl", "build_level_1_cl.tcl", "encrypt.tcl"})
        files[scripts + script] = fill(wrapper_script, {{"SCRIPT", script}});
    files[constraints + "cl_synth_user.xdc"] = "# Nothing: one clock, whose constraint the kit makes.\n";
    files[constraints + "cl_timing_user.xdc"] =
        "# Nothing: every port of the shell belongs to clk_main_a0, the only clock here.\n";
    files[constraints + "small_shell_cl_pnr_user.xdc"] =
        "# No placement of ours: the design fits one of the three regions.\n";
    files[constraints + "xdma_shell_cl_pnr_user.xdc"] = "# The kit does not offer this shell yet.\n";
    files["make_afi.sh"] = fill(make_afi_script, marks);
    files["README.md"] = fill(readme_text, marks);
}

void add_verif(rtl::Files& files, Marks marks) {
    const std::string design = marks.find("CL")->second;
    std::string sources;
    for (const auto& [name, text] : files)
        if (name.starts_with("design/") && (name.ends_with(".v") || name.ends_with(".sv")))
            sources += "$CL_DIR/" + name + "\n";
    marks["SOURCES"] = sources;
    files["verif/scripts/Makefile"] = fill(verif_makefile, marks);
    files["verif/scripts/Makefile.tests"] = fill(verif_tests, marks);
    files["verif/scripts/top.xsim.f"] = fill(verif_files, marks);
    files["verif/tests/" + design + "_base_test.sv"] = fill(verif_base_test, marks);
}

void add_programs(rtl::Files& files, const Marks& marks) {
    files["software/host.cpp"] = fill(host_source, marks);
    files["software/ring.hpp"] = fill(ring_header, marks);
    files["software/pinned.hpp"] = pinned_header;
    files["software/Makefile"] = fill(host_makefile, marks);
    files["emulation/cl_ports.vh"] = ports_stub;
    files["emulation/sh_ddr.sv"] = ddr_stub;
    files["emulation/simulation.hpp"] = card_simulation_text;
    files["emulation/rules.hpp"] = card_rules_text;
    files["emulation/shell.hpp"] = shell_header;
    files["emulation/library.cpp"] = fill(library_source, marks);
    files["emulation/include/fpga_pci.h"] = pci_header;
    files["emulation/include/fpga_mgmt.h"] = mgmt_header;
    files["emulation/include/gw_f2_emulation.h"] = emulation_header;
    files["emulation/Makefile"] = fill(emulation_makefile, marks);
}

} // namespace

std::string design_name(const CardDescription& card) {
    return "cl_" + card.core.module;
}

std::uint32_t design_identity(const rtl::Files& verilog) {
    support::Fnv1a64 sum;
    for (const auto& [name, text] : verilog) {
        sum.add(name);
        sum.add(text);
    }
    return static_cast<std::uint32_t>(sum.value() ^ sum.value() >> 32U);
}

rtl::Files folder_files(const CardDescription& card, const rtl::Files& verilog) {
    const Marks marks = marks_of(card, verilog);
    rtl::Files files;
    add_design(files, marks, verilog);
    add_build(files, marks);
    add_verif(files, marks);
    add_programs(files, marks);
    return files;
}

rtl::Files bundle_verilog(const fs::path& bundle) {
    rtl::Files files;
    for (const char* folder : {"rtl", "shell/kernel"}) {
        if (!fs::is_directory(bundle / folder))
            throw support::user_error("the bundle has no Verilog of a card", (bundle / folder).string(),
                                      "build it without --no-card");
        for (const fs::directory_entry& entry : fs::directory_iterator(bundle / folder)) {
            const std::string name = entry.path().filename().string();
            if (entry.path().extension() == ".v" && !name.ends_with("_tb.v"))
                files[name] = support::read_file(entry.path());
        }
    }
    return files;
}

void compile_emulation(const fs::path& folder) {
    const fs::path here = fs::absolute(folder) / "emulation";
    support::run_process({"make", "--no-print-directory"},
                         {.directory = here, .environment = {}, .time_limit = std::chrono::seconds(1800)});
    if (!fs::exists(folder / emulated_library))
        throw support::internal_error("make ended without an error, but left no library",
                                      (folder / emulated_library).string());
}

} // namespace gw::shell::f2
