// Types as ap_types writes them.
#pragma once

#include <span>
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
/// The same, signed in any case.
std::string signed_ap_type(const fixed::Interval& range);
/// Its width.
int signed_width(const fixed::Interval& range);

/// One interval that holds every value of all these types.
fixed::Interval container(std::span<const fixed::FixedType> types);

/// The type of an array whose elements have these types: their own where all are alike, with its modes, else one that
/// holds them all.
std::string array_type(std::span<const fixed::FixedType> types);

/// Its bits.
int array_width(std::span<const fixed::FixedType> types);

} // namespace gw::hls
