// The network file: JSON, readable, versioned ("format": "gatewright-network", "version": 1). Types are written as
// fixed::to_string writes them, constants as arrays of integers. docs/network-file.md describes every key.
#pragma once

#include <filesystem>
#include <string>

#include "network/network.hpp"

namespace gw::network {

std::string to_json(const Network& network);
/// Throws support::Error (kind user) naming `where`, the JSON path and what was expected; unknown keys and versions are
/// refused.
Network from_json(const std::string& text, const std::string& where);

/// 16 hexadecimal digits that two networks share only if their files are the same (FNV-1a of to_json).
std::string fingerprint(const Network& network);

void save(const Network& network, const std::filesystem::path& file);
Network load(const std::filesystem::path& file);

} // namespace gw::network
