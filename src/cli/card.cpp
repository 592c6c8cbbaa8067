#include "shell/card.hpp"

#include <cstdio>
#include <memory>

#include <fmt/format.h>
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

/// Beside xrt, whose options are many and stand below.
constexpr CardPlatform platforms[] = {
    {"f2", "a custom-logic folder for AWS F2 instances, and its emulation", make_f2_card},
};

struct Options {
    std::filesystem::path bundle, output;
    std::string platform = "xrt";
    bool emulation = true;
    std::uint32_t devices = 1, units = 1, banks = 1;
    std::uint64_t bank_mib = 1024;
    bool hbm = false, force = false, json = false;
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

void run(const Options& options) {
    if (options.pynq_remote) {
        serve(options);
        return;
    }
    if (options.output.empty())
        throw support::user_error("no folder is named", {}, "give -o DIR, or --pynq-remote");
    refuse_existing(options.output, options.force);
    for (const CardPlatform& platform : platforms)
        if (options.platform == platform.name) {
            platform.make({options.bundle, options.output, options.force, options.json, options.emulation});
            return;
        }
    const bundle::Bundle bundle = bundle::open(options.bundle, bundle::Check::everything);
    const shell::CardDescription card = shell::read_card(bundle.directory);
    shell::XrtFolderOptions how;
    how.devices = options.devices;
    how.units = options.units;
    how.banks = options.banks;
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
                                                  {"banks", options.banks},
                                                  {"devices", options.devices}}
                               .dump(2));
    else
        fmt::print("{}: kernel {}, {} compute units, {} banks of {} MiB\n. {}/setup.sh, then start a host program\n",
                   path, card.kernel.name, options.units, options.banks, options.bank_mib, options.output.string());
}

std::vector<std::string> platform_names() {
    std::vector<std::string> names{"xrt"};
    for (const CardPlatform& platform : platforms)
        names.emplace_back(platform.name);
    return names;
}

std::string platform_help() {
    std::string text = "xrt (default): an xclbin of the simulated card, and all that XRT needs";
    for (const CardPlatform& platform : platforms)
        text += fmt::format("; {}: {}", platform.name, platform.what);
    return text;
}

} // namespace

void add_card(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        add_command(program, "card", "Put a bundle's card behind XRT, or make what a platform's own tools need",
                    "gatewright card muon.gw -o xrt && . xrt/setup.sh && ./host xrt/muon_kernel.xclbin");
    command->add_option("BUNDLE", options->bundle, "A bundle that gatewright build made")->required();
    command->add_option("-o,--output", options->output, "The folder, which does not exist yet");
    command->add_option("--platform", options->platform, platform_help())->check(CLI::IsMember(platform_names()));
    command->add_flag("!--no-emulation", options->emulation,
                      "Write the sources only; do not compile what stands in for the hardware here (f2)");
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
    command->add_option("--banks", options->banks, "Memory banks of a card (default 1)")->check(CLI::Range(1U, 32U));
    command->add_option("--bank-mib", options->bank_mib, "MiB of each bank (default 1024)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{16384}));
    command->add_flag("--hbm", options->hbm, "Banks are HBM's, not DDR4's");
    command->add_option("--devices", options->devices, "Cards (default 1)")->check(CLI::Range(1U, 8U));
    command->add_flag("--force", options->force, "Replace an existing folder");
    command->add_flag("--json", options->json, "Print what was made as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
