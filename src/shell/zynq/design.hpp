// A Zynq design around the stream kernel, and the text files of its Vivado project.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shell/zynq/simulation.hpp"
#include "shell/zynq/stream_kernel.hpp"

namespace gw::shell {

enum class Processor : std::uint8_t { zynq7000, zynq_ultrascale };

struct ZynqBoard {
    std::string name, part;
    std::string board_files; ///< what Vivado's board files are called, as a pattern
    Processor processor = Processor::zynq7000;
    std::uint32_t stream_width = 64; ///< bits: as wide as the processor's memory port
    double clock_mhz = 100; ///< a design of ours should reach it on this part; a slower core's clock goes first
};
const std::vector<ZynqBoard>& zynq_boards();
/// Throws support::Error (user) naming the boards that there are.
const ZynqBoard& zynq_board(const std::string& name);

struct ZynqDesign {
    ZynqBoard board;
    StreamKernel kernel;
    std::string core;       ///< the core's module
    double clock_mhz = 100; ///< of the programmable logic

    std::string instance() const { return kernel.name + "_0"; }
};
/// @param width bits of the streams; nothing: the board's
ZynqDesign zynq_design(const rtl::Core& core, const ZynqBoard& board, std::optional<std::uint32_t> width = {});

/// Where the simulated board has its registers; a built design's stand in the .hwh that Vivado writes.
BoardAddresses zynq_addresses(Processor processor);

/// Tcl for Vivado: the kernel as an IP, the block design, and all steps from sources to .bit and .hwh.
std::string package_tcl(const ZynqDesign& design);
std::string block_design_tcl(const ZynqDesign& design);
std::string build_tcl(const ZynqDesign& design);
/// A Python module for the board: PYNQ and numpy are all that it needs.
std::string driver_python(const ZynqDesign& design);
std::string zynq_readme(const ZynqDesign& design);

/// NAME.hwh and NAME.bit of the simulated board, which PYNQ reads as it reads Vivado's.
struct ZynqOverlay {
    std::string hwh, bit;
};
ZynqOverlay zynq_overlay(const ZynqDesign& design);

} // namespace gw::shell
