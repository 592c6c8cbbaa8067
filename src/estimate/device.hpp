// Devices and what they hold.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "plan/part.hpp"

namespace gw::estimate {

using plan::Family;

struct Device {
    std::string_view name; ///< the part number up to its package
    Family family = Family::ultrascale_plus;
    std::uint64_t lut = 0, ff = 0, dsp = 0, bram = 0; ///< bram: blocks of 36 Kb, of ECP5 18 Kb
    std::string_view found_in;
};

std::span<const Device> devices();

/// The device of a part number with or without package and speed grade, in any case: "xcvu13p",
/// "xcu250-figd2104-2L-e". Throws support::Error (user) that lists the names.
const Device& device_of(const std::string& part);

} // namespace gw::estimate
