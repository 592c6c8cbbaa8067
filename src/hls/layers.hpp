// The generated functions, one per op, with their constants.
#pragma once

#include <string>

#include "network/network.hpp"
#include "network/range.hpp"

namespace gw::hls {

struct Layers {
    std::string types;     ///< typedefs of every tensor's array
    std::string constants; ///< weights.h
    std::string functions; ///< one static function per op
    std::string calls;     ///< the body of the top function
};

/// `x` and `y` are the top function's ports.
Layers layers(const network::Network& network, const network::Ranges& ranges, const std::string& name);

/// The typedef's name of a tensor's array elements.
std::string tensor_type(const network::Network& network, network::TensorId id, const std::string& name);

/// A C identifier from any text; distinct tensors and ops of a network stay distinct because their index is appended on
/// demand.
std::string identifier(const std::string& text);

} // namespace gw::hls
