// Angles of the primitives against pT: a least-squares fit of a/pT + b/pT^2 + c/pT^3, iterated without outliers, and
// the half-widths about it.  Weighted to a flat spectrum; errors of slopes from the scatter, of widths by bootstrap.
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <numbers>

#include "muon/cms.hpp"
#include "muon/detector.hpp"
#include "muon/simulation.hpp"

namespace gw::muon {

namespace {

struct Point {
    double pt, angle, weight;
    std::uint64_t event;
};

/// The angle in rad of a positive muon, if the event has it.
using Angle = std::function<std::optional<double>(const Event&)>;

const Primitive* good(const Event& event, std::size_t station) {
    const auto& primitive = event.primitives[station];
    return primitive && primitive->good() ? &*primitive : nullptr;
}

double global_phi(const Primitive& primitive) {
    return primitive.phi / detector::phi_scale + (primitive.sector - 1) * 2 * std::numbers::pi / sectors;
}

std::vector<std::pair<std::string, Angle>> angles() {
    std::vector<std::pair<std::string, Angle>> list;
    for (const std::size_t s : {std::size_t{0}, std::size_t{3}}) {
        list.emplace_back(fmt::format("phi{}-gen", s + 1), [s](const Event& event) -> std::optional<double> {
            const Primitive* p = good(event, s);
            return p ? std::optional(std::remainder(global_phi(*p) - event.muon.phi, 2 * std::numbers::pi))
                     : std::nullopt;
        });
    }
    for (std::size_t s = 0; s < stations; ++s) {
        list.emplace_back(fmt::format("phiB{}", s + 1), [s](const Event& event) -> std::optional<double> {
            const Primitive* p = good(event, s);
            return p ? std::optional(p->phi_b / detector::phi_b_scale) : std::nullopt;
        });
    }
    for (std::size_t a = 0; a < stations; ++a) {
        for (std::size_t b = a + 1; b < stations; ++b) {
            list.emplace_back(fmt::format("dphi{}{}", a + 1, b + 1),
                              [a, b](const Event& event) -> std::optional<double> {
                                  const Primitive *from = good(event, a), *to = good(event, b);
                                  return from && to ? std::optional(std::remainder(global_phi(*to) - global_phi(*from),
                                                                                   2 * std::numbers::pi))
                                                    : std::nullopt;
                              });
        }
    }
    return list;
}

using Vector3 = std::array<double, 3>;

struct Curve {
    Vector3 coefficients{};
    double slope_error = 0;
    double at(double pt) const {
        return coefficients[0] / pt + coefficients[1] / (pt * pt) + coefficients[2] / (pt * pt * pt);
    }
};

/// Solves the symmetric 3 x 3 system, and the first diagonal element of the inverse.
std::pair<Vector3, double> solve(std::array<Vector3, 3> matrix, Vector3 right) {
    std::array<Vector3, 2> rights{right, {1, 0, 0}};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = i + 1; j < 3; ++j) {
            const double factor = matrix[j][i] / matrix[i][i];
            for (std::size_t k = 0; k < 3; ++k) {
                matrix[j][k] -= factor * matrix[i][k];
            }
            for (Vector3& r : rights) {
                r[j] -= factor * r[i];
            }
        }
    }
    for (Vector3& r : rights) {
        for (std::size_t i = 3; i-- > 0;) {
            for (std::size_t k = i + 1; k < 3; ++k) {
                r[i] -= matrix[i][k] * r[k];
            }
            r[i] /= matrix[i][i];
        }
    }
    return {rights[0], rights[1][0]};
}

/// Scatter falls as 1/pT until the chamber's resolution takes over.
double expected_scatter(double pt) {
    return 1 / std::min(pt, 60.0);
}

Curve fit_once(const std::vector<Point>& points, const Curve* before, double outlier) {
    std::array<Vector3, 3> matrix{};
    Vector3 right{};
    double squares = 0, weights = 0, weights_squared = 0;
    for (const Point& point : points) {
        const double scatter = expected_scatter(point.pt);
        if (before != nullptr && std::abs(point.angle - before->at(point.pt)) > outlier * scatter) {
            continue;
        }
        const double weight = point.weight / (scatter * scatter);
        const Vector3 terms{1 / point.pt, 1 / (point.pt * point.pt), 1 / std::pow(point.pt, 3)};
        for (std::size_t i = 0; i < 3; ++i) {
            right[i] += weight * terms[i] * point.angle;
            for (std::size_t j = 0; j < 3; ++j) {
                matrix[i][j] += weight * terms[i] * terms[j];
            }
        }
        if (before != nullptr) {
            const double residual = (point.angle - before->at(point.pt)) / scatter;
            squares += point.weight * residual * residual;
        }
        weights += point.weight;
        weights_squared += point.weight * point.weight;
    }
    const auto [coefficients, variance] = solve(matrix, right);
    // Unequal weights: the variance grows by sum w^2 / sum w over that of unit weights.
    return {coefficients, std::sqrt(squares / weights * variance * weights_squared / weights)};
}

