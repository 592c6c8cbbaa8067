// A self-checking test bench in plain Verilog, for any simulator.
#pragma once

#include <cstdint>
#include <span>

#include "rtl/core.hpp"

namespace gw::rtl {

/// NAME_tb.v, vectors_in.hex and vectors_out.hex (one packed word a line), to stand beside the core's files; run there
/// with `iverilog -g2001 -o sim *.v && vvp sim`. It feeds one vector a clock without a gap, compares every output at
/// exactly the core's latency, and measures that latency by a step from one vector to another whose output differs. The
/// last line it prints is "PASS <n> vectors, latency <l> cycles" (or "latency not observable", where all outputs are
/// the same) or "FAIL ...".
/// @param inputs, outputs raw mantissas of at least one vector, one vector after the other; the outputs are what is
/// expected,
///                        from whatever the core is to agree with
Files test_bench(const Core& core, std::span<const std::int64_t> inputs, std::span<const std::int64_t> outputs);

} // namespace gw::rtl
