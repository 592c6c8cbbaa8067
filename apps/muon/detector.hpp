// The barrel in numbers. The field part, station radii and resolutions are fits to, and the scattering was tuned on,
// 2,000 fully simulated CMS muons; the geometry of gaps is read off the same events (docs/muon.md tells what from
// where).
#pragma once

#include <array>

namespace gw::muon::detector {

inline constexpr double curvature = 0.299792 * 3.8; ///< GeV / m: bending per metre times pT
/// The solenoid ends here for a muon: beyond the bore of 3 m, since this absorbs the fringe field.
inline constexpr double solenoid_radius = 3.288;
inline constexpr std::array<double, 4> station_radius{4.433, 5.240, 6.332, 7.423}; ///< m

/// Material as thin planes: the angle of a Gaussian scattering kick, the loss of energy, a kick by the yoke's field.
struct Plane {
    double radius;           ///< m
    double radiation_length; ///< X0 crossed at normal incidence
    double scattering;       ///< factor on Highland's angle
    double loss;             ///< GeV of pT at normal incidence (the path grows as the momentum does with cosh eta)
    double yoke_field;       ///< BdL in T m, against the solenoid's direction
};
inline constexpr std::array<Plane, 6> planes{{
    {1.4, 26.0, 1.05, 0.6, 0.0},       // electromagnetic calorimeter
    {2.3, 64.0, 1.05, 1.5, 0.0},       // hadron calorimeter
    {3.2, 25.0, 1.05, 0.7, 0.0},       // coil and tail catcher
    {4.8365, 16.8, 1.15, 0.42, 0.734}, // yoke between MB1 and MB2
    {5.786, 35.9, 0.85, 0.9, 0.853},   // MB2, MB3
    {6.8775, 35.9, 0.85, 0.9, 0.887},  // MB3, MB4
}};
/// planes[first_yoke_plane + s] lies just outside station s (0-based).
inline constexpr std::size_t first_yoke_plane = 3;

inline constexpr double phi_resolution = 0.15e-3;     ///< rad
inline constexpr double good_phi_b_resolution = 3e-3; ///< rad, quality 4 to 6
inline constexpr double poor_phi_b_resolution = 36e-3;
inline constexpr double poor_phi_factor = 1.2; ///< phi of quality 2 and 3 is this much worse

/// Some primitives are spoiled by a shower or a delta ray: their angles lie far off. Chances and widths are read off
/// the tails of CMS's events above 40 GeV.
struct Spoiled {
    double phi_chance, phi;     ///< and the width of the extra error, rad
    double phi_b_chance, phi_b; ///< the larger chance: a spoiled phi goes with a spoiled phiB
};
inline constexpr Spoiled good_spoiled{0.016, 12e-3, 0.03, 100e-3}, poor_spoiled{0.085, 10e-3, 0.10, 230e-3};

inline constexpr double phi_scale = 4096, phi_b_scale = 512; ///< counts per radian
inline constexpr int phi_limit = 2047, phi_b_limit = 511;

// Where a station sees nothing: between wheels, beyond the last wheel, and between the chambers of a ring.
inline constexpr double wheel_pitch = 2.67, wheel_gap = 0.13; ///< m; half-width of the gap
inline constexpr double barrel_end = 6.65;                    ///< m along the beam
struct PhiGap {
    double from, to; ///< |phi from the middle of the sector|, rad; the real gaps lie on one side, here half on each
};
inline constexpr std::array<PhiGap, 4> phi_gap{{{0.150, 0.181}, {0.201, 0.228}, {0.231, 0.258}, {0, 0}}};
inline constexpr std::array<double, 4> efficiency{0.965, 0.955, 0.955, 0.935}; ///< inside a chamber
/// Chance of quality code 2, 3, 4, 5, 6 given a primitive, by station.
inline constexpr std::array<std::array<double, 5>, 4> quality_chance{{
    {0.108, 0.102, 0.017, 0.136, 0.637},
    {0.115, 0.083, 0.025, 0.220, 0.557},
    {0.124, 0.080, 0.038, 0.224, 0.534},
    {0.126, 0.068, 0.021, 0.212, 0.573},
}};
inline constexpr double vertex_spread = 0.035; ///< m, along the beam

} // namespace gw::muon::detector
