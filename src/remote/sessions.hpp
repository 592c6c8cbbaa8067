// Who holds what: buffers, register ranges and the right to program, by the client's connection. The protocol has no
// end of a session, so what a vanished client held is given back when its connection is gone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "remote/board.hpp"

namespace gw::remote {

struct HeldBuffer {
    std::uint64_t address = 0;
    std::uint32_t bytes = 0;
    std::string peer;
};

struct HeldRange {
    std::uint64_t base = 0, length = 0;
    std::string peer;
};

/// Whether a client's connection to our port is still there, by the kernel's table of TCP connections; of peers that
/// are not in it (Unix sockets): always.
bool is_connected(const std::string& peer, std::uint16_t port);

/// Thread-safe. Errors are support::Error (user).
class Sessions {
  public:
    /// Held buffers of one client and of all may not pass these.
    static constexpr std::size_t most_buffers = 1024, most_ranges = 65'536;

    /// @param connected whether a peer's connection is there; asked when something is short or contested, and not
    /// before: a client whose connection was idle and went may come back and find what it held.
    Sessions(Board& board, std::function<bool(const std::string&)> connected)
        : board_(board), connected_(std::move(connected)) {}

    /// Zeroed. @return its id, which cannot be guessed
    std::string allocate(const std::string& peer, std::uint32_t bytes);
    HeldBuffer buffer(const std::string& id) const;
    /// Only by whom it belongs to, while that client is connected.
    void free(const std::string& peer, const std::string& id);

    std::string open_range(const std::string& peer, std::uint64_t base, std::uint64_t length);
    HeldRange range(const std::string& id) const;

    /// The right to program: one client's at a time, while it is connected.
    void claim(const std::string& peer);

    /// Gives back what belongs to clients that are gone. @return how many buffers
    std::size_t reap();

  private:
    std::size_t reap_locked();

    Board& board_;
    std::function<bool(const std::string&)> connected_;
    std::map<std::string, HeldBuffer> buffers_;
    std::map<std::string, HeldRange> ranges_;
    std::optional<std::string> programmer_;
    mutable std::mutex mutex_;
};

} // namespace gw::remote
