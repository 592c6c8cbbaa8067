#include "muon/kalman.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gw::muon {

namespace {

constexpr double k_lsb = 1.25 / 8192;
constexpr double k_max = 8191, phib_promotion = 8; // 1/512 to 1/4096 rad

struct Track {
    std::array<double, 3> state{}; // K, phi, phiB
    std::array<std::array<double, 3>, 3> covariance{};
};
enum : std::size_t { at_k, at_phi, at_phib };

/// A primitive with its phi moved into the seed's sector.
struct Hit {
    double phi, phib;
    bool good;
};
using Hits = std::array<std::optional<Hit>, stations>;

/// One measured coordinate: the Kalman update for a scalar.
void update(Track& track, std::size_t coordinate, double measured, double variance) {
    const double total = track.covariance[coordinate][coordinate] + variance;
    std::array<double, 3> gain{};
    for (std::size_t i = 0; i < 3; ++i) {
        gain[i] = track.covariance[i][coordinate] / total;
    }
    const double residual = measured - track.state[coordinate];
    const std::array<double, 3> row = track.covariance[coordinate];
    for (std::size_t i = 0; i < 3; ++i) {
        track.state[i] += gain[i] * residual;
        for (std::size_t j = 0; j < 3; ++j) {
            track.covariance[i][j] -= gain[i] * row[j];
        }
    }
    track.state[at_k] = std::clamp(track.state[at_k], -k_max, k_max);
}

void propagate(Track& track, std::size_t step, const KalmanSettings& settings) {
    using Matrix = std::array<std::array<double, 3>, 3>;
    const auto [k, phi, phib] = track.state;
    const double phib_k = settings.phib_k[step] / (step == 0 ? 1 + settings.phib_k_bend * std::abs(k) : 1);
    const Matrix transport{
        {{1, 0, 0}, {settings.phi_k[step], 1, -settings.phi_phib[step]}, {phib_k, 0, settings.phib_phib[step]}}};
    track.state = {k / (1 + settings.k_loss[step] * std::abs(k)),
                   phi + settings.phi_k[step] * k - settings.phi_phib[step] * phib,
                   phib_k * k + settings.phib_phib[step] * phib};
    Matrix moved{}, covariance{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            for (std::size_t l = 0; l < 3; ++l) {
                moved[i][j] += transport[i][l] * track.covariance[l][j];
            }
        }
    }
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            for (std::size_t l = 0; l < 3; ++l) {
                covariance[i][j] += moved[i][l] * transport[j][l];
            }
        }
    }
    covariance[at_phi][at_phi] += settings.noise_phi[step] * k * k;
    covariance[at_phib][at_phib] += settings.noise_phib[step] * k * k;
    covariance[at_phi][at_phib] += settings.noise_both[step] * k * k;
    covariance[at_phib][at_phi] += settings.noise_both[step] * k * k;
    track.covariance = covariance;
}

Track seed_track(const Hit& hit, std::size_t station, const KalmanSettings& settings) {
    Track track;
    if (hit.good) {
        const double limit = settings.seed_phib_limit[station];
        const double phib = std::clamp(hit.phib, -limit, limit);
        const double k = settings.seed_k[station] * phib / (1 + settings.seed_k_bend[station] * std::abs(phib));
        track.state = {std::clamp(k, -k_max, k_max), hit.phi, hit.phib};
    } else {
        track.state = {0, hit.phi, settings.phib_use == KalmanSettings::PhiBUse::all_tracks ? hit.phib : 0};
    }
    track.covariance[at_k][at_k] = settings.seed_k_variance;
    track.covariance[at_phi][at_phi] = settings.phi_variance;
    track.covariance[at_phib][at_phib] = hit.good ? settings.good_phib_variance : settings.poor_phib_variance;
    return track;
}

/// How badly the hits of `mask` fit the straight inner track that the fit ended with at MB1; CMS's approximation.
double chi2_of(const Hits& hits, unsigned mask, const Track& at_mb1) {
    constexpr std::array<double, 4> per_k{0, 0.249, 0.543, 0.786}, per_phib{0, 0.182, 0.430, 0.677};
    constexpr std::array<double, 4> per_k_of_pair{0, 0.109375, 0.234375, 0.359375};
    const auto [k, phi, phib] = at_mb1.state;
    double sum = 0;
    for (std::size_t s = 0; s < stations; ++s) {
        if ((mask >> s & 1U) == 0) {
            continue;
        }
        const Hit& hit = *hits[s];
        sum += std::popcount(mask) == 2 ? std::abs(hit.phi + hit.phib - phi - phib - per_k_of_pair[s] * k)
                                        : std::abs(hit.phi - phi - per_k[s] * k - per_phib[s] * phib);
    }
    return std::min(sum / 8, 127.0);
}

struct Fit {
    double rank, k;
};

Fit fit(const Hits& hits, unsigned mask, const KalmanSettings& settings) {
    const std::size_t outermost = static_cast<std::size_t>(std::bit_width(mask)) - 1;
    const bool pair = std::popcount(mask) == 2;
    const bool all_phib = settings.phib_use == KalmanSettings::PhiBUse::all_tracks;
    Track track = seed_track(*hits[outermost], outermost, settings);
    for (std::size_t s = outermost; s > 0; --s) {
        propagate(track, s, settings);
        if ((mask >> (s - 1) & 1U) != 0) {
            const Hit& hit = *hits[s - 1];
            update(track, at_phi, hit.phi, settings.phi_variance);
            if (all_phib || (pair && hit.good)) {
                update(track, at_phib, hit.phib, hit.good ? settings.good_phib_variance : settings.poor_phib_variance);
            }
        }
    }
    const double chi2 = chi2_of(hits, mask, track);
    propagate(track, 0, settings);
    update(track, at_phib, 0,
           settings.vertex_variance); // phiB at the vertex is the distance by which the track misses it
    constexpr unsigned outer_pair = 0b1100;
    const double rank = mask == outer_pair ? -100 : 20 * std::popcount(mask) - chi2;
    return {rank, track.state[at_k]};
}

Hits hits_of(const Primitives& primitives) {
    Hits hits;
    const Primitive* reference = nullptr;
    for (std::size_t s = 0; s < stations; ++s) {
        if (const auto& p = primitives[s]) {
            reference = reference == nullptr ? &*p : reference;
            hits[s] = Hit{static_cast<double>(reference->phi + delta_phi(*reference, *p)), phib_promotion * p->phi_b,
                          p->good()};
        }
    }
    return hits;
}

} // namespace

std::optional<double> kalman_pt(const Primitives& primitives, const KalmanSettings& settings) {
    unsigned present = 0;
    for (std::size_t s = 0; s < stations; ++s) {
        present |= primitives[s] ? 1U << s : 0U;
    }
    if (std::popcount(present) < 2) {
        return std::nullopt;
    }
    const Hits hits = hits_of(primitives);
    std::optional<Fit> best;
    for (unsigned mask = 15; mask > 2; --mask) {
        if ((mask & present) == mask && std::popcount(mask) >= 2) {
            const Fit candidate = fit(hits, mask, settings);
            if (!best || candidate.rank > best->rank) {
                best = candidate;
            }
        }
    }
    const double x = std::abs(best->k) * k_lsb;
    const double curvature =
        settings.scale * x / std::max(1 - settings.bend * x, 0.1) - settings.fifth * std::pow(x, 5);
    constexpr double highest = 300;
    return curvature > 1 / highest ? 1 / curvature : highest;
}

} // namespace gw::muon
