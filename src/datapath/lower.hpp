// From network to datapath: every op fully unrolled into scalar nodes.
#pragma once

#include "datapath/graph.hpp"
#include "network/network.hpp"
#include "plan/plan.hpp"

namespace gw::datapath {

/// The graph computes exactly the network's outputs, whatever the plan. The network must be sound (network/verify.hpp).
/// Throws support::Error (kind unsupported) naming the op where a value needs more than 64 bits.
Graph lower(const network::Network& network, const plan::Plan& plan);

} // namespace gw::datapath
