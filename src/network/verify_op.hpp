// The verifier's look at one op: shapes, constants, windows. See verify.hpp.
#pragma once

#include <string>
#include <vector>

#include "network/network.hpp"

namespace gw::network {

std::vector<std::string> type_problems(const FixedType& type);

/// What is wrong with an op whose tensors exist and have sound shapes and types.
std::vector<std::string> op_problems(const Network& network, const Op& op);

} // namespace gw::network
