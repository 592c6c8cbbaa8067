// How a network is written as HLS, in hls4ml's words.
#pragma once

#include <cstdint>

namespace gw::hls {

enum class IoType : std::uint8_t {
    parallel, ///< all elements of a tensor at once, as arrays
    stream    ///< a beat of channels a position, through FIFOs
};

enum class Strategy : std::uint8_t {
    latency, ///< everything unrolled; the reuse factor is the top's initiation interval
    resource ///< layer after layer, each with its own loop of as many clocks as its reuse factor
};

/// How constants of dense layers and convolutions get into the hardware.
enum class Constants : std::uint8_t {
    arrays, ///< products with weights from arrays: HLS makes multipliers or adders of them
    shared  ///< adder graphs that Gatewright found, adder by adder (docs/datapath.md), for dense layers with exact sums
};

enum class Interface : std::uint8_t {
    plain, ///< arrays with a valid bit, or FIFOs
    axis,  ///< AXI4-Stream with TLAST: a word a beat, values at their own widths in a row
    m_axi  ///< a kernel for Vitis linking that reads and writes events in memory
};

struct Options {
    IoType io = IoType::parallel;
    Strategy strategy = Strategy::latency;
    Constants constants = Constants::arrays;
    Interface interface = Interface::plain;
};

constexpr const char* to_string(IoType io) {
    return io == IoType::parallel ? "io_parallel" : "io_stream";
}
constexpr const char* to_string(Strategy strategy) {
    return strategy == Strategy::latency ? "latency" : "resource";
}

} // namespace gw::hls
