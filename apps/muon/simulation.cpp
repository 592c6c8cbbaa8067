#include "muon/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

#include "muon/detector.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/parallel.hpp"
#include "support/rng.hpp"

namespace gw::muon {

namespace {

using support::Random;

/// Normal deviates by Marsaglia's polar method (SIAM Review 6, 1964), two at a time.
class Gaussian {
  public:
    explicit Gaussian(Random random) : random_(random) {}
    double operator()() {
        if (spare_) {
            const double value = *spare_;
            spare_.reset();
            return value;
        }
        double u = 0, v = 0, s = 0;
        do {
            u = 2 * random_.uniform() - 1;
            v = 2 * random_.uniform() - 1;
            s = u * u + v * v;
        } while (s >= 1 || s == 0);
        const double factor = std::sqrt(-2 * std::log(s) / s);
        spare_ = v * factor;
        return u * factor;
    }

  private:
    Random random_;
    std::optional<double> spare_;
};

/// A muon on its way out: offset and slope across the direction it started in, and the pT it has left.
struct Flight {
    double radius = 0, offset = 0, slope = 0, pt;

    void fly_to(double target) {
        const double field_end = std::min(target, detector::solenoid_radius);
        if (radius < field_end) {
            const double step = field_end - radius;
            const double bend = detector::curvature / pt * step;
            offset += slope * step + bend * step / 2;
            slope += bend;
            radius = field_end;
        }
        offset += slope * (target - radius);
        radius = target;
    }
};

/// Highland's projected angle. In the transverse plane it grows by cosh eta, as p does over pT: the two cancel.
double scattering_angle(const detector::Plane& plane, double pt, double cosh_eta) {
    const double lengths = plane.radiation_length * cosh_eta;
    return plane.scattering * 0.0136 / pt * std::sqrt(lengths) * (1 + 0.038 * std::log(lengths));
}

/// Material and yoke field; false where the muon stops.
bool cross(Flight& flight, const detector::Plane& plane, double cosh_eta, double kick) {
    constexpr double stopped = 0.5; // GeV: below, the small-angle transport means nothing
    flight.fly_to(plane.radius);
    flight.slope += kick * scattering_angle(plane, flight.pt, cosh_eta) - 0.299792 * plane.yoke_field / flight.pt;
    flight.pt -= plane.loss;
    return flight.pt > stopped;
}

struct Draw {
    double detected, quality;  ///< uniform
    double phi, phi_b;         ///< normal
    double spoiled;            ///< uniform
    double far_phi, far_phi_b; ///< normal; used where spoiled
};

int quality_code(std::size_t station, double uniform) {
    const auto& chances = detector::quality_chance[station];
    int code = 2;
    for (std::size_t i = 0; i + 1 < chances.size() && uniform >= chances[i]; ++i) {
        uniform -= chances[i];
        ++code;
    }
    return code;
}

bool in_wheel(double z) {
    const double from_middle = std::abs(std::remainder(z, detector::wheel_pitch));
    return std::abs(z) < detector::barrel_end && from_middle < detector::wheel_pitch / 2 - detector::wheel_gap;
}

std::optional<Primitive> measure(std::size_t station, const Flight& flight, const Generated& muon, double z,
                                 const Draw& draw) {
    constexpr double sector_width = 2 * std::numbers::pi / sectors;
    const double bend = flight.offset / flight.radius;
    const double true_phi = muon.phi - muon.charge * bend;
    const double sector_number = std::nearbyint(true_phi / sector_width);
    const double in_sector = true_phi - sector_number * sector_width;
    const detector::PhiGap& gap = detector::phi_gap[station];
    const bool in_gap = std::abs(in_sector) > gap.from && std::abs(in_sector) < gap.to;
    if (draw.detected >= detector::efficiency[station] || in_gap || !in_wheel(z)) {
        return std::nullopt;
    }
    Primitive primitive;
    primitive.quality = static_cast<std::int16_t>(quality_code(station, draw.quality));
    const bool good = primitive.good();
    double phi_error = draw.phi * detector::phi_resolution * (good ? 1 : detector::poor_phi_factor);
    double phi_b_error = draw.phi_b * (good ? detector::good_phi_b_resolution : detector::poor_phi_b_resolution);
    const detector::Spoiled& spoiled = good ? detector::good_spoiled : detector::poor_spoiled;
    if (draw.spoiled < spoiled.phi_chance) {
        phi_error += draw.far_phi * spoiled.phi;
    }
    if (draw.spoiled < spoiled.phi_b_chance) {
        phi_b_error += draw.far_phi_b * spoiled.phi_b;
    }
    const auto encode = [](double angle, double scale, int limit) {
        return static_cast<std::int16_t>(std::clamp<double>(std::nearbyint(angle * scale), -limit, limit));
    };
    const double phi = in_sector - muon.charge * phi_error;
    const double phi_b = -muon.charge * (flight.slope - bend + phi_b_error);
    primitive.phi = encode(phi, detector::phi_scale, detector::phi_limit);
    primitive.phi_b = encode(phi_b, detector::phi_b_scale, detector::phi_b_limit);
    const int turn = static_cast<int>(std::fmod(sector_number, sectors));
    primitive.sector = static_cast<std::int16_t>(turn < 0 ? turn + sectors + 1 : turn + 1);
    primitive.wheel = static_cast<std::int16_t>(std::nearbyint(z / detector::wheel_pitch));
    return primitive;
}

Generated generate(const SimulationOptions& options, Random& random) {
    const double u = random.uniform();
    Generated muon;
    muon.pt = static_cast<float>(options.spectrum == Spectrum::flat
                                     ? options.pt_min + u * (options.pt_max - options.pt_min)
                                     : options.pt_min * std::exp(u * std::log(options.pt_max / options.pt_min)));
    muon.eta = static_cast<float>(options.eta_max * (2 * random.uniform() - 1));
    muon.phi = static_cast<float>(std::numbers::pi * (2 * random.uniform() - 1));
    muon.charge = (random.next() >> 63) != 0 ? 1 : -1;
    return muon;
}

void check(const SimulationOptions& options) {
    if (options.events == 0) {
        throw support::user_error("the number of events is 0", "muon simulation", "ask for at least one event");
    }
    if (!(options.pt_min >= 1) || !(options.pt_max > options.pt_min) || !std::isfinite(options.pt_max)) {
        throw support::user_error(
            fmt::format("the pT range {} to {} GeV is empty or starts below 1 GeV", options.pt_min, options.pt_max),
            "muon simulation", "give a range such as 3 to 200");
    }
    if (!(options.eta_max > 0 && options.eta_max < 3) || !(options.noise >= 0)) {
        throw support::user_error("eta must lie in (0, 3) and the noise factor must not be negative",
                                  "muon simulation");
    }
}

} // namespace

Primitives transport(const Generated& muon, std::uint64_t seed, double noise) {
    Random random(seed);
    Gaussian gauss(random.split(0));
    const double vertex = detector::vertex_spread * gauss();
    std::array<double, detector::planes.size()> kicks{};
    for (double& kick : kicks) {
        kick = noise * gauss();
    }
    std::array<Draw, stations> draws{};
    for (Draw& draw : draws) {
        draw = {random.uniform(), random.uniform(), noise * gauss(), noise * gauss(), random.uniform(), 0, 0};
        if (draw.spoiled < std::max(detector::good_spoiled.phi_b_chance, detector::poor_spoiled.phi_b_chance)) {
            draw.far_phi = noise * gauss();
            draw.far_phi_b = noise * gauss();
        }
    }
    const double sinh_eta = std::sinh(muon.eta), cosh_eta = std::sqrt(1 + sinh_eta * sinh_eta);
    Primitives primitives;
    Flight flight{.pt = muon.pt};
    bool alive = true;
    for (std::size_t i = 0; i < detector::first_yoke_plane && alive; ++i) {
        alive = cross(flight, detector::planes[i], cosh_eta, kicks[i]);
    }
    for (std::size_t s = 0; s < stations && alive; ++s) {
        flight.fly_to(detector::station_radius[s]);
        primitives[s] = measure(s, flight, muon, vertex + flight.radius * sinh_eta, draws[s]);
        if (const std::size_t next = detector::first_yoke_plane + s; next < detector::planes.size()) {
            alive = cross(flight, detector::planes[next], cosh_eta, kicks[next]);
        }
    }
    return primitives;
}

std::vector<Event> simulate(const SimulationOptions& options) {
    check(options);
    std::vector<Event> events(options.events);
    const Random root(options.seed);
    support::parallel_for(options.events, 8192, options.threads, [&](std::size_t begin, std::size_t end) {
        support::throw_if_interrupted();
        for (std::size_t i = begin; i < end; ++i) {
            Random random = root.split(i);
            events[i].muon = generate(options, random);
            events[i].primitives = transport(events[i].muon, random.next(), options.noise);
        }
    });
    return events;
}

double spectrum_weight(Spectrum generated, double pt, double power) {
    return std::pow(pt, generated == Spectrum::flat ? power : power + 1);
}

} // namespace gw::muon
