// Zip archives in memory.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gw::support {

struct ZipOptions {
    std::time_t time = 315532800;              ///< of all members: the same contents make the same archive
    std::optional<std::uint32_t> deflate = {}; ///< compression level 1 to 9; libzip's own choice
    std::optional<std::uint16_t> mode = {};    ///< Unix permissions of all members
};

/// An archive of members (name, contents), in their order. Throws (kind internal) naming `where` if libzip refuses.
std::string zipped(const std::vector<std::pair<std::string, std::string>>& members, const ZipOptions& options,
                   const std::string& where);

} // namespace gw::support
