#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/bundle.hpp"
#include "cli/card_platforms.hpp"
#include "shell/f2/f2.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::cli {

namespace {

namespace fs = std::filesystem;

void make(const CardRequest& request) {
    const bundle::Bundle bundle = bundle::open(request.bundle, bundle::Check::everything);
    const shell::CardDescription card = shell::read_card(bundle.directory);
    const std::string design = shell::f2::design_name(card);
    support::write_directory(
        request.output, request.force ? support::IfExists::replace : support::IfExists::refuse,
        [&](const fs::path& directory) {
            const fs::path folder = directory / design;
            support::write_files(folder, shell::f2::folder_files(card, shell::f2::bundle_verilog(bundle.directory)));
            fs::permissions(folder / "make_afi.sh",
                            fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                            fs::perm_options::add);
            if (!request.sources_only)
                shell::f2::compile_emulation(folder);
        });
    const fs::path folder = request.output / design;
    const std::string library = request.sources_only ? "" : (folder / shell::f2::emulated_library).string();
    if (request.json) {
        fmt::print("{}\n", nlohmann::ordered_json{{"folder", folder.string()},
                                                  {"kernel", card.kernel.name},
                                                  {"clock_ns", shell::f2::clock_ns},
                                                  {"emulated_library", library}}
                               .dump(2));
        return;
    }
    fmt::print("{}: kernel {} for AWS's small shell; its README.md says how an FPGA image is made of it\n",
               folder.string(), card.kernel.name);
    if (card.kernel.clock_ns > shell::f2::clock_ns)
        fmt::print("the core was planned for {} ns, but the shell's clock is {} ns: build the bundle again for that\n",
                   card.kernel.clock_ns, shell::f2::clock_ns);
    if (!request.sources_only)
        fmt::print("without an FPGA: gatewright run {} EVENTS -o OUTPUTS --device f2 --fpga-library {}\n",
                   request.bundle.string(), library);
}

MakeCard add(CLI::App& /*command*/) {
    return make;
}

} // namespace

CardPlatform f2_platform() {
    return {"f2", "a custom-logic folder for AWS F2 instances, and its emulation", {}, add};
}

} // namespace gw::cli
