// The few files that a PYNQ.remote client may see, all in memory: who the board is, the FPGA manager, firmware, a
// scratch area. The host's own files are never touched.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace gw::remote {

/// Thread-safe.
class Files {
  public:
    static constexpr std::size_t largest = std::size_t{1} << 20,
                                 most = 64; ///< bytes of a file; files, the oldest of which make room
    static constexpr const char* firmware = "/sys/class/fpga_manager/fpga0/firmware";

    /// Firmware is never said to be there, so that clients send it each time: they ask by its name alone.
    bool exists(const std::string& path) const;
    std::optional<std::string> read(const std::string& path) const;
    /// Whether the path is one of those that may be written.
    bool may_write(const std::string& path) const;
    void write(const std::string& path, std::string contents);

  private:
    std::map<std::string, std::string> files_{
        {"/proc/version", "Linux version 5.15.0-gatewright (aarch64) simulated\n"},
        {"/proc/device-tree/chosen/pynq_board", std::string("GATEWRIGHT\0", 11)},
        {"/sys/class/fpga_manager/fpga0/state", "operating\n"},
        {"/sys/class/fpga_manager/fpga0/flags", "0\n"}};
    std::deque<std::string> clients_; ///< paths that clients have written, the oldest first
    mutable std::mutex mutex_;
};

} // namespace gw::remote
