// The adders that cores instantiate: carry chains of two and three operands.
#pragma once

#include <string>

namespace gw::rtl {

/// The Verilog of the modules
///   CORE_add2 #(WIDTH, SUBTRACTED) (a, b, y): y = a + b, or a - b where SUBTRACTED is 1
///   CORE_add3 #(WIDTH, SUBTRACTED) (a, b, c, y): a + b + c, a + b - c or a - b - c, as SUBTRACTED is 0, 1 or 2
/// modulo 2^WIDTH. One text as plain expressions, and one, chosen by the macro GATEWRIGHT_ULTRASCALE, of CARRY8 and
/// LUT6_2; tests/synth proves them equal.
std::string adder_library(const std::string& core);

} // namespace gw::rtl
