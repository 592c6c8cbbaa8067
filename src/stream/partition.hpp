// From a network to actors: which ops work position by position, which need a window, and which a whole tensor.
#pragma once

#include "network/network.hpp"
#include "plan/plan.hpp"
#include "stream/design.hpp"

namespace gw::stream {

/// Cores have no datapaths yet (lower_cores), and channels no depths (schedule.hpp).
/// Throws support::Error (unsupported) naming the tensor whose stream would have no bits.
Design partition(const network::Network& network, const plan::Plan& plan, const std::string& name);

/// Makes every core's datapath. Throws support::Error (unsupported) naming the op where it cannot be made.
void lower_cores(Design& design, const plan::Plan& plan);

} // namespace gw::stream
