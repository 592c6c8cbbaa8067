// A folder with a Zynq board's Vivado project, its driver, and the board simulated.
#pragma once

#include <filesystem>

#include "shell/card.hpp"
#include "shell/zynq/design.hpp"

namespace gw::shell {

enum class ZynqSimulation : std::uint8_t {
    compile,     ///< with Verilator and g++
    sources_only ///< simulation/ then has its sources alone
};

/// Writes src/, the Tcl files, driver.py, README.md, vectors/ and simulation/ (libboard.so, board.json, NAME.bit and
/// NAME.hwh). @param bundle a whole one, @param directory exists
void write_zynq_folder(const std::filesystem::path& bundle, const CardDescription& card, const ZynqDesign& design,
                       const std::filesystem::path& directory, ZynqSimulation simulation);

} // namespace gw::shell
