// events.npz: what training, the baselines and the study read.
//
//   x           (events, 18)   float32  features * 2^-feature_fraction, what the network takes
//   y           (events, 1)    float32  target
//   w           (events, 1)    float32  training weight; 0 with fewer than two primitives
//   pt, eta, phi, charge (events, 1)    as generated (GeV, -, rad, +-1)
//   primitives  (events, 4, 6) int16    station by station: present, sector, wheel, phi, phiB, quality
//   spectrum    (1)            int16    0: generated flat in pT, 1: flat in log pT
#pragma once

#include <filesystem>
#include <vector>

#include "muon/event.hpp"
#include "muon/simulation.hpp"
#include "support/array_io.hpp"

namespace gw::muon {

struct EventFile {
    Spectrum spectrum = Spectrum::flat_in_log;
    std::vector<Event> events;
};

void write_events(const std::filesystem::path& file, const EventFile& events);
/// Throws support::Error (kind user) naming file and array where one is missing, of a wrong shape, or out of range.
EventFile read_events(const std::filesystem::path& file);

/// The network's input: (events, 18) features * 2^-feature_fraction.
support::Array feature_array(const std::vector<Event>& events);

} // namespace gw::muon
