#include <sstream>

#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "verify/rtl.hpp"
#include "verify/scratch.hpp"

namespace gw::verify {

namespace {

/// The verdict is the bench's last line: "PASS <n> vectors, latency <l> cycles", "PASS <n> vectors, latency not
/// observable", "FAIL ...".
void judge(BenchResult& result) {
    std::istringstream lines(result.log);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream in(line);
        std::string verdict, vectors, latency, cycles;
        std::uint64_t count = 0;
        if (in >> verdict && verdict == "PASS" && in >> count >> vectors >> latency >> cycles) {
            result.passed = count > 0;
            result.vectors = count;
            if (cycles != "not") {
                result.latency_measured = static_cast<std::uint32_t>(std::stoul(cycles));
            }
        } else if (verdict == "FAIL") {
            result.passed = false;
            return;
        }
    }
}

} // namespace

BenchResult verify_icarus(const rtl::Core& core, const rtl::Files& files) {
    if (!files.contains(core.module + "_tb.v")) {
        throw support::internal_error("no test bench among the files", core.module);
    }
    const Scratch scratch;
    std::vector<std::string> compile{"iverilog", "-g2001", "-Wall", "-Wno-timescale",
                                     "-o",       "sim",    "-s",    core.module + "_tb"};
    for (const auto& [name, text] : files) {
        support::write_file(scratch.path() / name, text);
        if (name.ends_with(".v")) {
            compile.push_back(name);
        }
    }
    support::ProcessOptions options;
    options.directory = scratch.path();
    BenchResult result;
    result.seconds = support::run_process(compile, options).seconds;
    const auto run = support::run_process({"vvp", "-n", "sim"}, options);
    result.seconds += run.seconds;
    result.log = run.output;
    judge(result);
    return result;
}

} // namespace gw::verify
