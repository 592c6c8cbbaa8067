#include "shell/card.hpp"
#include "shell/verilate.hpp"
#include "support/process.hpp"

namespace gw::shell {

void compile_card(const std::filesystem::path& bundle, const KernelInfo& kernel) {
    const std::filesystem::path root = std::filesystem::absolute(bundle);
    verilate({.directory = root,
              .top = kernel.name,
              .folders = {"rtl", "shell/kernel"},
              .top_file = "shell/kernel/" + kernel.name + ".v",
              .source = (root / "card" / "card.cpp").string(),
              .library = root / card_library,
              .work = root / "card" / "build"});
    const support::ProcessOptions here{.directory = root, .environment = {}, .time_limit = std::chrono::seconds(1800)};
    support::run_process({"g++", "-std=c++17", "-O1", "card/xrt_device.cpp", "-o", card_xrt_device, "-ldl"}, here);
    support::run_process({"g++", "-std=c++17", "-O1", "-shared", "-fPIC", "card/xrt_sleep.cpp", "-o", card_xrt_sleep},
                         here);
}

} // namespace gw::shell
