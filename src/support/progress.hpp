// A progress bar on stderr when a person watches (a terminal), silence otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gw::support {

class Progress {
  public:
    Progress(std::string label, std::uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// `note` (a loss, say) stands behind the bar. Thread-safe against no one: call it from one thread.
    void update(std::uint64_t done, const std::string& note = {});

  private:
    std::string label_;
    std::uint64_t total_;
    bool shown_;
    std::chrono::steady_clock::time_point start_, last_;
};

} // namespace gw::support
