// The two sets of constants of the Kalman filter: CMS's, and those that follow from our simulation's detector.
#include <cmath>

#include "muon/detector.hpp"
#include "muon/kalman.hpp"

namespace gw::muon {

KalmanSettings published_kalman() {
    constexpr double any = 8 * 512; // no limit: larger than any phiB
    KalmanSettings s{};
    s.phi_k = {1.942, 0.03125, 0.0273438, 0.015625};
    s.phi_phib = {-1, 0.154297, 0.173828, 0.147461};
    // The vertex step of CMS addresses its table with K / 2.
    s.phib_k = {-1.508 / 2, -0.123047, -0.174805, -0.144531};
    s.phib_phib = {-1, 1.15332, 1.17285, 1.14648};
    s.phib_k_bend = 0.000331 / 2;
    s.noise_phi = {2.49e-3, 5.47e-5, 3.49e-5, 1.37e-5};
    s.noise_phib = {7.22e-3, 3.461e-3, 4.447e-3, 4.12e-3};
    s.k_loss = {0.000765 / 2, 0, 0, 0};
    s.phi_variance = 1;
    s.good_phib_variance = s.poor_phib_variance = 500;
    s.vertex_variance = 1;
    s.seed_k = {-1.196, -1.581, -2.133, -2.263};
    s.seed_k_bend = {-3.26e-4, -7.165e-4, 2.305e-3, -5.63e-3};
    s.seed_phib_limit = {any, 127 * 8, 30 * 8, 15 * 8};
    s.seed_k_variance = 512.0 * 512.0;
    s.phib_use = KalmanSettings::PhiBUse::two_station_tracks;
    s.scale = 0.898 / 1.17;
    s.bend = 0.6;
    s.fifth = 26.382 / 1.17;
    return s;
}

KalmanSettings tuned_kalman() {
    constexpr double counts = 4096, k_lsb = 1.25 / 8192;
    constexpr double square = counts * counts * k_lsb * k_lsb; // rad^2 per (1/GeV)^2 to LSBs
    constexpr double cosh_eta = 1.14;                          // typical inside |eta| < 0.9
    const auto highland = [](const detector::Plane& plane) {
        const double lengths = plane.radiation_length * cosh_eta;
        const double angle = plane.scattering * 0.0136 * std::sqrt(lengths) * (1 + 0.038 * std::log(lengths));
        return angle * angle;
    };
    KalmanSettings s = published_kalman();
    s.phib_use = KalmanSettings::PhiBUse::all_tracks;
    for (std::size_t step = 1; step < stations; ++step) {
        const double inner = detector::station_radius[step - 1], outer = detector::station_radius[step];
        const detector::Plane& plane = detector::planes[detector::first_yoke_plane + step - 1];
        const double lever = (plane.radius - inner) / inner; // of the kick on phi at the inner station
        const double kick = 0.299792 * plane.yoke_field * counts * k_lsb;
        s.phi_phib[step] = (outer - inner) / inner;
        s.phib_phib[step] = outer / inner;
        s.phi_k[step] = kick * lever;
        s.phib_k[step] = -kick * (1 + lever);
        s.noise_phi[step] = square * highland(plane) * lever * lever;
        s.noise_phib[step] = square * highland(plane) * (1 + lever) * (1 + lever);
        s.noise_both[step] = -square * highland(plane) * lever * (1 + lever);
        s.k_loss[step] = plane.loss * k_lsb;
    }
    // From MB1 inwards: what the solenoid bends, less because the muon was faster further in.
    const double r1 = detector::station_radius[0], rs = detector::solenoid_radius;
    const double bend1 = detector::curvature * rs * rs / (2 * r1); // phiB pT at MB1: slope - y / r
    double noise = 0, loss = 0;
    for (std::size_t i = 0; i < detector::first_yoke_plane; ++i) {
        const detector::Plane& plane = detector::planes[i];
        noise += highland(plane) * std::pow(plane.radius / r1, 2); // slope - y / r of a kick at that radius
        loss += plane.loss;
    }
    s.phib_k[0] = -bend1 * counts * k_lsb;
    s.phib_k_bend = 1.1 * k_lsb; // fitted to noiseless muons: 1.39 K - 1.5 K^2
    s.noise_phib[0] = square * noise;
    s.k_loss[0] = loss * k_lsb;
    s.phi_variance = std::pow(detector::phi_resolution * counts, 2) + 1.0 / 12;
    s.good_phib_variance = std::pow(detector::good_phi_b_resolution * counts, 2) + 64.0 / 12;
    s.poor_phib_variance = std::pow(detector::poor_phi_b_resolution * counts, 2);
    s.scale = 1;
    s.bend = s.fifth = 0;
    return s;
}

} // namespace gw::muon
