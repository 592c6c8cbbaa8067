// Integer constants from the float ones of a model file.
#pragma once

#include <optional>
#include <vector>

#include "fixed/type.hpp"
#include "network/network.hpp"

namespace gw::quantize {

/// Each value converted to `type`, the narrowest modes-free form of which the constant then has: the result's type
/// holds exactly the values, at type's fraction.
network::Constant converted(const std::vector<double>& values, const network::Shape& shape,
                            const fixed::FixedType& type);

/// The nearest multiples of 2^-fraction, ties to even, in the narrowest type that holds them all.
network::Constant rounded(const std::vector<double>& values, const network::Shape& shape, int fraction);

/// hls4ml's way of a constant: printed with the type's fraction bits as decimal digits, read back, converted (the
/// result keeps `type`).
network::Constant printed(const std::vector<double>& values, const network::Shape& shape, const fixed::FixedType& type);

/// The values as they are where a small number of fraction bits holds them exactly (at most `exact_up_to`, or each is
/// zero or a power of two); none otherwise.
std::optional<network::Constant> exact_if_cheap(const std::vector<double>& values, const network::Shape& shape,
                                                int exact_up_to);

/// The same values without the zero bits that all of them end in.
network::Constant trimmed(network::Constant constant);

} // namespace gw::quantize
