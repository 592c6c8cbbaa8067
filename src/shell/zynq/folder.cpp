#include "shell/zynq/folder.hpp"

#include <nlohmann/json.hpp>

#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::shell {

namespace {

namespace fs = std::filesystem;

/// The core's Verilog, without its test bench.
void copy_core(const fs::path& bundle, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(bundle / "rtl")) {
        const fs::path& file = entry.path();
        if (file.extension() == ".v" && !file.stem().string().ends_with("_tb"))
            fs::copy_file(file, to / file.filename());
    }
}

/// What gatewright.zynq (Python) has to know of the simulated board.
std::string board_json(const ZynqDesign& design) {
    const bool small = design.board.processor == Processor::zynq7000;
    const BoardAddresses where = zynq_addresses(design.board.processor);
    const nlohmann::ordered_json board{{"format", "gatewright-zynq-board"},
                                       {"version", 1},
                                       {"board", design.board.name},
                                       {"part", design.board.part},
                                       {"processor", small ? "processing_system7" : "zynq_ultra_ps_e"},
                                       {"design", design.kernel.name},
                                       {"library", zynq_library},
                                       {"dma", where.dma},
                                       {"kernel", where.kernel},
                                       {"range", where.range},
                                       {"stream_bits", design.kernel.width},
                                       {"input_event_bytes", design.kernel.input.bytes},
                                       {"output_event_bytes", design.kernel.output.bytes}};
    return board.dump(1) + "\n";
}

} // namespace

void write_zynq_folder(const fs::path& bundle, const CardDescription& card, const ZynqDesign& design,
                       const fs::path& directory, ZynqSimulation simulation) {
    copy_core(bundle, directory / "src");
    support::write_files(directory / "src", stream_verilog(design.kernel, card.core));
    support::write_files(directory, {{"package_ip.tcl", package_tcl(design)},
                                     {"block_design.tcl", block_design_tcl(design)},
                                     {"build.tcl", build_tcl(design)},
                                     {"driver.py", driver_python(design)},
                                     {"README.md", zynq_readme(design)}});
    fs::create_directories(directory / "vectors");
    for (const char* file : {"inputs.npy", "outputs.npy"})
        if (fs::exists(bundle / "vectors" / file))
            fs::copy_file(bundle / "vectors" / file, directory / "vectors" / file);
    const fs::path inside = directory / "simulation";
    support::write_files(inside, zynq_simulation_sources(design.kernel, zynq_addresses(design.board.processor)));
    const ZynqOverlay overlay = zynq_overlay(design);
    support::write_files(inside, {{"board.json", board_json(design)},
                                  {design.kernel.name + ".hwh", overlay.hwh},
                                  {design.kernel.name + ".bit", overlay.bit}});
    if (simulation == ZynqSimulation::compile)
        compile_zynq_simulation({directory / "src"}, inside, design.kernel);
}

} // namespace gw::shell
