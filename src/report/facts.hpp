// Numbers out of a report, which may lack any section: what was not measured is absent, not zero.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace gw::report {

using Json = nlohmann::ordered_json;

/// The number at a JSON pointer ("/build/latency_cycles"), if there is one.
std::optional<double> number_at(const Json& report, const std::string& pointer);
/// The text at a JSON pointer, or nothing.
std::optional<std::string> text_at(const Json& report, const std::string& pointer);
/// Whether `true` stands at a JSON pointer: an absence is no success.
bool holds(const Json& report, const std::string& pointer);
/// The array at a JSON pointer, or an empty one.
Json array_at(const Json& report, const std::string& pointer);
/// The first object in an array whose "name" is `name`, or null.
Json named(const Json& array, const std::string& name);

/// One line of the summary: what, how much, and beside what.
struct Fact {
    std::string what, value, beside;
};
/// Resolution, turn-on, rate, latency, resources, speeds, verification: those that the report knows.
std::vector<Fact> summary(const Json& report);

/// The summary for a terminal, at most 80 columns wide.
std::string summary_text(const std::vector<Fact>& facts);

} // namespace gw::report
