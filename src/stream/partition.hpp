// From a network to actors: which ops work position by position, which need a window, and which a whole tensor.
#pragma once

#include "network/network.hpp"
#include "plan/plan.hpp"
#include "stream/design.hpp"

namespace gw::stream {

/// The channels' depths are 0: schedule.hpp finds them.
/// Throws support::Error (unsupported) naming the op where its datapath cannot be made.
Design partition(const network::Network& network, const plan::Plan& plan, const std::string& name);

} // namespace gw::stream
