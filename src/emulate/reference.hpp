// The plain evaluation of a Network, one event, one element at a time, in 128-bit integers: the meaning against which
// every fast path is compared. Kept simple for ever.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/network.hpp"

namespace gw::emulate {

/// All tensors of one event. @param inputs raw mantissas of all network inputs, concatenated; each inside its type.
/// @return values[tensor][element], raw mantissas at the tensor's own fraction.
std::vector<std::vector<std::int64_t>> evaluate_all(const network::Network& network,
                                                    std::span<const std::int64_t> inputs);

/// One op of one event: the raw values of its output tensor, given those of its input tensor.
std::vector<std::int64_t> evaluate_op(const network::Network& network, const network::Op& op,
                                      const std::vector<std::int64_t>& input);

/// The network outputs of one event, concatenated.
std::vector<std::int64_t> evaluate(const network::Network& network, std::span<const std::int64_t> inputs);

} // namespace gw::emulate
