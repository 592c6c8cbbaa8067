// Output that is whole or absent: written to a temporary place beside the target, then renamed.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace gw::support {

/// Writes `contents` to `file`. Throws (kind user) naming the file and the system's reason (no space, no permission
/// ...); what stood there before stays.
void write_file(const std::filesystem::path& file, std::string_view contents);

/// Writes each of `files` (contents by path from `directory`) and makes the folders that they need.
void write_files(const std::filesystem::path& directory, const std::map<std::string, std::string>& files);

/// The whole of a file. Throws (kind user) if it cannot be read.
std::string read_file(const std::filesystem::path& file);

/// Calls `fill(temporary directory)`, then renames it to `directory`. If `fill` throws, nothing is left behind.
/// An existing `directory` is an error unless `replace`.
enum class IfExists { refuse, replace };
void write_directory(const std::filesystem::path& directory, IfExists if_exists,
                     const std::function<void(const std::filesystem::path&)>& fill);

/// Calls `write(temporary file)`, then renames it to `file`; for libraries that insist on opening the file themselves.
void write_through(const std::filesystem::path& file, const std::function<void(const std::filesystem::path&)>& write);

} // namespace gw::support
