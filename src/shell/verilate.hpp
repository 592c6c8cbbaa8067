// Verilator as this room uses it: a kernel and one C++ file become a shared library. Inside this room only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gw::shell {

struct VerilateRequest {
    std::filesystem::path directory;     ///< in which it runs: the paths below are from here or absolute
    std::string top;                     ///< module; its class is Vkernel
    std::vector<std::string> folders;    ///< with Verilog
    std::string top_file, source;        ///< Verilog and C++
    std::filesystem::path library, work; ///< absolute; `work` is made, and removed afterwards
};

/// Throws support::Error if a tool is absent or refuses.
void verilate(const VerilateRequest& request);

} // namespace gw::shell
