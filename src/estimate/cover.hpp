// Covering gates with LUTs: how many, and what each is for.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "estimate/logic.hpp"

namespace gw::estimate {

using LutCounts = std::array<std::uint64_t, role_count>; ///< by Role

/// LUTs of six inputs (or two and four of them behind wide multiplexers) that provide the nets, each at the least depth
/// any of them needs. @param required as of Logic::required
LutCounts cover(const Logic& logic, std::span<const Net> required);

} // namespace gw::estimate
