// Families of FPGAs by part number, and how fast their logic is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "plan/plan.hpp"

namespace gw::plan {

enum class Family : std::uint8_t { ultrascale_plus, ultrascale, series7, ecp5 };

/// By the maker's part number in any case, with or without package and speed grade: "xcu250-figd2104-2L-e",
/// "LFE5U-85F-8BG381C". None: a part of no family that we know.
std::optional<Family> family_of(const std::string& part);

/// The delay model of a family.
DelayModel delays_of(Family family);
/// The same by part number; a part of no known family gets the model of UltraScale+.
DelayModel delays_of(const std::string& part);

} // namespace gw::plan
