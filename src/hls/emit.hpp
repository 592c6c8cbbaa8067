// The Vitis HLS project of a network: C++ a physicist can read, with the exact types that the network carries.
#pragma once

#include <string>

#include "hls/firmware.hpp"
#include "hls/options.hpp"
#include "network/network.hpp"
#include "plan/plan.hpp"

namespace gw::hls {

/// firmware/NAME.{h,cpp}: the top function; firmware/NAME_layers.h: a configuration a layer; firmware/weights/:
/// constants as integers, no file over a megabyte or so; firmware/layers/: a template a kind of layer; NAME_test.cpp
/// (reads tb_data/{inputs,outputs}.txt: raw integers, one event a line), project.tcl, hls_config.cfg, Makefile (g++
/// against the ap_types headers named by AP_TYPES). The top function has an argument for each input, then for each
/// output: an array of all elements (io_parallel) or a stream of beats, one a position (io_stream, as in
/// stream/design.hpp).
/// @param network sound
/// @param name a C identifier
/// Throws support::Error (unsupported) for another name, and where a stream would have no bits.
Files emit(const network::Network& network, const plan::Plan& plan, const std::string& name,
           const Options& options = {});

} // namespace gw::hls
