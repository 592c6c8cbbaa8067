// A streamed design as Verilog-2001.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rtl/core.hpp"
#include "stream/design.hpp"

namespace gw::stream {

/// An AXI4-Stream port: PREFIX_tvalid, PREFIX_tready, PREFIX_tdata, and PREFIX_tlast with a frame's last beat going
/// out.
struct Port {
    std::string prefix;
    std::vector<rtl::Field> fields; ///< of a beat
    std::uint32_t bits = 0;         ///< used of tdata, which has whole bytes
    std::uint64_t beats = 1;        ///< a frame

    std::uint32_t bus_bits() const { return (bits + 7) / 8 * 8; }
};

struct StreamedRtl {
    std::string module; ///< ports: aclk, aresetn (low: reset, for at least one clock), then inputs and outputs
    std::vector<Port> inputs, outputs;
    rtl::Files files;
};

/// @param design with its channels' depths (schedule.hpp)
StreamedRtl emit(const Design& design, double clock_ns);

} // namespace gw::stream
