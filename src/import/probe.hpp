// Trying something in a child process first, where a library may crash on a damaged file.
#pragma once

#include <functional>
#include <string>

namespace gw::import {

/// Runs `attempt` in a forked child, whose exceptions do not matter here. Throws support::Error (kind user) naming
/// `file` if the child dies of a signal or takes more than 5 s of the processor: libhdf5 1.10 follows damaged offsets
/// out of its memory, and no check before it finds them all.
void require_survivable(const std::string& file, const std::function<void()>& attempt);

} // namespace gw::import
