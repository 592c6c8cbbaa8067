// Tensors as the elements of an event in a row.
#pragma once

#include <vector>

#include "network/network.hpp"

namespace gw::network {

/// Types of all elements of these tensors, in order.
std::vector<FixedType> element_types(const Network& network, const std::vector<TensorId>& tensors);

} // namespace gw::network
