#include "verify/bundle.hpp"

#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "bundle/files.hpp"
#include "cli/command.hpp"
#include "cli/formal.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

struct Options {
    std::filesystem::path bundle, data;
    verify::Request request;
    formal::Settings formal_settings;
    bool formal = false, require_hls = false, json = false;
};

void print_line(const verify::Comparison& comparison) {
    if (comparison.skipped)
        fmt::print("{:<28} not compared: {}\n", comparison.title, *comparison.skipped);
    else
        fmt::print("{:<28} {:>10} vectors {:>8} mismatches   {}\n", comparison.title, comparison.vectors,
                   comparison.mismatches, comparison.passed ? "agree" : "DISAGREE");
}

void run(const Options& options) {
    if (options.formal) {
        prove_bundle(options.bundle, options.formal_settings, options.json);
        return;
    }
    const bundle::Bundle bundle = bundle::open(options.bundle, bundle::Check::everything);
    verify::Request request = options.request;
    if (options.require_hls)
        request.hls = verify::Hls::required;
    if (!options.data.empty())
        request.user_inputs = bundle::raw_events(bundle.network, {options.data});
    if (!options.json && ::isatty(STDERR_FILENO) == 1) // for a person who watches
        request.on_step = [](std::string_view step) { fmt::print(stderr, "  {}\n", step); };
    const verify::Verification verification = verify::verify_bundle(bundle, request);
    const bundle::Json json = verify::to_json(verification);
    bundle::write_report_section(bundle.directory, "verify", json);
    if (options.json)
        fmt::print("{}\n", json.dump(2));
    else
        for (const verify::Comparison& comparison : verification.comparisons)
            print_line(comparison);
    if (!verification.passed())
        throw support::user_error("the executions of this network disagree", options.bundle.string(),
                                  "its report.json names the first mismatches; please report them with the bundle");
}

} // namespace

void add_verify(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        add_command(program, "verify", "Compare emulator, simulated Verilog and compiled HLS C++, bit for bit",
                    "gatewright verify model.gw --vectors 1000000");
    command->add_option("BUNDLE", options->bundle, "A bundle that gatewright build made")->required();
    CLI::Option* formal =
        command->add_flag("--formal", options->formal,
                          "Instead, prove the Verilog equal to the network for every input (docs/formal.md)");
    command->add_option("--time", options->formal_settings.seconds, "Seconds for the proof (default 600)")
        ->check(CLI::Range(1.0, 1e7))
        ->needs(formal);
    command
        ->add_option("--piece-time", options->formal_settings.piece_seconds, "Seconds for one piece of it (default 20)")
        ->check(CLI::Range(0.01, 1e7))
        ->needs(formal);
    command->add_option("--vectors", options->request.vectors, "Events for the Verilog (default 100000)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U))
        ->excludes(formal);
    command->add_option("--hls-vectors", options->request.hls_vectors, "Events for the HLS project (default 10000)")
        ->check(CLI::Range(1U, 1U << 30U))
        ->excludes(formal);
    command->add_option("--data", options->data, "Events of your own to compare as well (.npy, .npz, .csv, .h5)")
        ->excludes(formal);
    command->add_option("--seed", options->request.seed, "Of the random events (default 1)")->excludes(formal);
    command
        ->add_flag("--require-hls", options->require_hls,
                   "Fail where the HLS project cannot be compiled, rather than say so")
        ->excludes(formal);
    command->add_flag("--json", options->json, "Print vectors and mismatches, or the proof, as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
