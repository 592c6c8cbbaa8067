// A simulation of muons in the CMS barrel, from the vertex to the trigger's integers.
//
// Small-angle transport in the transverse plane: lateral offset y and slope of the muon about its first direction are
// carried from plane to plane through the solenoid's field; planes of material kick the slope at random (Highland),
// take energy (so that the field bends more further out) and, in the yoke, kick back. At a station phi = y / r and phiB
// = slope - y / r, smeared by the chamber's resolution and rounded to the trigger's integers. See docs/muon.md.
#pragma once

#include <cstdint>
#include <vector>

#include "muon/event.hpp"

namespace gw::muon {

enum class Spectrum { flat, flat_in_log };

struct SimulationOptions {
    std::uint64_t events = 100'000;
    std::uint64_t seed = 1;
    unsigned threads = 0; ///< 0: one per core; the events do not depend on it
    Spectrum spectrum = Spectrum::flat_in_log;
    double pt_min = 3, pt_max = 200; ///< GeV
    double eta_max = 0.9;
    /// A factor on all angular noise (scattering and resolution); 0 leaves only rounding. For tests.
    double noise = 1;
};

/// Throws support::Error (kind user) on impossible options, (kind interrupted) on Ctrl-C.
std::vector<Event> simulate(const SimulationOptions& options);

/// One muon through the detector; `seed` is the event's own.
Primitives transport(const Generated& muon, std::uint64_t seed, double noise = 1);

/// Weight that turns the generated spectrum into dN/dpT ~ pT^power, for one event. Arbitrary common factor.
double spectrum_weight(Spectrum generated, double pt, double power);

} // namespace gw::muon
