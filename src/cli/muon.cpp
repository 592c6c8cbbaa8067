#include <memory>

#include <fmt/format.h>

#include "bundle/model.hpp"
#include "cli/command.hpp"
#include "device/run.hpp"
#include "muon/commands.hpp"
#include "network/file.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

void print(const muon::Outcome& outcome, bool json) {
    if (json)
        fmt::print("{}\n", outcome.json.dump());
    else
        fmt::print("{}\n", outcome.text);
}

void add_simulate(CLI::App& muon) {
    struct Options {
        muon::SimulateCommand command;
        std::string spectrum = "log";
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(muon, "simulate", "Simulate barrel muons, down to the trigger's integers",
                                    "gatewright muon simulate --events 100000 --seed 1 -o events.npz");
    muon::SimulationOptions& simulation = options->command.simulation;
    command->add_option("--events", simulation.events, "How many muons (default 100000)")->check(CLI::PositiveNumber);
    command->add_option("--seed", simulation.seed, "Same seed, same events (default 1)");
    command->add_option("--threads", simulation.threads, "0 (default): one per core; changes no event");
    command->add_option("--spectrum", options->spectrum, "log (default): flat in log pT; flat: flat in pT")
        ->check(CLI::IsMember({"log", "flat"}));
    command->add_option("-o,--output", options->command.output, "The .npz file to write")->required();
    command->add_flag("--json", options->json, "Print counts and seconds as JSON");
    command->callback([options] {
        options->command.simulation.spectrum =
            options->spectrum == "log" ? muon::Spectrum::flat_in_log : muon::Spectrum::flat;
        print(muon::run(options->command), options->json);
    });
}

void add_baseline(CLI::App& muon) {
    struct Options {
        muon::BaselineCommand command;
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(muon, "baseline", "Measure the Kalman filter (and CMS's tables) on events",
                                    "gatewright muon baseline events.npz");
    command->add_option("EVENTS", options->command.events, "From gatewright muon simulate")->required();
    command->add_option("--cms", options->command.cms, "Folder with CMS's tables (cms-muons)");
    command->add_flag("--json", options->json, "Print the study as JSON");
    command->callback([options] { print(muon::run(options->command), options->json); });
}

/// The network behind the emulator, as the study calls it.
muon::Predictor predictor(const std::filesystem::path& file) {
    bundle::ModelSource arguments;
    arguments.model = file;
    const auto model = std::make_shared<const bundle::Model>(bundle::load_model(arguments));
    if (model->network.output_size() != 1)
        throw support::user_error("gives several numbers, the muon study takes one", file.string());
    return {"network",
            [model](const support::Array& rows) { return device::run_on_emulator(model->network, rows, 0).rows; },
            network::fingerprint(model->network)};
}

void add_study(CLI::App& muon) {
    struct Options {
        muon::StudyCommand command;
        std::filesystem::path network;
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        add_command(muon, "study", "Compare a network with the Kalman filter: resolution, turn-on, rate",
                    "gatewright muon study events.npz --network muon.gw -o study.json");
    command->add_option("EVENTS", options->command.events, "From gatewright muon simulate")->required();
    command->add_option("--network", options->network, "A model or bundle")->required();
    command->add_option("-o,--output", options->command.output, "Where the study goes (JSON)");
    command->add_option("--cms", options->command.cms, "Folder with CMS events and tables (cms-muons)");
    command->add_flag("--json", options->json, "Print the study as JSON");
    command->callback([options] {
        options->command.networks = {predictor(options->network)};
        print(muon::run(options->command), options->json);
    });
}

} // namespace

void add_muon(CLI::App& program) {
    CLI::App* muon = add_command(program, "muon", "The first application: the CMS barrel muon trigger",
                                 "gatewright muon simulate -o events.npz");
    muon->require_subcommand(1);
    add_simulate(*muon);
    add_baseline(*muon);
    add_study(*muon);
}

} // namespace gw::cli
