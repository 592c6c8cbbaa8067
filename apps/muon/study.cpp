#include "muon/study.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/parallel.hpp"

namespace gw::muon {

namespace {

/// The events that count, in columns.
struct Sample {
    std::vector<double> pt;
    std::vector<std::uint64_t> index; ///< in the file
    std::vector<double> flat;         ///< weights for a flat spectrum
    Spectrum spectrum;
};

Sample sample_of(const EventFile& file) {
    Sample sample;
    sample.spectrum = file.spectrum;
    for (std::size_t i = 0; i < file.events.size(); ++i) {
        if (station_count(file.events[i].primitives) >= 2) {
            const double pt = file.events[i].muon.pt;
            sample.pt.push_back(pt);
            sample.index.push_back(i);
            sample.flat.push_back(spectrum_weight(file.spectrum, pt, 0));
        }
    }
    return sample;
}

/// gen / estimated of the muons with low <= pT < high that have an estimate, sorted.
Sorted ratios(const Sample& sample, const Estimator& estimator, double low, double high) {
    std::vector<double> values, weights;
    std::vector<std::uint64_t> events;
    for (std::size_t i = 0; i < sample.pt.size(); ++i) {
        const double estimate = estimator.pt[sample.index[i]];
        if (sample.pt[i] >= low && sample.pt[i] < high && estimate > 0) {
            values.push_back(sample.pt[i] / estimate);
            weights.push_back(sample.flat[i]);
            events.push_back(sample.index[i]);
        }
    }
    return sorted(values, weights, events);
}

constexpr std::array<double, 3> core{0.16, 0.5, 0.84};

double width_of(const std::vector<double>& q) {
    return (q[2] - q[0]) / 2 / q[1];
}

std::vector<unsigned> counts_of(const Sorted& sorted, std::uint64_t seed, std::size_t replica) {
    std::vector<unsigned> counts;
    counts.reserve(sorted.events.size());
    for (const std::uint64_t event : sorted.events) {
        counts.push_back(bootstrap_count(seed, event, replica));
    }
    return counts;
}

struct CoreReplicas {
    std::vector<double> nominal;       ///< the three quantiles
    std::vector<double> width, median; ///< by replica
};

CoreReplicas core_of(const Sorted& sorted, const StudyOptions& options) {
    CoreReplicas result{quantiles(sorted, core), {}, {}};
    for (std::size_t replica = 0; replica < options.replicas; ++replica) {
        const std::vector<double> q = quantiles(sorted, core, counts_of(sorted, options.seed, replica));
        result.width.push_back(width_of(q));
        result.median.push_back(1 / q[1]);
    }
    return result;
}

/// Estimates of the muons around the threshold, sorted: its lower quantile is the cut.
Sorted window_of(const Sample& sample, const Estimator& estimator, const StudyOptions& options) {
    std::vector<double> values, weights;
    std::vector<std::uint64_t> events;
    for (std::size_t i = 0; i < sample.pt.size(); ++i) {
        if (std::abs(sample.pt[i] - options.threshold) <= options.window) {
            values.push_back(estimator.pt[sample.index[i]]);
            weights.push_back(1);
            events.push_back(sample.index[i]);
        }
    }
    return sorted(values, weights, events);
}

/// Sums of weights above a cut and of all, for one spectrum.
double passing_share(const Sample& sample, const Estimator& estimator, const std::vector<double>& weights, double cut,
                     const std::vector<unsigned>* counts) {
    double above = 0, all = 0;
    for (std::size_t i = 0; i < sample.pt.size(); ++i) {
        const double weight = counts == nullptr ? weights[i] : weights[i] * (*counts)[i];
        all += weight;
        above += estimator.pt[sample.index[i]] >= cut ? weight : 0;
    }
    return all > 0 ? above / all : 0;
}

struct RateReplicas {
    double cut = 0;
    std::vector<double> nominal;               ///< by power
    std::vector<std::vector<double>> replicas; ///< by power and replica
};

RateReplicas rates_of(const Sample& sample, const Estimator& estimator, const StudyOptions& options) {
    const Sorted window = window_of(sample, estimator, options);
    const std::array<double, 1> fraction{1 - options.efficiency};
    RateReplicas result;
    constexpr std::size_t enough = 100; // muons around the threshold; with fewer there is no cut to speak of
    if (window.values.size() < enough) {
        return result;
    }
    result.cut = quantiles(window, fraction).front();
    std::vector<std::vector<double>> weights(options.rate_powers.size());
    for (std::size_t p = 0; p < weights.size(); ++p) {
        for (const double pt : sample.pt) {
            weights[p].push_back(spectrum_weight(sample.spectrum, pt, options.rate_powers[p]));
        }
        result.nominal.push_back(passing_share(sample, estimator, weights[p], result.cut, nullptr));
    }
    result.replicas.assign(weights.size(), std::vector<double>(options.replicas));
    support::parallel_for(options.replicas, 1, options.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t replica = begin; replica < end; ++replica) {
            support::throw_if_interrupted();
            std::vector<unsigned> counts;
            counts.reserve(sample.index.size());
            for (const std::uint64_t event : sample.index) {
                counts.push_back(bootstrap_count(options.seed, event, replica));
            }
            const double cut = quantiles(window, fraction, counts_of(window, options.seed, replica)).front();
            for (std::size_t p = 0; p < weights.size(); ++p) {
                result.replicas[p][replica] = passing_share(sample, estimator, weights[p], cut, &counts);
            }
        }
    });
    return result;
}

