// The C++ program that drives a Verilated streamed design.
#pragma once

#include <string>

namespace gw::verify {

/// @param sides definitions of the arrays `inputs` and `outputs` of Side
std::string streaming_harness_source(const std::string& sides);

} // namespace gw::verify
