// From a network to a streamed design, whole.
#pragma once

#include <string>

#include "network/network.hpp"
#include "plan/plan.hpp"
#include "stream/schedule.hpp"
#include "stream/verilog.hpp"

namespace gw::stream {

struct Built {
    Schedule schedule;
    StreamedRtl rtl;
    std::size_t actors = 0;
    std::uint64_t waiting_bits = 0; ///< that FIFOs hold
};

/// @param name of the top module, a Verilog identifier
/// Throws support::Error (unsupported) naming op or tensor.
Built build(const network::Network& network, const plan::Plan& plan, const std::string& name);

} // namespace gw::stream
