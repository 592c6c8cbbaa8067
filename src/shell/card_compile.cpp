#include <fmt/format.h>

#include "shell/card.hpp"
#include "support/error.hpp"
#include "support/process.hpp"

namespace gw::shell {

void compile_card(const std::filesystem::path& bundle, const KernelInfo& kernel) {
    const std::filesystem::path root = std::filesystem::absolute(bundle), work = root / "card" / "build";
    // Verilog sources by their path from the bundle's root: their names end up in the library, and a bundle can be
    // moved. Only the C interface is visible, and the library sees its own symbols first: several cards of different
    // bundles, each with its own Verilator runtime, live in one process.
    const std::vector<std::string> command{"verilator",
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
                                           kernel.name,
                                           "--prefix",
                                           "Vkernel",
                                           "--Mdir",
                                           work.string(),
                                           "-y",
                                           "rtl",
                                           "-y",
                                           "shell/kernel",
                                           "-CFLAGS",
                                           "-std=c++17 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden",
                                           "-LDFLAGS",
                                           "-shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL",
                                           "-MAKEFLAGS",
                                           "OPT_FAST=-O2 OPT_SLOW=-O1 OPT_GLOBAL=-O2",
                                           "-o",
                                           (root / card_library).string(),
                                           "shell/kernel/" + kernel.name + ".v",
                                           (root / "card" / "card.cpp").string()};
    const support::ProcessOptions here{.directory = root, .environment = {}, .time_limit = std::chrono::seconds(1800)};
    std::filesystem::create_directories(work);
    support::run_process(command, here);
    support::run_process({"g++", "-std=c++17", "-O1", "card/xrt_device.cpp", "-o", card_xrt_device, "-ldl"}, here);
    support::run_process({"g++", "-std=c++17", "-O1", "-shared", "-fPIC", "card/xrt_sleep.cpp", "-o", card_xrt_sleep},
                         here);
    std::filesystem::remove_all(work);
    if (!std::filesystem::exists(root / card_library)) {
        throw support::internal_error("Verilator ended without an error, but left no card",
                                      (root / card_library).string());
    }
}

} // namespace gw::shell
