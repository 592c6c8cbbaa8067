// The few numbers that matter, from report.json (and a muon study): for the end of `make demo` and the head of the
// page.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace gw::report {

using Json = nlohmann::ordered_json;

struct SummaryRow {
    std::string what, value;
};

/// Rows for what is there; nothing is made up for what is not.
/// @param report the bundle's report.json @param study from `gatewright muon study -o`, or null
std::vector<SummaryRow> summary(const Json& report, const Json& study);

/// A table of at most 80 columns.
std::string to_text(const std::vector<SummaryRow>& rows);

/// The value at a path such as "run.device.events_per_second", or null.
const Json& at_path(const Json& json, const std::string& path);

/// The estimator of a study by name, or by being neither Kalman nor table; null if absent.
const Json& estimator(const Json& study, const std::string& name);
/// The strongest Kalman filter of a study, by width.
const Json& best_kalman(const Json& study);
/// A share of the turn-on's bin that holds `pt`, or null.
const Json& turn_on_at(const Json& estimator, double pt);

} // namespace gw::report
