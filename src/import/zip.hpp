// Members of a zip file.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace gw::import {

/// The named members, whole (at most 1 GiB each). Throws support::Error (kind user) if the file is no zip, or a member
/// is absent or damaged.
std::map<std::string, std::string> read_zip(const std::filesystem::path& file, const std::vector<std::string>& members);

} // namespace gw::import
