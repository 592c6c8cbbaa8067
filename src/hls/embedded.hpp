// The headers of firmware/, which generated projects bring along.
#pragma once

#include <map>
#include <string>

namespace gw::hls {

/// File name -> text. The definition is made by CMake (gw_embedded_text).
const std::map<std::string, std::string>& embedded_files();

} // namespace gw::hls
