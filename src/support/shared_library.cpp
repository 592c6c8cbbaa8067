#include "support/shared_library.hpp"

#include <dlfcn.h>

#include "support/error.hpp"

namespace gw::support {

void UnloadLibrary::operator()(void* library) const {
    dlclose(library);
}

SharedLibrary load_library(const std::filesystem::path& file, const std::string& what, const std::string& remedy,
                           LibraryNames names) {
    SharedLibrary library(dlopen(file.c_str(), RTLD_NOW | (names == LibraryNames::global ? RTLD_GLOBAL : RTLD_LOCAL)));
    if (library == nullptr) {
        const char* reason = dlerror(); // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
        throw user_error(what + " cannot be loaded: " + (reason == nullptr ? "?" : reason), file.string(), remedy);
    }
    return library;
}

std::filesystem::path beside_program(const std::string& name) {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

void* find_symbol(void* library, const char* name) {
    return dlsym(library, name);
}

} // namespace gw::support
