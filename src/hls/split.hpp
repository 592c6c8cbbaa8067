// Long sources as short ones.
#pragma once

#include "hls/firmware.hpp"

namespace gw::hls {

inline constexpr std::size_t longest_file = 1'000'000; ///< bytes; a line more at most

/// A file that is longer becomes a row of #include lines; what they name lies beside it, in pieces of whole lines.
Files split(Files files);

} // namespace gw::hls
