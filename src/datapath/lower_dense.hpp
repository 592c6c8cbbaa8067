// Dense and affine ops as shared adder graphs: how the meaning of an accumulator becomes sums that may be reordered.
#pragma once

#include <vector>

#include "datapath/builder.hpp"
#include "datapath/cmvm.hpp"
#include "network/network.hpp"

namespace gw::datapath {

/// The op's results before the conversion to the output tensor's type (exactly, or congruent where that type wraps).
/// @param x nodes of the input tensor; at each position along its leading axes stands one product of its own
std::vector<NodeId> lower_dense(Builder& builder, const network::Network& network, const network::Dense& dense,
                                const std::vector<NodeId>& x, const CmvmOptions& options);
std::vector<NodeId> lower_affine(Builder& builder, const network::Network& network, const network::Affine& affine,
                                 const std::vector<NodeId>& x, const CmvmOptions& options);

} // namespace gw::datapath
