// What the network sees: 18 small integers of one muon, the same for both charges, nothing rounded.
//
//   0..5    delta phi of stations 12, 13, 14, 23, 24, 34: 1/4096 rad, the primitive's own step; 0 where a station is
//   missing 6..9    phiB of stations 1..4: 1/512 rad, its own step; 0 where missing or of poor quality (40 mrad of
//   noise) 10..13  station has a primitive: 0 or `flag` 14..17  and a good one: 0 or `flag`
// The ten angles are multiplied by one sign, that of the bend, so that a muon and its mirror image of the other charge
// give the same eighteen numbers. In hardware: 6 subtractions, a priority multiplexer for the sign, 10 conditional
// negations.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "muon/event.hpp"

namespace gw::muon {

inline constexpr std::size_t feature_count = 18;
using Features = std::array<std::int16_t, feature_count>;

/// The network's input is feature * 2^-feature_fraction: ap_fixed<feature_width, feature_width - feature_fraction>,
/// that is
/// [-1, 1), holds every feature exactly. Angles saturate at +-feature_limit: delta phi 14 below 6.6 GeV, 12 below 3.3
/// GeV, phiB never. Tried wider (11 and 12 bits): no better, and more hardware.
inline constexpr int feature_width = 9, feature_fraction = 8;
inline constexpr int feature_limit = 255;
inline constexpr std::int16_t flag = 128; ///< 0.5 for the network

/// +1 or -1: the direction of the bend, from the first of delta phi (outermost pairs first) and phiB that is not 0.
/// Reflecting the event turns it round, unless every angle is 0, when it does not matter.
int bend_sign(const Primitives& primitives);

Features features(const Primitives& primitives);

/// Names for tables and plots, in order.
std::span<const char* const> feature_names();

} // namespace gw::muon
