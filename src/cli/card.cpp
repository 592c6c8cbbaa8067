#include "shell/card.hpp"

#include <cstdio>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "bundle/bundle.hpp"
#include "cli/card_platforms.hpp"
#include "cli/command.hpp"
#include "remote/serve.hpp"
#include "shell/xrt_folder.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/shared_library.hpp"

namespace gw::cli {
namespace {

/// A platform on the command line.
struct Choice {
    MakeCard make;
    std::vector<const CLI::Option*> options; ///< its own
};

struct Options : CardRequest {
    std::string platform = "xrt";
    std::map<std::string, Choice> platforms; ///< by name; xrt is not among them
    std::uint32_t devices = 1;
    std::uint64_t bank_mib = 1024;
    bool pynq_remote = false, shared = false;
    std::string listen = "127.0.0.1";
    std::uint16_t port = 7967;
    std::filesystem::path token;
};

void serve(const Options& options) {
    const bundle::Bundle bundle = bundle::open(options.bundle, bundle::Check::everything);
    const support::SharedLibrary library = support::load_library(support::beside_program("libgatewright_remote.so"),
                                                                 "the server", "install libgrpc++1.51 and build again");
    const auto entry = support::find_function<remote::Serve>(library.get(), remote::serve_name);
    if (entry == nullptr)
        throw support::internal_error("the server's library has no " + std::string(remote::serve_name));
    remote::ServeRequest request;
    request.bundle = bundle.directory;
    request.address = options.listen;
    request.port = options.port;
    request.shared = options.shared;
    if (!options.token.empty()) {
        request.token = support::read_file(options.token);
        request.token.erase(request.token.find_last_not_of(" \r\n") + 1);
        if (request.token.empty())
            throw support::user_error("the token is empty", options.token.string(), "write one line into the file");
    }
    request.ended = [] { return support::interrupted(); };
    request.log = [](const std::string& line) {
        fmt::print("{}\n", line);
        std::fflush(stdout);
    };
    entry(request);
}

void refuse_options_of_others(const Options& options) {
    for (const auto& [name, choice] : options.platforms)
        for (const CLI::Option* option : choice.options)
            if (name != options.platform && option->count() > 0)
                throw support::user_error(fmt::format("{} is the platform {}'s", option->get_name(), name),
                                          "--platform " + options.platform, "leave it out, or name the other platform");
}

/// Adds them all, with what they ask for.
void add_platforms(CLI::App& command, Options& options) {
    std::string platforms = "xrt (default): an xclbin of the simulated card, and all that XRT needs", boards;
    std::vector<std::string> names{"xrt"};
    for (const CardPlatform& platform : {zynq_platform(), alveo_platform(), ecp5_platform(), f2_platform()}) {
        platforms += fmt::format("; {}: {}", platform.name, platform.what);
        if (!platform.boards.empty())
            boards +=
                fmt::format("{}{}: {}", boards.empty() ? "" : "; ", platform.name, fmt::join(platform.boards, ", "));
        names.emplace_back(platform.name);
        const std::size_t before = command.get_options().size();
        Choice& choice = options.platforms[platform.name];
        choice.make = platform.add(command);
        for (const CLI::Option* option : command.get_options())
            choice.options.push_back(option);
        choice.options.erase(choice.options.begin(), choice.options.begin() + static_cast<std::ptrdiff_t>(before));
    }
    command.add_option("--platform", options.platform, platforms)->check(CLI::IsMember(names));
    command.add_option("--board", options.board, "Of the platform (default: its first). " + boards);
    command.add_flag("--sources-only", options.sources_only, "Compile nothing that stands in for the hardware");
}

void run(const Options& options) {
    if (options.pynq_remote) {
        serve(options);
        return;
    }
    if (options.output.empty())
        throw support::user_error("no folder is named", {}, "give -o DIR, or --pynq-remote");
    refuse_existing(options.output, options.force);
    refuse_options_of_others(options);
    if (const auto other = options.platforms.find(options.platform); other != options.platforms.end()) {
        other->second.make(options);
        return;
    }
    if (options.board || options.sources_only)
        throw support::user_error("the platform xrt has no boards, and no sources alone", "--platform xrt",
                                  "name another platform");
    const bundle::Bundle bundle = bundle::open(options.bundle, bundle::Check::everything);
    const shell::CardDescription card = shell::read_card(bundle.directory);
    shell::XrtFolderOptions how;
    how.devices = options.devices;
    how.units = options.units;
    how.banks = options.banks.value_or(1);
    how.bank_bytes = options.bank_mib << 20;
    how.bank_kind = options.hbm ? shell::BankKind::hbm : shell::BankKind::ddr4;
    std::string xclbin;
    support::write_directory(
        options.output, options.force ? support::IfExists::replace : support::IfExists::refuse,
        [&](const std::filesystem::path& directory) {
            xclbin = shell::write_xrt_folder(bundle.directory, card.kernel, directory, how).filename().string();
        });
    const std::string path = (options.output / xclbin).string();
    if (options.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"xclbin", path},
                                                  {"kernel", card.kernel.name},
                                                  {"compute_units", options.units},
                                                  {"banks", how.banks},
                                                  {"devices", options.devices}}
                               .dump(2));
    else
        fmt::print("{}: kernel {}, {} compute units, {} banks of {} MiB\n. {}/setup.sh, then start a host program\n",
                   path, card.kernel.name, options.units, how.banks, options.bank_mib, options.output.string());
}

} // namespace

void add_card(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(
        program, "card",
        "Put a bundle's core on a card: the simulated one behind XRT (default), or the files for a real one",
        "gatewright card muon.gw -o xrt && . xrt/setup.sh && ./host xrt/muon_kernel.xclbin");
    command->add_option("BUNDLE", options->bundle, "A bundle that gatewright build made")->required();
    command->add_option("-o,--output", options->output, "The folder, which does not exist yet");
    add_platforms(*command, *options);
    command->add_flag(
        "--pynq-remote", options->pynq_remote,
        "Serve PYNQ.remote, for PYNQ 4: set PYNQ_REMOTE_DEVICES to the address and load the folder's .bit");
    command->add_option("--listen", options->listen,
                        "Where: 127.0.0.1 (default), another address of this machine, or unix:/DIR/NAME");
    command->add_option("--port", options->port, "PYNQ knows 7967 (default) alone");
    command->add_option("--token-file", options->token, "Clients must send its line as metadata: Bearer TOKEN")
        ->check(CLI::ExistingFile);
    command->add_flag("--shared", options->shared, "A client may load its overlay while another one is connected");
    command->add_option("--compute-units", options->units, "Instances of the kernel on a card (default 1)")
        ->check(CLI::Range(1U, 16U));
    command->add_option("--banks", options->banks, "Memory banks of a card (default 1; alveo: one for each unit)")
        ->check(CLI::Range(1U, 32U));
    command->add_option("--bank-mib", options->bank_mib, "MiB of each bank (default 1024)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{16384}));
    command->add_flag("--hbm", options->hbm, "Banks are HBM's, not DDR4's");
    command->add_option("--devices", options->devices, "Cards (default 1)")->check(CLI::Range(1U, 8U));
    command->add_flag("--force", options->force, "Replace an existing folder");
    command->add_flag("--json", options->json, "Print what was made as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