Curve fit(const std::vector<Point>& points) {
    Curve curve = fit_once(points, nullptr, 0);
    for (int round = 0; round < 3; ++round) {
        std::vector<double> pulls, weights;
        std::vector<std::uint64_t> events;
        for (const Point& point : points) {
            pulls.push_back(std::abs(point.angle - curve.at(point.pt)) / expected_scatter(point.pt));
            weights.push_back(point.weight);
            events.push_back(point.event);
        }
        const std::array<double, 1> core{0.68};
        curve = fit_once(points, &curve, 4 * quantiles(sorted(pulls, weights, events), core).front());
    }
    return curve;
}

Measured width_of(const std::vector<Point>& points, const Curve& curve, double low, double high) {
    constexpr std::array<double, 2> core{0.16, 0.84};
    constexpr std::size_t replicas = 30;
    std::vector<double> residuals, weights;
    std::vector<std::uint64_t> events;
    for (const Point& point : points) {
        if (point.pt >= low && point.pt < high) {
            residuals.push_back(1e3 * (point.angle - curve.at(point.pt)));
            weights.push_back(point.weight);
            events.push_back(point.event);
        }
    }
    if (residuals.size() < 10) {
        return {};
    }
    const Sorted sample = sorted(residuals, weights, events);
    const auto half = [](const std::vector<double>& q) { return (q[1] - q[0]) / 2; };
    std::vector<double> halves;
    for (std::size_t replica = 0; replica < replicas; ++replica) {
        std::vector<unsigned> counts;
        for (const std::uint64_t event : sample.events) {
            counts.push_back(bootstrap_count(3, event, replica));
        }
        halves.push_back(half(quantiles(sample, core, counts)));
    }
    return {half(quantiles(sample, core)), spread(halves)};
}

nlohmann::json measured_json(const Measured& m) {
    return {{"value", m.value}, {"error", m.error}};
}

} // namespace

AngleTable measure_angles(const EventFile& sample) {
    constexpr double lowest = 8;
    AngleTable table{{8, 15, 30, 60, 100, 150, 200}, {}, std::vector<double>(stations + 1)};
    double total = 0;
    for (const Event& event : sample.events) {
        const double weight = spectrum_weight(sample.spectrum, event.muon.pt, 0);
        table.station_share[station_count(event.primitives)] += weight;
        total += weight;
    }
    for (double& share : table.station_share) {
        share /= total;
    }
    for (const auto& [name, angle] : angles()) {
        std::vector<Point> points;
        for (std::size_t i = 0; i < sample.events.size(); ++i) {
            const Event& event = sample.events[i];
            if (event.muon.pt < lowest) {
                continue;
            }
            if (const auto value = angle(event)) {
                points.push_back(
                    {event.muon.pt, event.muon.charge * *value, spectrum_weight(sample.spectrum, event.muon.pt, 0), i});
            }
        }
        Observable observable{name, {}, std::vector<Measured>(table.edges.size() - 1)};
        constexpr std::size_t enough = 50;
        if (points.size() >= enough) {
            const Curve curve = fit(points);
            observable.slope = {curve.coefficients[0], curve.slope_error};
            for (std::size_t b = 0; b + 1 < table.edges.size(); ++b) {
                observable.width[b] = width_of(points, curve, table.edges[b], table.edges[b + 1]);
            }
        }
        table.observables.push_back(std::move(observable));
    }
    return table;
}

nlohmann::json to_json(const AngleTable& table) {
    nlohmann::json observables = nlohmann::json::array();
    for (const Observable& observable : table.observables) {
        nlohmann::json widths = nlohmann::json::array();
        for (const Measured& width : observable.width) {
            widths.push_back(measured_json(width));
        }
        observables.push_back(
            {{"name", observable.name}, {"slope", measured_json(observable.slope)}, {"widths_mrad", widths}});
    }
    return {{"edges", table.edges}, {"station_share", table.station_share}, {"observables", observables}};
}

std::string compare_text(const AngleTable& simulation, const AngleTable& cms) {
    std::string text = "angle x pT at large pT (rad GeV) and half-widths (mrad) by pT bin, simulation / CMS\n";
    text += fmt::format("{:<10} {:>16} {:>18}", "", "simulation", "CMS");
    for (std::size_t b = 0; b + 1 < cms.edges.size(); ++b) {
        text += fmt::format(" {:>17}", fmt::format("{:g}-{:g} GeV", cms.edges[b], cms.edges[b + 1]));
    }
    text += "\n";
    for (std::size_t i = 0; i < cms.observables.size(); ++i) {
        const Observable &ours = simulation.observables[i], &theirs = cms.observables[i];
        text += fmt::format("{:<10} {:>7.4f} +- {:.4f} {:>8.4f} +- {:.4f} ", ours.name, ours.slope.value,
                            ours.slope.error, theirs.slope.value, theirs.slope.error);
        for (std::size_t b = 0; b < theirs.width.size(); ++b) {
            text += fmt::format(" {:>17}", fmt::format("{:.2f}/{:.2f}+-{:.2f}", ours.width[b].value,
                                                       theirs.width[b].value, theirs.width[b].error));
        }
        text += "\n";
    }
    text += "muons with 0..4 primitives";
    for (std::size_t n = 0; n <= stations; ++n) {
        text += fmt::format("  {}: {:.3f}/{:.3f}", n, simulation.station_share[n], cms.station_share[n]);
    }
    return text + "\n";
}

} // namespace gw::muon
