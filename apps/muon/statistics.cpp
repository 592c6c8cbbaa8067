#include "muon/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "support/rng.hpp"

namespace gw::muon {

double spread(std::span<const double> replicas) {
    double sum = 0, squares = 0, count = 0;
    for (const double value : replicas) {
        if (std::isfinite(value)) {
            sum += value;
            squares += value * value;
            ++count;
        }
    }
    return count < 2 ? 0 : std::sqrt(std::max(0.0, (squares - sum * sum / count) / (count - 1)));
}

unsigned bootstrap_count(std::uint64_t seed, std::uint64_t event, std::uint64_t replica) {
    // Cumulative Poisson(1) up to 7; beyond it lies 1e-5.
    constexpr std::array<double, 8> cumulative{0.36787944, 0.73575888, 0.91969860, 0.98101184,
                                               0.99634015, 0.99940582, 0.99991676, 0.99998975};
    support::Random random(seed + event * 0x9E3779B97F4A7C15ULL + replica * 0xD1B54A32D192ED03ULL);
    random.next();
    const double uniform = random.uniform();
    unsigned count = 0;
    while (count < cumulative.size() && uniform >= cumulative[count]) {
        ++count;
    }
    return count;
}

Sorted sorted(std::span<const double> values, std::span<const double> weights, std::span<const std::uint64_t> events) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return values[a] != values[b] ? values[a] < values[b] : a < b; });
    Sorted result;
    result.values.reserve(order.size());
    result.weights.reserve(order.size());
    result.events.reserve(order.size());
    for (const std::size_t i : order) {
        result.values.push_back(values[i]);
        result.weights.push_back(weights[i]);
        result.events.push_back(events[i]);
    }
    return result;
}

std::vector<double> quantiles(const Sorted& sample, std::span<const double> fractions,
                              std::span<const unsigned> counts) {
    const auto weight = [&](std::size_t i) {
        return counts.empty() ? sample.weights[i] : sample.weights[i] * counts[i];
    };
    double total = 0;
    for (std::size_t i = 0; i < sample.values.size(); ++i) {
        total += weight(i);
    }
    std::vector<double> result;
    double reached = 0;
    std::size_t at = 0;
    for (const double fraction : fractions) { // rising
        while (at < sample.values.size() && reached + weight(at) < fraction * total) {
            reached += weight(at++);
        }
        result.push_back(total > 0 ? sample.values[std::min(at, sample.values.size() - 1)]
                                   : std::numeric_limits<double>::quiet_NaN());
    }
    return result;
}

} // namespace gw::muon
