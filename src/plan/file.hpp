// A plan as JSON ("format": "gatewright-plan", "version": 1). Every key but these two may be absent: it then has
// plan.hpp's default.
#pragma once

#include <string>

#include "plan/plan.hpp"

namespace gw::plan {

/// All keys, defaults too: a bundle says how it was built.
std::string to_json(const Plan& plan);
/// Throws support::Error (kind user) naming `where`, the key and what was expected; unknown keys and versions are
/// refused.
Plan from_json(const std::string& text, const std::string& where);

} // namespace gw::plan
