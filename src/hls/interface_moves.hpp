// Statements that take elements out of words and events, and put them in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hls/interface.hpp"

namespace gw::hls {

enum class Way : std::uint8_t { in, out };

/// Loops that set elements of `array` from what holds them, or the other way.
/// @param holder an ap_uint of all bits, or (by_bytes) a gw::Event
std::string moves(const Port& port, const std::vector<Place>& places, const std::string& array,
                  const std::string& holder, bool by_bytes, Way way);

/// Statements that set elements of no bits to 0.
std::string zeroed(const Port& port, const std::string& array);

} // namespace gw::hls
