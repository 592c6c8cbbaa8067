// The simulated board: AXI DMA and the Verilated stream kernel in one shared library, for PYNQ and for tests.
#pragma once

#include <filesystem>

#include "shell/zynq/stream_kernel.hpp"

namespace gw::shell {

/// Where the design's registers lie, as the processor sees them.
struct BoardAddresses {
    std::uint64_t dma = 0, kernel = 0;
    std::uint64_t range = 0x10000; ///< bytes of each
    friend bool operator==(const BoardAddresses&, const BoardAddresses&) = default;
};

inline constexpr const char* zynq_library = "libboard.so";

/// board.cpp, and what it includes.
rtl::Files zynq_simulation_sources(const StreamKernel& kernel, const BoardAddresses& addresses);

/// Compiles the library with Verilator and g++. @param sources folders with Verilog files, @param directory has
/// board.cpp and gets zynq_library. Throws support::Error where a tool is absent or refuses.
void compile_zynq_simulation(const std::vector<std::filesystem::path>& sources, const std::filesystem::path& directory,
                             const StreamKernel& kernel);

} // namespace gw::shell
