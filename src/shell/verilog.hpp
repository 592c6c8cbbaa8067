// The kernel's modules, one function a file. Inside this room only.
#pragma once

#include <string>

#include "shell/kernel.hpp"

namespace gw::shell {

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
