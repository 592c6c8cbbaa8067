// The bytes of one .npy array (numpy's format 1.0 to 3.0, NEP 1), apart from where they come from: .npz holds the same
// bytes.
#pragma once

#include <string>
#include <string_view>

#include "support/array_io.hpp"

namespace gw::support {

/// Reads any numeric dtype of either byte order. Throws (kind user); `where` names the file and, in a .npz, the member.
Array parse_npy(std::string_view bytes, const std::string& where);

/// The bytes of `array` in format 1.0. Integer storage takes whole numbers in range only (kind user otherwise).
std::string format_npy(const Array& array, Storage storage, const std::string& where);

} // namespace gw::support
