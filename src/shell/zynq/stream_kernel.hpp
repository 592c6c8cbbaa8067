// The kernel for boards whose processor moves data by AXI DMA: the core between two AXI4-Stream ports, with AXI4-Lite
// registers that count and report (docs/zynq.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shell/kernel.hpp"

namespace gw::shell {

/// Events in a stream: their elements in a row, ceil(width / 8) bytes each, little endian, without padding. The next
/// event follows at once, wherever a beat ends; a packet is whole events.
EventLayout stream_layout(const std::vector<rtl::Field>& fields);

/// Byte offsets in the stream kernel's control port.
namespace stream_registers {
inline constexpr std::uint32_t control = 0x00;  ///< writing bit 0: drop what is under way, zero counters and errors
inline constexpr std::uint32_t status = 0x04;   ///< bit 0 idle, 1 a beat waits to come in, 2 a beat waits to go out
inline constexpr std::uint32_t errors = 0x08;   ///< writing 1 clears; stream_error has the bits
inline constexpr std::uint32_t identity = 0x0c; ///< stream_identity
inline constexpr std::uint32_t packets_in = 0x10, packets_out = 0x14;
inline constexpr std::uint32_t events_in = 0x18, events_out = 0x1c;
inline constexpr std::uint32_t beats_in = 0x20, beats_out = 0x24;
inline constexpr std::uint32_t stalls_in = 0x28,
                               stalls_out = 0x2c; ///< clocks in which a beat was there and had to wait
inline constexpr std::uint32_t cycles =
    0x30; ///< clocks from the first beat in, the kernel being idle, until it is again
inline constexpr std::uint32_t core_latency = 0x34;
inline constexpr std::uint32_t input_event_bytes = 0x38, output_event_bytes = 0x3c;
} // namespace stream_registers

/// What a host finds in stream_registers::identity: "GWS" and the version of this register block.
inline constexpr std::uint32_t stream_identity = 0x47575301;

/// Bits of stream_registers::errors.
namespace stream_errors {
inline constexpr std::uint32_t ragged = 1; ///< a packet was not whole events; the rest was dropped
inline constexpr std::uint32_t holes = 2;  ///< a beat's TKEEP did not count up from its lowest byte
inline constexpr std::uint32_t empty = 4;  ///< a packet held no whole event, and so gave none
} // namespace stream_errors

/// All of them, in the order of their offsets; the same for every stream kernel.
const std::vector<Register>& stream_register_map();

/// What a host has to know of a stream kernel.
struct StreamKernel {
    std::string name; ///< of the top module
    EventLayout input, output;
    std::uint32_t width = 64; ///< bits of a beat on both streams
    double clock_ns = 5;
    std::uint32_t core_latency = 1;

    std::uint32_t beat_bytes() const { return width / 8; }
};

/// @param width bits of a beat: 32, 64 or 128
/// Throws support::Error (user) for another width.
StreamKernel stream_kernel(const rtl::Core& core, std::uint32_t width);

/// Its Verilog-2001 files, by their names; the core's own are not among them.
rtl::Files stream_verilog(const StreamKernel& kernel, const rtl::Core& core);

} // namespace gw::shell
