// Parts of a bundle as the rooms' functions take them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "network/network.hpp"
#include "rtl/core.hpp"

namespace gw::bundle {

/// All files under `folder` by their path from it.
rtl::Files read_folder(const std::filesystem::path& folder);

/// The raw mantissas of event files (events.hpp, read_events), one event after the other.
std::vector<std::int64_t> raw_events(const network::Network& network, const std::vector<std::filesystem::path>& files);

} // namespace gw::bundle
