// The stream kernel's modules. Inside this room only.
#pragma once

#include <string>

#include "shell/zynq/stream_kernel.hpp"

namespace gw::shell {

std::string stream_control_verilog(const StreamKernel& kernel);
std::string stream_unpack_verilog(const StreamKernel& kernel, const rtl::Core& core);
std::string stream_pack_verilog(const StreamKernel& kernel, const rtl::Core& core);
std::string stream_top_verilog(const StreamKernel& kernel, const rtl::Core& core);

} // namespace gw::shell
