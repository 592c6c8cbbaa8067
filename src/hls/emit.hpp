// The Vitis HLS project of a network: C++ a physicist can read, with the exact types that the network carries.
#pragma once

#include <map>
#include <string>

#include "network/network.hpp"
#include "plan/plan.hpp"

namespace gw::hls {

/// File name -> contents, relative to the project's folder.
using Files = std::map<std::string, std::string>;

/// firmware/NAME.{h,cpp}, firmware/layers.h (one template per op), firmware/weights.h, NAME_test.cpp (reads
/// tb_data/{inputs,outputs}.txt: raw integers, one event a line), project.tcl, hls_config.cfg, Makefile (g++ against
/// the ap_types headers named by AP_TYPES). The top function is `void NAME(const NAME_input_t x[INPUTS], NAME_output_t
/// y[OUTPUTS])`.
/// @param network sound, with one input and one output tensor; else support::Error (unsupported)
/// @param name a C identifier
Files emit(const network::Network& network, const plan::Plan& plan, const std::string& name);

} // namespace gw::hls
