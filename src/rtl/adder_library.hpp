// The adders that cores instantiate: carry chains of two and three operands.
#pragma once

#include <string>

namespace gw::rtl {

/// The Verilog of the modules CORE_add2 and CORE_add3:
///   add2 #(WIDTH, NEGATIVE) (a, b, y): y = a + b, or a - b where NEGATIVE is 1
///   add3 #(WIDTH, NEGATIVE) (a, b, c, y): the sum of three, each subtracted where its bit of NEGATIVE (a is bit 0) is
///   set; at most two are
/// modulo 2^WIDTH. One text as plain expressions, and one, chosen by the macro GATEWRIGHT_ULTRASCALE, of CARRY8 and
/// LUT6_2; tests/rtl compares them.
std::string adder_library(const std::string& core);

} // namespace gw::rtl
