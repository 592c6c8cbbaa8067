// The server, in a shared library of its own that is loaded on demand, so that nothing else pays for gRPC.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace gw::remote {

struct ServeRequest {
    std::filesystem::path bundle;      ///< with its simulated card compiled
    std::string address = "127.0.0.1"; ///< to listen on: a host, or unix:/DIR/NAME (the socket file then ends in :PORT)
    std::uint16_t port = 7967;         ///< PYNQ.remote's own
    std::string token;                 ///< of metadata "authorization: Bearer TOKEN"; empty: everyone may
    bool shared = false;               ///< whether a client may program while another one is connected
    std::uint64_t memory_bytes = std::uint64_t{256} << 20;
    std::function<bool()> ended = [] { return false; }; ///< asked ten times a second
    std::function<void(const std::string& line)> log = [](const std::string&) {};
};

/// Serves until `ended`. Throws support::Error (user) where the card cannot be opened or the address is taken.
using Serve = void (*)(const ServeRequest&);
inline constexpr const char* serve_name = "gw_remote_serve";

} // namespace gw::remote
