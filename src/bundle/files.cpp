#include "bundle/files.hpp"

#include "bundle/events.hpp"
#include "bundle/vectors.hpp"
#include "network/elements.hpp"
#include "support/atomic_file.hpp"

namespace gw::bundle {

rtl::Files read_folder(const std::filesystem::path& folder) {
    rtl::Files files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            files[entry.path().lexically_relative(folder).generic_string()] = support::read_file(entry.path());
    return files;
}

std::vector<std::int64_t> raw_events(const network::Network& network, const std::filesystem::path& file) {
    const support::Array rows = read_events(network, {file});
    const auto types = element_types(network, network.inputs);
    std::vector<std::int64_t> raw;
    raw.reserve(rows.values.size());
    for (std::size_t i = 0; i < rows.values.size(); ++i)
        raw.push_back(static_cast<std::int64_t>(fixed::from_double(rows.values[i], types[i % types.size()])));
    return raw;
}

} // namespace gw::bundle
