#include "remote/sessions.hpp"

#include <charconv>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::remote {
namespace {

std::string fresh_id() {
    thread_local std::random_device source;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", source(), source(), source(), source());
}

/// The port behind the last colon.
std::optional<std::uint16_t> port_of(const std::string& peer) {
    const std::size_t colon = peer.rfind(':');
    std::uint16_t port = 0;
    const char* begin = peer.data() + colon + 1;
    const auto [end, error] = std::from_chars(begin, peer.data() + peer.size(), port);
    return colon == std::string::npos || error != std::errc() || end == begin ? std::nullopt : std::optional(port);
}

/// Whether the table has an established connection between these ports.
bool in_table(const char* table, std::uint16_t local, std::uint16_t remote) {
    std::ifstream file(table);
    if (!file)
        return true; // not known, so nothing is taken away
    std::string line;
    std::getline(file, line); // the head
    while (std::getline(file, line)) {
        std::istringstream words(line);
        std::string number, here, there, state;
        words >> number >> here >> there >> state;
        const auto ends_in = [](const std::string& address, std::uint16_t port) {
            return address.ends_with(fmt::format(":{:04X}", port));
        };
        if (state == "01" && ends_in(here, local) && ends_in(there, remote))
            return true;
    }
    return false;
}

template <class Map> const auto& found_in(const Map& map, const std::string& id, const char* what) {
    const auto found = map.find(id);
    if (found == map.end())
        throw support::user_error(fmt::format("there is no {} '{}'", what, id), {},
                                  "it was freed, or its client's connection ended; make it anew");
    return found->second;
}

} // namespace

bool is_connected(const std::string& peer, std::uint16_t port) {
    const auto remote = port_of(peer);
    if (!peer.starts_with("ipv") || !remote)
        return true;
    return in_table("/proc/net/tcp", port, *remote) || in_table("/proc/net/tcp6", port, *remote);
}

std::string Sessions::allocate(const std::string& peer, std::uint32_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes == 0)
        throw support::user_error("a buffer of no bytes", {}, "give it a size");
    if (buffers_.size() >= most_buffers && reap_locked() == 0)
        throw support::user_error("too many buffers are held", {}, "free buffers that are not needed");
    std::uint64_t address = 0;
    try {
        address = board_.card().allocate(bytes);
    } catch (const support::Error&) {
        if (reap_locked() == 0)
            throw;
        address = board_.card().allocate(bytes);
    }
    board_.card().write_memory(address, std::vector<std::byte>(bytes));
    std::string id = fresh_id();
    buffers_[id] = {address, bytes, peer};
    return id;
}

HeldBuffer Sessions::buffer(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return found_in(buffers_, id, "buffer");
}

void Sessions::free(const std::string& peer, const std::string& id) {
    const std::lock_guard lock(mutex_);
    const HeldBuffer held = found_in(buffers_, id, "buffer");
    if (held.peer != peer && connected_(held.peer))
        throw support::user_error("the buffer is another client's", {}, "leave it to that client");
    board_.card().release(held.address);
    buffers_.erase(id);
}

std::string Sessions::open_range(const std::string& peer, std::uint64_t base, std::uint64_t length) {
    const std::lock_guard lock(mutex_);
    if (ranges_.size() >= most_ranges)
        reap_locked();
    if (ranges_.size() >= most_ranges)
        throw support::user_error("too many register ranges are open", {}, "connect anew");
    if (!board_.holds(base, length))
        throw support::user_error(fmt::format("{:#x} to {:#x} is not of this design", base, base + length), {},
                                  "ip_dict of the overlay lists what there is");
    std::string id = fresh_id();
    ranges_[id] = {base, length, peer};
    return id;
}

HeldRange Sessions::range(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return found_in(ranges_, id, "register range");
}

void Sessions::claim(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    if (programmer_ && *programmer_ != peer && connected_(*programmer_))
        throw support::user_error("another client has loaded its overlay and is still connected", {},
                                  "wait for it to end, or start the server with --shared");
    programmer_ = peer;
}

std::size_t Sessions::reap() {
    const std::lock_guard lock(mutex_);
    return reap_locked();
}

std::size_t Sessions::reap_locked() {
    std::map<std::string, bool> known;
    const auto gone = [&](const std::string& peer) {
        const auto there = known.find(peer);
        return !(there == known.end() ? known.emplace(peer, connected_(peer)).first : there)->second;
    };
    if (programmer_ && gone(*programmer_)) {
        board_.program(); // a kernel that it started must not write to memory that is another's soon
        programmer_.reset();
    }
    const std::size_t freed = std::erase_if(buffers_, [&](const auto& entry) {
        if (!gone(entry.second.peer))
            return false;
        board_.card().release(entry.second.address);
        return true;
    });
    std::erase_if(ranges_, [&](const auto& entry) { return gone(entry.second.peer); });
    return freed;
}

} // namespace gw::remote
