// manifest.json: what a bundle is, what made it, how it was planned, and a checksum of each of its files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "plan/plan.hpp"
#include "rtl/core.hpp"

namespace gw::bundle {

struct FileEntry {
    std::uint64_t bytes = 0;
    std::uint64_t checksum = 0; ///< FNV-1a, 64 bit: against damage, not against malice
    friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

struct Manifest {
    std::string name;     ///< of the network
    std::string producer; ///< "gatewright 0.1.0"
    std::string numerics; ///< "exact" or "hls4ml"; empty where the model was a network file already
    plan::Plan plan;
    rtl::Core core; ///< ports, latency and clock
    std::map<std::string, FileEntry>
        files; ///< by path from the bundle's root, '/' between folders; not manifest and report
};

std::string to_json(const Manifest& manifest);
/// Throws support::Error (user) naming `where` and the key that is missing, unknown or wrong, or a version that is not
/// ours.
Manifest manifest_from_json(const std::string& text, const std::string& where);

FileEntry entry_of(const std::string& contents);
/// All regular files under `directory` but the manifest and the report.
std::map<std::string, FileEntry> list_files(const std::filesystem::path& directory);

} // namespace gw::bundle
