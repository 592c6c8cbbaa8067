// report.html: one self-contained page, pictures before tables.
#pragma once

#include <string>

#include "report/facts.hpp"

namespace gw::report {

/// The whole page, from a bundle's report.json (bundle::read_report). Sections that were not run are left out.
std::string html_page(const Json& report);

} // namespace gw::report
