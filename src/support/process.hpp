// Runs another program (yosys, verilator, g++ ...) and keeps what it said.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace gw::support {

struct ProcessResult {
    int exit_code = 0;  ///< 128 + signal where a signal ended it
    std::string output; ///< stdout and stderr, interleaved
    double seconds = 0;
};

struct ProcessOptions {
    std::filesystem::path directory;                ///< empty: the current one
    std::map<std::string, std::string> environment; ///< added to ours
    std::chrono::seconds time_limit{3600};          ///< then the process group is killed and an Error thrown
    bool check = true;                              ///< throw Error (with the end of the output) on a non-zero exit
};

/// Runs `command[0]` (searched in PATH) without a shell. Throws support::Error if it cannot be started, with the Debian
/// package that has it where we know it. Ctrl-C ends the child too.
ProcessResult run_process(const std::vector<std::string>& command, const ProcessOptions& options = {});

/// Whether `program` is found in PATH.
bool program_exists(const std::string& program);

} // namespace gw::support
