// The plain evaluation of a Network, one event, one element at a time, in 128-bit integers: the meaning against which
// every fast path is compared. Kept simple for ever.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "emulate/exact.hpp"
#include "network/network.hpp"

namespace gw::emulate {

using Values = std::vector<std::int64_t>;  ///< one event's tensor: raw mantissas, row-major
using Inputs = std::vector<const Values*>; ///< of one op

/// All tensors of one event. @param inputs raw mantissas of all network inputs, concatenated; each inside its type.
/// @return values[tensor][element], raw mantissas at the tensor's own fraction.
std::vector<std::vector<std::int64_t>> evaluate_all(const network::Network& network,
                                                    std::span<const std::int64_t> inputs);

/// One op of one event: the raw values of its output tensor, given those of its inputs in the order of
/// network::inputs_of.
Values evaluate_op(const network::Network& network, const network::Op& op, const Inputs& inputs);

/// The same before the cast to the output's type. A quotient comes with two more fraction bits than that type, the last
/// of them standing for all below.
std::vector<Exact> before_cast(const network::Network& network, const network::Op& op, const Inputs& inputs);

/// The network outputs of one event, concatenated.
std::vector<std::int64_t> evaluate(const network::Network& network, std::span<const std::int64_t> inputs);

} // namespace gw::emulate
