// The shell: what stands between the generated core and a card. A Vitis-style RTL kernel with an AXI4-Lite control
// port, an AXI4 read master and an AXI4 write master of 512 bits, and the simulated card that runs it in process
// (docs/card.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rtl/core.hpp"

namespace gw::shell {

/// Where one element lies in an event's bytes: little endian, ceil(width / 8) bytes, sign- or zero-extended to them.
struct Element {
    std::string name; ///< as in rtl::Field
    fixed::FixedType type;
    std::uint32_t byte = 0;  ///< offset of the first byte in the event
    std::uint32_t bytes = 0; ///< 0 for a type of width 0, whose value is 0
};

/// How events lie in memory. `bytes` is the sum of the elements' bytes rounded up to a power of two up to 64, or to a
/// multiple of 64: so no event straddles a beat that another event uses, and a beat holds 64 / bytes whole events or is
/// a part of one.
struct EventLayout {
    std::vector<Element> elements;
    std::uint32_t bytes = 1; ///< from one event to the next

    std::uint32_t events_per_beat() const { return bytes < 64 ? 64 / bytes : 1; }
    std::uint32_t beats_per_event() const { return bytes > 64 ? bytes / 64 : 1; }
};
EventLayout layout_of(const std::vector<rtl::Field>& fields);

/// How a host and the kernel speak of batches (UG1393, "Execution Modes"): one after the other, or the next one begun
/// while the one before is being finished.
enum class Control : std::uint8_t { ap_ctrl_hs, ap_ctrl_chain };
std::string to_string(Control control);
/// Throws support::Error (user) naming both.
Control control_from(const std::string& text);

/// Byte offsets in the control port's address space; the first eight are those that XRT and PYNQ expect of an
/// ap_ctrl_hs or ap_ctrl_chain kernel.
namespace registers {
inline constexpr std::uint32_t control = 0x00; ///< bit 0 start, 1 done (hs: clears on read; chain: stays until bit 4 is
                                               ///< written), 2 idle, 3 ready (clears on read), 4 continue, 7 restart
inline constexpr std::uint32_t interrupt_enable = 0x04; ///< bit 0: drive the interrupt pin at all
inline constexpr std::uint32_t interrupt_mask = 0x08;   ///< bit 0: on done, bit 1: on ready
inline constexpr std::uint32_t interrupt_status = 0x0c; ///< the same bits; writing 1 toggles
inline constexpr std::uint32_t input_address = 0x10;    ///< 64 bit, a multiple of 64
inline constexpr std::uint32_t output_address = 0x1c;   ///< 64 bit, a multiple of 64
inline constexpr std::uint32_t events = 0x28;           ///< 32 bit, events in the batch
inline constexpr std::uint32_t cycles =
    0x40; ///< 64 bit, read only: clocks of the last batch, or (chain) since the last start from rest
inline constexpr std::uint32_t read_beats = 0x48;  ///< read only: beats that came in
inline constexpr std::uint32_t write_beats = 0x4c; ///< read only: beats that went out
inline constexpr std::uint32_t errors =
    0x50; ///< read only: bit 0 read response, 1 write response, 2 misaligned address
inline constexpr std::uint32_t events_issued = 0x54;   ///< read only: events that entered the core
inline constexpr std::uint32_t core_latency = 0x58;    ///< read only: clocks from the core's input to its output
inline constexpr std::uint32_t soft_reset = 0x5c;      ///< writing 1 drops all batches; reads 1 until that is done
inline constexpr std::uint32_t input_checksum = 0x68;  ///< read only: CRC-32C of the beats that came in; 0: none
inline constexpr std::uint32_t output_checksum = 0x6c; ///< read only: of those that went out, bytes not written as 0
} // namespace registers

/// A register by name, for dumps and for PYNQ's register_map.
struct Register {
    std::string name;
    std::uint32_t offset = 0;
    std::uint32_t bits = 32;
    bool writable = false;
    std::string meaning;
};
/// All of them, in the order of their offsets; the same for every kernel.
const std::vector<Register>& register_map();

struct Options {
    std::uint32_t read_buffer_beats = 512; ///< beats that may be under way from memory: a power of two, 64 to 4096
    Control control = Control::ap_ctrl_hs;
    bool checksums = false; ///< sums of what the kernel reads and writes, for hosts that compare
};

/// What the host has to know of a kernel.
struct KernelInfo {
    std::string name; ///< of the kernel's top module
    EventLayout input, output;
    double clock_ns = 5;
    std::uint32_t core_latency = 1;
    Control control = Control::ap_ctrl_hs;
    bool checksums = false; ///< it has the registers input_checksum and output_checksum
};

struct Shell {
    rtl::Files files; ///< paths from the bundle's root: shell/kernel/*.v, shell/card.json, card/*
    KernelInfo kernel;
};

/// The kernel around `core` and the sources of its simulated card. Throws support::Error (user) for options out of
/// their range or a core that breaks rtl/core.hpp's contract.
Shell make_shell(const rtl::Core& core, const Options& options = {});

} // namespace gw::shell
