// The custom-logic folder for AWS F2 instances: the kernel behind AWS's small shell, all that AWS's kit needs to build
// it, and an emulation of the shell that runs without either (docs/f2.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "shell/card.hpp"

namespace gw::shell::f2 {

/// Byte offsets in the application function's BAR0 (the shell's OCL port). The kernel's own registers come first.
namespace registers {
inline constexpr std::uint64_t kernel = 0x0000;             ///< shell::registers, 4 KiB
inline constexpr std::uint64_t identity = 0x1000;           ///< read only: `identity_value`
inline constexpr std::uint64_t version = 0x1004;            ///< read only: `version_value`
inline constexpr std::uint64_t control = 0x1008;            ///< bit 0 ring on, 1 reset kernel and ring
inline constexpr std::uint64_t status = 0x100c;             ///< bit 0 busy, 1 in reset, 2 ring stopped by an error
inline constexpr std::uint64_t descriptors = 0x1010;        ///< 64 bit: the descriptor ring's physical address
inline constexpr std::uint64_t completions = 0x1018;        ///< 64 bit: the completion ring's physical address
inline constexpr std::uint64_t entries_log2 = 0x1020;       ///< entries of either ring: 2^value, 0 to 16
inline constexpr std::uint64_t produced = 0x1024;           ///< descriptors that the host has written, modulo 2^32
inline constexpr std::uint64_t completed = 0x1028;          ///< read only: descriptors done, modulo 2^32
inline constexpr std::uint64_t reads_outstanding = 0x102c;  ///< read only: PCIM read bursts under way
inline constexpr std::uint64_t writes_outstanding = 0x1030; ///< read only: PCIM write bursts under way
inline constexpr std::uint64_t design = 0x1034;             ///< read only: design_identity
} // namespace registers

inline constexpr std::uint32_t identity_value = 0x47574632; ///< "GWF2"
inline constexpr std::uint32_t version_value = 1;

/// Main clock of the shell, to which all of its ports belong.
inline constexpr double clock_ns = 4;

/// "cl_" and the core's name: of the folder and of its top module.
std::string design_name(const CardDescription& card);

/// Tells designs apart: a checksum of core and kernel, contents by file name.
std::uint32_t design_identity(const rtl::Files& verilog);

/// The files, paths from the folder's root. Nothing of AWS's kit is among them.
/// @param verilog core and kernel: the bundle's rtl/ and shell/kernel/, contents by file name
rtl::Files folder_files(const CardDescription& card, const rtl::Files& verilog);

/// The bundle's Verilog as folder_files wants it. Throws support::Error (user) where a folder is absent.
rtl::Files bundle_verilog(const std::filesystem::path& bundle);

/// Where the emulated library lies in the folder, once compiled.
inline constexpr const char* emulated_library = "emulation/libfpga_mgmt.so";

/// Runs Verilator and the C++ compiler in the folder's emulation/. Throws support::Error if a tool is absent or
/// refuses.
void compile_emulation(const std::filesystem::path& folder);

} // namespace gw::shell::f2
