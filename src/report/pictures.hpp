// The page's pictures: each a function from the report to an <svg>, or to nothing where the report lacks the numbers.
#pragma once

#include <string>

#include "report/facts.hpp"

namespace gw::report {

/// @param study as apps/muon writes it: {"estimators": [...]}; `sample` names the events in titles
std::string width_picture(const Json& study, const std::string& sample);
std::string turn_on_picture(const Json& study, const std::string& sample);
std::string rate_picture(const Json& study);

std::string module_picture(const Json& report);
std::string stage_delay_picture(const Json& report);
std::string stage_area_picture(const Json& report);
std::string speed_picture(const Json& report);

} // namespace gw::report
