// Shared libraries that are loaded while the program runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace gw::support {

struct UnloadLibrary {
    void operator()(void* library) const;
};
/// Unloaded with its scope.
using SharedLibrary = std::unique_ptr<void, UnloadLibrary>;

/// Who sees a library's names: itself, or all libraries that are loaded later too.
enum class LibraryNames : std::uint8_t { own, global };

/// A bare file name is looked for where the system keeps libraries. Throws (kind user) "WHAT cannot be loaded: REASON",
/// naming the file and `remedy`.
SharedLibrary load_library(const std::filesystem::path& file, const std::string& what, const std::string& remedy,
                           LibraryNames names = LibraryNames::own);

/// The file of that name in the running program's folder.
std::filesystem::path beside_program(const std::string& name);

/// Null where the library has no such function.
void* find_symbol(void* library, const char* name);
template <class Function> Function find_function(void* library, const char* name) {
    return reinterpret_cast<Function>(find_symbol(library, name));
}

} // namespace gw::support
