// The verifier: run after every pass that makes or changes a Network.
#pragma once

#include <string>
#include <vector>

#include "network/network.hpp"

namespace gw::network {

/// All that is wrong with a network, a line each: op or tensor, attribute, what, expected. Empty if it is sound.
/// Checked: shapes, types (widths 0-64, signed <= 64, unsigned <= 63), raw integers inside their types, names unique,
/// each tensor written once and before it is read, outputs written.
std::vector<std::string> problems(const Network& network);

/// Throws support::Error listing all problems, if any.
void require_sound(const Network& network, const std::string& where);

} // namespace gw::network
