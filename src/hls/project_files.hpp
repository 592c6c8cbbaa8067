// What surrounds the firmware in the project: test bench, scripts, Makefile.
#pragma once

#include <string>

#include "hls/top.hpp"
#include "plan/plan.hpp"

namespace gw::hls {

struct ProjectNames {
    std::string project;    ///< of files
    std::string top;        ///< the function that is synthesised: the project's, or one with AXI ports around it
    bool is_kernel = false; ///< for Vitis linking
    std::string flags;      ///< of every compilation
};

std::string test_bench(const Top& top);
std::string vitis_script(const plan::Plan& plan, const ProjectNames& names);
std::string vitis_configuration(const plan::Plan& plan, const ProjectNames& names);
std::string makefile(const ProjectNames& names);

} // namespace gw::hls
