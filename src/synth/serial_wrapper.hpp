// A core behind three pins, so that place and route sees only its logic and not hundreds of pads.
#pragma once

#include <string>

#include "rtl/core.hpp"

namespace gw::synth {

/// The name of the module that serial_wrapper makes.
std::string serial_name(const rtl::Core& core);

/// module NAME_serial (input clk, input d, output q): x is made of neighbours in a shift register that d feeds; y is
/// folded into another that ends in q, so that no output bit is without effect. No net in it has more than a handful of
/// loads, and no path more than one LUT.
std::string serial_wrapper(const rtl::Core& core);

} // namespace gw::synth
