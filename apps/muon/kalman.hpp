// The barrel's Kalman filter (KBMTF), the algorithm that the network has to beat.
//
// A track (K, phi, phiB) starts at the outermost of a set of stations and is carried inwards station by station, taking
// in a primitive at each, then to the beam line, where it must point at the vertex. Every set of two or more stations
// that have a primitive is tried; the best rank (most stations, then smallest chi2) gives pT. After
// L1TMuonBarrelKalmanAlgo of CMSSW and its public constants; own code, in floating point, gains from the covariance
// rather than from its tables.
#pragma once

#include <array>
#include <optional>

#include "muon/event.hpp"

namespace gw::muon {

/// Units: K in LSBs of 1.25 / 8192 per GeV, angles in 1/4096 rad. Index 0 is the step from MB1 to the vertex, s the
/// step from MB(s+1) to MBs.
struct KalmanSettings {
    using Steps = std::array<double, 4>;
    /// phi' = phi + phi_k K - phi_phib phiB;  phiB' = phib_k K / (1 + phib_k_bend |K|) + phib_phib phiB
    Steps phi_k, phi_phib, phib_k, phib_phib;
    double phib_k_bend;                      ///< step 0 only
    Steps noise_phi, noise_phib, noise_both; ///< variances and covariance by scattering, over K^2
    Steps k_loss;                            ///< K' = K / (1 + k_loss |K|)
    double phi_variance, good_phib_variance, poor_phib_variance, vertex_variance;
    Steps seed_k, seed_k_bend; ///< K = seed_k phiB / (1 + seed_k_bend |phiB|), by station
    Steps seed_phib_limit;     ///< largest |phiB| used in that
    double seed_k_variance;
    /// Whether tracks of three and more stations use phiB beyond the seed's. CMS does not.
    enum class PhiBUse { two_station_tracks, all_tracks } phib_use;
    /// Final 1/pT = scale x / (1 - bend x) - fifth x^5, x = K at the vertex in 1/GeV.
    double scale, bend, fifth;
};

/// CMS's constants (simKBmtfDigis_cfi.py), without its correction for the misalignment of 2017, which our detector has
/// not.
KalmanSettings published_kalman();

/// The same filter with the propagation, scattering and resolutions of our own simulation, and phiB used on all tracks.
KalmanSettings tuned_kalman();

/// pT in GeV, at most 300. Nothing with fewer than two primitives.
std::optional<double> kalman_pt(const Primitives& primitives, const KalmanSettings& settings);

} // namespace gw::muon
