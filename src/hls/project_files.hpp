// What surrounds the firmware in the project: test bench, scripts, Makefile.
#pragma once

#include <string>

#include "network/network.hpp"
#include "plan/plan.hpp"

namespace gw::hls {

/// How raw integers of the vectors map to the bits of the port arrays: shift per element, from the element's fraction
/// to the array's.
std::string port_shifts(const network::Tensor& tensor, const std::string& symbol);

std::string test_bench(const network::Network& network, const std::string& name);
std::string vitis_script(const plan::Plan& plan, const std::string& name);
std::string vitis_configuration(const plan::Plan& plan, const std::string& name);
std::string makefile(const std::string& name);

} // namespace gw::hls