std::vector<Binned> turn_on_of(const Sample& sample, const Estimator& estimator, double cut,
                               const std::vector<double>& edges) {
    std::vector<Binned> bins;
    for (std::size_t b = 0; b + 1 < edges.size(); ++b) {
        bins.push_back({edges[b], edges[b + 1], 0, {}});
    }
    for (std::size_t i = 0; i < sample.pt.size(); ++i) {
        const auto above = std::upper_bound(edges.begin(), edges.end(), sample.pt[i]);
        if (above != edges.begin() && above != edges.end()) {
            Binned& bin = bins[static_cast<std::size_t>(above - edges.begin()) - 1];
            ++bin.events;
            bin.measured.value += estimator.pt[sample.index[i]] >= cut ? 1 : 0;
        }
    }
    for (Binned& bin : bins) {
        const double n = static_cast<double>(bin.events), passed = bin.measured.value;
        // Centre on Agresti and Coull's estimate for the error, so that 0 of n does not claim to be exact.
        const double shrunk = (passed + 0.5) / (n + 1);
        bin.measured = bin.events == 0 ? Measured{} : Measured{passed / n, std::sqrt(shrunk * (1 - shrunk) / (n + 1))};
    }
    return bins;
}

/// numerator / denominator, replica by replica.
Measured ratio(double value, double reference, const std::vector<double>& replicas,
               const std::vector<double>& of_reference) {
    std::vector<double> each;
    for (std::size_t i = 0; i < std::min(replicas.size(), of_reference.size()); ++i) {
        each.push_back(replicas[i] / of_reference[i]);
    }
    return {value / reference, spread(each)};
}

} // namespace

std::vector<Binned> turn_on(const EventFile& sample, const Estimator& estimator, double cut,
                            const std::vector<double>& edges) {
    return turn_on_of(sample_of(sample), estimator, cut, edges);
}

Study study(const EventFile& file, const std::vector<Estimator>& estimators, const StudyOptions& options) {
    const Sample sample = sample_of(file);
    if (sample.pt.empty()) {
        throw support::user_error("no event has two primitives", "muon study", "simulate more events");
    }
    Study result{options, sample.pt.size(), {}};
    CoreReplicas reference_core;
    RateReplicas reference_rates;
    for (const Estimator& estimator : estimators) {
        if (estimator.pt.size() != file.events.size()) {
            throw support::user_error(fmt::format("'{}' has {} values for {} events", estimator.name,
                                                  estimator.pt.size(), file.events.size()),
                                      "muon study");
        }
        EstimatorResult one;
        one.name = estimator.name;
        one.events = static_cast<std::size_t>(std::count_if(sample.index.begin(), sample.index.end(),
                                                            [&](std::uint64_t i) { return estimator.pt[i] > 0; }));
        for (std::size_t b = 0; b + 1 < options.width_edges.size(); ++b) {
            const double low = options.width_edges[b], high = options.width_edges[b + 1];
            const Sorted bin = ratios(sample, estimator, low, high);
            if (bin.values.size() < 20) {
                continue; // too few for a quantile
            }
            const CoreReplicas values = core_of(bin, options);
            one.widths.push_back({low, high, bin.values.size(), {width_of(values.nominal), spread(values.width)}});
            one.medians.push_back({low, high, bin.values.size(), {1 / values.nominal[1], spread(values.median)}});
        }
        const CoreReplicas all = core_of(ratios(sample, estimator, options.width_low, options.width_high), options);
        const RateReplicas rates = rates_of(sample, estimator, options);
        if (result.results.empty()) {
            reference_core = all;
            reference_rates = rates;
        }
        one.width = {width_of(all.nominal), spread(all.width)};
        one.width_ratio_to_reference =
            ratio(one.width.value, width_of(reference_core.nominal), all.width, reference_core.width);
        one.cut = rates.cut;
        for (std::size_t p = 0; p < rates.nominal.size(); ++p) {
            std::vector<double> thousand = rates.replicas[p];
            for (double& value : thousand) {
                value *= 1000;
            }
            one.rates.push_back(
                {options.rate_powers[p],
                 {1000 * rates.nominal[p], spread(thousand)},
                 ratio(rates.nominal[p], reference_rates.nominal[p], rates.replicas[p], reference_rates.replicas[p])});
        }
        if (rates.cut > 0) {
            one.turn_on = turn_on_of(sample, estimator, rates.cut, options.turn_on_edges);
        }
        result.results.push_back(std::move(one));
    }
    return result;
}

} // namespace gw::muon
