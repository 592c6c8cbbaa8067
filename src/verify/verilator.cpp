#include "verify/verilator.hpp"

#include "support/process.hpp"

namespace gw::verify {

double verilate(const std::filesystem::path& directory, const std::string& top, const std::vector<std::string>& sources,
                Speed speed) {
    std::vector<std::string> command{"verilator",
                                     "--cc",
                                     "--exe",
                                     "harness.cpp",
                                     "--top-module",
                                     top,
                                     "--Mdir",
                                     "obj",
                                     "-O3",
                                     "--x-assign",
                                     "fast",
                                     "--x-initial",
                                     "fast",
                                     "--noassert",
                                     "--output-split",
                                     "5000",
                                     "--output-split-cfuncs",
                                     "500",
                                     "-Wno-fatal",
                                     top + ".v"};
    command.insert(command.end(), sources.begin(), sources.end());
    support::ProcessOptions options;
    options.directory = directory;
    const double translated = support::run_process(command, options).seconds;
    options.directory = directory / "obj";
    const std::string level = speed == Speed::compiles_fast ? "-O0" : "-O2";
    command = {
        "make",          "-s", "-f", "V" + top + ".mk", "-j", "2", "V" + top, "OPT_FAST=" + level, "OPT_SLOW=-O0",
        "OPT_GLOBAL=-O2"};
    if (support::program_exists("ccache")) {
        command.push_back("OBJCACHE=ccache");
        options.environment["CCACHE_BASEDIR"] = directory.string();
        options.environment["CCACHE_NOHASHDIR"] = "1";
    }
    return translated + support::run_process(command, options).seconds;
}

} // namespace gw::verify
