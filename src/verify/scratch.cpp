#include "verify/scratch.hpp"

#include <cstdlib>
#include <string>

#include "support/error.hpp"

namespace gw::verify {

Scratch::Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gatewright-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        throw support::user_error("cannot make a folder for temporary files",
                                  std::filesystem::temp_directory_path().string(),
                                  "make room there, or point TMPDIR to a folder that can be written");
    }
    path_ = pattern;
}

Scratch::~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

} // namespace gw::verify
