// Types as ap_types writes them.
#pragma once

#include <string>
#include <vector>

#include "fixed/interval.hpp"
#include "network/network.hpp"

namespace gw::hls {

/// "ap_fixed<16, 6, AP_RND, AP_SAT>"; modes only where they differ from the default. Width 0 becomes one bit, which
/// then holds 0.
std::string ap_type(const fixed::FixedType& type);

/// The plain type that holds a whole interval; up to 126 bits.
std::string ap_type(const fixed::Interval& range);

/// One interval that holds every value of all element types of a tensor: the type of the array that carries it.
fixed::Interval container(const network::Tensor& tensor);

/// A literal of the exact value; throws support::Error (unsupported) where binary64 cannot hold it.
std::string literal(std::int64_t raw, std::int32_t fraction);

} // namespace gw::hls
