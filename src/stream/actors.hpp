// The Verilog modules of actors. Each has the ports clk and rst (high: reset), and for every channel I it reads
// iI_valid, iI_ready, iI, for every one it writes oI_valid, oI_ready, oI.
#pragma once

#include <string>

#include "rtl/core.hpp"
#include "stream/design.hpp"

namespace gw::stream {

/// The module itself, named NAME_ACTOR, and for a core those of its datapath.
rtl::Files module_of(const Design& design, const Actor& actor, double clock_ns);

/// What stands in a window's module (window_module.cpp).
std::string window_body(const Design& design, const Window& window);

/// "[BITS-1:0]"
std::string range(std::uint32_t bits);
/// What stands in the modules of folding (fold_modules.cpp).
std::string scatter_body(const Design& design, const Scatter& scatter);
std::string accumulate_body(const Design& design, const Accumulate& accumulate);

/// NAME_fifo #(WIDTH, DEPTH): what goes in comes out a clock later, at the soonest.
std::string fifo_module(const std::string& name);
/// An instance of it; the nets of its two sides are FROM, FROM_valid, FROM_ready and TO, TO_valid, TO_ready.
std::string fifo_instance(const std::string& design, const std::string& instance, std::uint32_t width,
                          std::uint32_t depth, const std::string& from, const std::string& to);

} // namespace gw::stream
