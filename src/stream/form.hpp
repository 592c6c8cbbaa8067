// How tensors travel, and what that asks of ops.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/network.hpp"

namespace gw::stream {

/// Beats of a tensor that travels position by position.
std::uint32_t positions(const network::Tensor& tensor);

/// The type of each channel, where it is the same at all positions.
std::optional<std::vector<network::FixedType>> channel_types(const network::Tensor& tensor);

/// The op at one position, where it works position by position on tensors that do: its tensors then have extent 1 on
/// all axes but the last.
bool works_by_position(const network::Network& network, const network::Op& op);

/// A convolution or pool over an image that a window can move over: the value of each channel outside the image.
std::optional<std::vector<std::int64_t>> window_padding(const network::Network& network, const network::Op& op);

/// The tensor at one position, channel types given; of the same rank.
network::Tensor at_one_position(const network::Tensor& tensor);

} // namespace gw::stream
