// The report for people: one HTML file with everything inside, pictures before tables.
#pragma once

#include <string>

#include "report/summary.hpp"

namespace gw::report {

/// @param title   the network's name @param report the bundle's report.json @param study as in summary.hpp, or null
std::string page(const std::string& title, const Json& report, const Json& study);

} // namespace gw::report
