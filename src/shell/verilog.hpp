// The kernel's modules, one function a file. Inside this room only.
#pragma once

#include <string>

#include "shell/kernel.hpp"

namespace gw::shell {

/// Parts of modules with a control port. The slave takes a write (word write_word, write_data, write_strobe) in the one
/// clock in which `write` is high, and a read of araddr in that of `take`, in which the module sets rdata.
extern const char* const axi_lite_ports;      ///< of such a module: clk, reset and the bus
extern const char* const axi_lite_slave;      ///< in it
extern const char* const control_ports;       ///< of the kernel: s_axi_control
extern const char* const control_connections; ///< from the kernel's to the module's

/// Modules that are the same for every kernel but for their name's prefix.
std::string fifo_verilog(const std::string& kernel);
std::string control_verilog(const std::string& kernel, const Options& options);
std::string reader_verilog(const std::string& kernel);
std::string writer_verilog(const std::string& kernel);

/// CRC-32C of beats, one a clock.
std::string checksum_verilog(const std::string& kernel);

/// Beats to core inputs, and core outputs to beats.
std::string unpack_verilog(const std::string& kernel, const rtl::Core& core, const EventLayout& layout);
std::string pack_verilog(const std::string& kernel, const rtl::Core& core, const EventLayout& layout);

/// Lines "x[..] <= hold[..];" that take an event apart, and "assign event_bits[..] = {.. y[..]};" that put one
/// together.
std::string unpack_fields(const rtl::Core& core, const EventLayout& layout);
std::string pack_fields(const rtl::Core& core, const EventLayout& layout);

/// The top module.
std::string top_verilog(const KernelInfo& info, const rtl::Core& core, const Options& options);

/// Smallest n with 2^n >= value.
std::uint32_t ceil_log2(std::uint64_t value);

} // namespace gw::shell
