// A folder for a tool's files that is gone when the work is done.
#pragma once

#include <filesystem>

namespace gw::verify {

class Scratch {
  public:
    /// A new folder under the system's temporary one. Throws support::Error (user) if that cannot be written.
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

} // namespace gw::verify
