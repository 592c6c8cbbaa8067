// The C++ program that drives the Verilated cores: fixed text around a table of lanes.
#pragma once

#include <string>

namespace gw::verify {

/// @param lane_table rows of "{input word, input words, output word, output words, latency},"
std::string harness_source(const std::string& lane_table);

} // namespace gw::verify
