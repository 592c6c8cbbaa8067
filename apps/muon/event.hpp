// What the barrel muon trigger sees of one muon, and what was generated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gw::muon {

inline constexpr std::size_t stations = 4;
inline constexpr int sectors = 12;

/// A drift-tube trigger primitive in the integers of the CMS trigger (L1MuDTChambPhDigi).
struct Primitive {
    std::int16_t sector = 1;  ///< 1..12, thirty degrees each, sector 1 around phi = 0
    std::int16_t wheel = 0;   ///< -2..2 along the beam
    std::int16_t phi = 0;     ///< from the middle of the sector, 1/4096 rad, 12 bits signed
    std::int16_t phi_b = 0;   ///< bending angle, 1/512 rad, 10 bits signed; negative for positive muons
    std::int16_t quality = 0; ///< code 2..6; 4 and more: both phi superlayers, a good bending angle

    bool good() const { return quality >= 4; }
    bool operator==(const Primitive&) const = default;
};

/// At most one primitive a station; index 0 is MB1.
using Primitives = std::array<std::optional<Primitive>, stations>;

struct Generated {
    float pt = 0;   ///< GeV
    float eta = 0;  ///< pseudorapidity
    float phi = 0;  ///< radians, at the vertex
    int charge = 1; ///< +1 or -1
};

struct Event {
    Generated muon;
    Primitives primitives;
};

/// Stations with a primitive.
std::size_t station_count(const Primitives& primitives);

/// phi of `to` minus phi of `from`, 1/4096 rad, across sector boundaries.
int delta_phi(const Primitive& from, const Primitive& to);

/// The event seen in a mirror that contains the beam: phi, phiB, sector and charge change sign.
Event reflected(const Event& event);

} // namespace gw::muon
