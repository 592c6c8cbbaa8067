#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/bundle.hpp"
#include "bundle/files.hpp"
#include "cli/card_platforms.hpp"
#include "shell/alveo/project.hpp"
#include "shell/named.hpp"
#include "support/atomic_file.hpp"

namespace gw::cli {
namespace {

struct Options {
    std::string control;   ///< empty: the bundle's
    double kernel_mhz = 0; ///< 0: the plan's clock, 300 at most
};

void make(const CardRequest& request, const Options& options) {
    constexpr double platforms_own = 300;
    const bundle::Bundle bundle = bundle::open(request.bundle, bundle::Check::everything);
    shell::CardDescription card = shell::read_card(bundle.directory);
    rtl::Files sources = bundle::read_folder(bundle.directory / "rtl");
    if (options.control.empty()) {
        sources.merge(bundle::read_folder(bundle.directory / "shell" / "kernel"));
    } else {
        shell::Options kernel;
        kernel.checksums = card.kernel.checksums;
        kernel.control = shell::control_from(options.control);
        shell::Shell made = shell::make_shell(card.core, kernel);
        card.kernel = made.kernel;
        for (const auto& [name, text] : made.files)
            if (name.starts_with("shell/kernel/"))
                sources[std::filesystem::path(name).filename()] = text;
    }
    shell::AlveoOptions how{shell::alveo_card(request.board.value_or(shell::alveo_cards().front().name)), request.units,
                            request.banks.value_or(0), shell::BankKind::ddr4,
                            options.kernel_mhz != 0 ? options.kernel_mhz
                                                    : std::min(platforms_own, 1000 / card.core.clock_ns)};
    // Where there is one kind of memory, nothing needs to be said.
    if (request.hbm || how.card.ddr_dies.empty())
        how.memory = shell::BankKind::hbm;
    const shell::AlveoProject project = shell::alveo_project(card, sources, how);
    support::write_directory(
        request.output, request.force ? support::IfExists::replace : support::IfExists::refuse,
        [&](const std::filesystem::path& directory) { support::write_files(directory, project.files); });
    if (request.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"folder", request.output.string()},
                                                  {"kernel", card.kernel.name},
                                                  {"card", how.card.name},
                                                  {"platform", how.card.platform},
                                                  {"compute_units", request.units},
                                                  {"banks", project.layout.banks.size()},
                                                  {"kernel_mhz", how.kernel_mhz}}
                               .dump(2));
    else
        fmt::print("{}: kernel {} for {}, {} compute units, {} banks, {:g} MHz\nmake -C {} needs Vivado and v++\n",
                   request.output.string(), card.kernel.name, how.card.platform, request.units,
                   project.layout.banks.size(), how.kernel_mhz, request.output.string());
}

MakeCard add(CLI::App& command) {
    const auto options = std::make_shared<Options>();
    command.add_option("--control", options->control, "alveo: the kernel's protocol, if not the bundle's")
        ->check(CLI::IsMember({"ap_ctrl_hs", "ap_ctrl_chain"}));
    command
        .add_option("--kernel-mhz", options->kernel_mhz, "alveo: asked of v++ (default: the plan's clock, 300 at most)")
        ->check(CLI::Range(10.0, 700.0));
    return [options](const CardRequest& request) { make(request, *options); };
}

} // namespace

CardPlatform alveo_platform() {
    return {"alveo", "a Vitis RTL kernel for Alveo cards", shell::names_of(shell::alveo_cards()), add};
}

} // namespace gw::cli
