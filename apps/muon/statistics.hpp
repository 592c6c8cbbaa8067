// Weighted quantiles and their errors by the Poisson bootstrap.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gw::muon {

/// A value with one standard deviation of statistical error.
struct Measured {
    double value = 0, error = 0;
};

/// Mean-free spread of `replicas` about their mean.
double spread(std::span<const double> replicas);

/// How often event `event` stands in bootstrap replica `replica`: Poisson of mean 1, the same for every quantity, so
/// that ratios of two estimators on one sample have the error of the ratio.
unsigned bootstrap_count(std::uint64_t seed, std::uint64_t event, std::uint64_t replica);

/// Values in rising order with their weights and the events that they belong to.
struct Sorted {
    std::vector<double> values, weights;
    std::vector<std::uint64_t> events;
};
Sorted sorted(std::span<const double> values, std::span<const double> weights, std::span<const std::uint64_t> events);

/// The quantiles at `fractions` (each in (0, 1)); with `counts` (as long as values) in each weight. NaN where empty.
std::vector<double> quantiles(const Sorted& sample, std::span<const double> fractions,
                              std::span<const unsigned> counts = {});

} // namespace gw::muon
