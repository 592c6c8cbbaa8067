// How tensors travel, and what that asks of ops.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/network.hpp"

namespace gw::stream {

/// How many positions a tensor of shape {positions..., C} has.
std::uint32_t positions(const network::Tensor& tensor);

/// The types of a beat, where the tensor travels in so many (a divisor of its size, values in row-major order) and they
/// are the same for all.
std::optional<std::vector<network::FixedType>> beat_types(const network::Tensor& tensor, std::uint32_t beats);

/// The op at one position, where it works position by position on tensors that do: its tensors then have extent 1 on
/// all axes but the last.
bool works_by_position(const network::Network& network, const network::Op& op);

/// The same for an op element by element, and beats that need not be positions.
bool works_by_beat(const network::Network& network, const network::Op& op, std::uint32_t beats);

/// A convolution or pool over an image that a window can move over: the value of each channel outside the image.
std::optional<std::vector<std::int64_t>> window_padding(const network::Network& network, const network::Op& op);

/// One beat of the tensor, which has its types (beat_types); of the same rank.
network::Tensor at_one_beat(const network::Tensor& tensor, std::uint32_t beats);

} // namespace gw::stream
