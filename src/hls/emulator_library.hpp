// The library that CMSSW loads: hls4mlEmulator::Model behind create_model and destroy_model.
#pragma once

#include <string>

#include "hls/top.hpp"

namespace gw::hls {

/// emulator/NAME_emulator.cpp. What its calls take is in its own comment.
std::string emulator_source(const Top& top);
/// emulator/emulator.h: the interface, for where CMSSW's own header is not there.
std::string emulator_interface();

} // namespace gw::hls
