#include "bundle/files.hpp"

#include "bundle/events.hpp"
#include "emulate/emulator.hpp"
#include "support/atomic_file.hpp"

namespace gw::bundle {

rtl::Files read_folder(const std::filesystem::path& folder) {
    rtl::Files files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            files[entry.path().lexically_relative(folder).generic_string()] = support::read_file(entry.path());
    return files;
}

std::vector<std::int64_t> raw_events(const network::Network& network, const std::vector<std::filesystem::path>& files) {
    const support::Array rows = read_events(network, files);
    std::vector<std::int64_t> raw(rows.values.size());
    emulate::to_raw(network, rows.values, raw);
    return raw;
}

} // namespace gw::bundle
