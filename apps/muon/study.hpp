// The comparison of pT estimators on one set of events: any of them, all alike, one denominator.
//
//   width     half the 16-84 % range of pT(gen) / pT(estimated), over its median: free of the estimator's scale
//   turn-on   share of muons estimated above the threshold, by generated pT, at the threshold that keeps 90 % at 22 GeV
//   rate      share of a falling spectrum above that threshold; what a trigger pays
// Widths weigh events flat in pT; rates weigh them as pT^-4 and pT^-5. Errors are one standard deviation, by bootstrap
// over events (binomial for the turn-on); those of ratios are of the ratio, over the same bootstrap samples.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "muon/event_file.hpp"
#include "muon/statistics.hpp"

namespace gw::muon {

struct Estimator {
    std::string name;
    std::vector<double> pt; ///< one an event of the sample, GeV; 0 or less where there is none
};

struct StudyOptions {
    std::vector<double> width_edges{6, 10, 20, 40, 60, 80, 100, 140, 200}; ///< GeV
    double width_low = 10, width_high = 140;                               ///< of the width over all
    double threshold = 22, efficiency = 0.9;
    double window = 1; ///< GeV either side of `threshold`, where the efficiency is set
    std::vector<double> turn_on_edges{3,  6,  8,  10, 12, 14, 16, 17, 18, 19, 20,  21,  22, 23,
                                      24, 25, 26, 28, 30, 35, 40, 50, 60, 80, 100, 140, 200};
    std::vector<double> rate_powers{-4, -5};
    std::size_t replicas = 40; ///< bootstrap samples
    std::uint64_t seed = 7;
    unsigned threads = 0;
};

struct Binned {
    double low = 0, high = 0; ///< GeV of generated pT
    std::size_t events = 0;
    Measured measured;
};

struct Rate {
    double power = 0;
    Measured per_thousand;       ///< of the muons generated from 3 GeV with two primitives
    Measured ratio_to_reference; ///< to the first estimator's
};

struct EstimatorResult {
    std::string name;
    std::size_t events = 0;      ///< with an estimate
    std::vector<Binned> widths;  ///< by pT
    std::vector<Binned> medians; ///< of estimated / generated
    Measured width;              ///< over all
    Measured width_ratio_to_reference;
    double cut = 0; ///< GeV of estimated pT that keeps `efficiency` at `threshold`; 0 where the sample is too small
    std::vector<Binned> turn_on;
    std::vector<Rate> rates;
};

struct Study {
    StudyOptions options;
    std::size_t events = 0; ///< with at least two primitives
    std::vector<EstimatorResult> results;
};

/// The efficiency of `estimator` at `cut` by generated pT, of muons with two primitives.
std::vector<Binned> turn_on(const EventFile& sample, const Estimator& estimator, double cut,
                            const std::vector<double>& edges);

/// Events with fewer than two primitives are left out for everybody. The first estimator is the reference.
/// Throws support::Error (kind user) where an estimator has another number of events than the sample.
Study study(const EventFile& sample, const std::vector<Estimator>& estimators, const StudyOptions& options = {});

/// {"events", "options", "estimators": [{"name", "width", "widths": [{"low", "high", "value", "error", "events"}],
/// ...}]}
nlohmann::json to_json(const Study& study);
/// A table for people.
std::string to_text(const Study& study);

} // namespace gw::muon
