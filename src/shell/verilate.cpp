#include "shell/verilate.hpp"

#include "support/error.hpp"
#include "support/process.hpp"

namespace gw::shell {

void verilate(const VerilateRequest& request) {
    // Verilog sources by relative paths where the caller can: their names end up in the library, and a folder can be
    // moved. Only the C interface is visible, and the library sees its own symbols first: several libraries of
    // different bundles, each with its own Verilator runtime, live in one process.
    std::vector<std::string> command{"verilator",
                                     "--cc",
                                     "--exe",
                                     "--build",
                                     "-j",
                                     "2",
                                     "-O3",
                                     "--x-assign",
                                     "fast",
                                     "--x-initial",
                                     "fast",
                                     "--noassert",
                                     "-Wno-fatal",
                                     "--top-module",
                                     request.top,
                                     "--prefix",
                                     "Vkernel",
                                     "--Mdir",
                                     request.work.string()};
    for (const std::string& folder : request.folders)
        command.insert(command.end(), {"-y", folder});
    command.insert(command.end(), {"-CFLAGS", "-std=c++17 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden",
                                   "-LDFLAGS", "-shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL", "-MAKEFLAGS",
                                   "OPT_FAST=-O2 OPT_SLOW=-O1 OPT_GLOBAL=-O2", "-o", request.library.string(),
                                   request.top_file, request.source});
    std::filesystem::create_directories(request.work);
    support::run_process(command,
                         {.directory = request.directory, .environment = {}, .time_limit = std::chrono::seconds(1800)});
    std::filesystem::remove_all(request.work);
    if (!std::filesystem::exists(request.library))
        throw support::internal_error("Verilator ended without an error, but left no library",
                                      request.library.string());
}

} // namespace gw::shell
