#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/events.hpp"
#include "cli/command.hpp"
#include "cli/model.hpp"
#include "device/run.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

struct Options {
    bundle::ModelSource model;
    std::string device = "emulator";
    unsigned threads = 0; ///< 0: one per core
    std::vector<std::filesystem::path> inputs;
    std::filesystem::path output;
    bool json = false;
};

void run(const Options& options) {
    if (options.device != "emulator" && options.threads != 0)
        throw support::user_error("--threads is of the emulator; " + options.device + " has no use for it", {},
                                  "leave it out, or ask for --device emulator");
    const bundle::Model model = bundle::load_model(options.model);
    bundle::require_output_format(options.output, model.network);
    const support::Array rows = bundle::read_events(model.network, options.inputs);
    const device::DeviceRun done = options.device == "emulator"
                                       ? device::run_on_emulator(model.network, rows, options.threads)
                                       : device::run_on_card(model, rows, {.kind = device::parse_kind(options.device)});
    bundle::write_outputs(options.output, model.network, done.rows);
    const double rate = done.seconds > 0 ? static_cast<double>(rows.rows()) / done.seconds : 0;
    if (options.json)
        fmt::print(
            "{}\n",
            nlohmann::ordered_json{{"events", rows.rows()}, {"seconds", done.seconds}, {"events_per_second", rate}}
                .dump());
    else
        fmt::print("{} events in {:.3g} s ({:.3g} events/s) -> {}\n", rows.rows(), done.seconds, rate,
                   options.output.string());
}

} // namespace

void add_predict(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        add_command(program, "predict", "Run events through a model or bundle, exactly as the hardware does",
                    "gatewright predict model.onnx events.npy -o outputs.npy");
    add_model_arguments(*command, options->model);
    command
        ->add_option("INPUT", options->inputs,
                     "Events: .npy, .csv (one file per input, in order), .npz or .h5 (an array per input)")
        ->required();
    command->add_option("-o,--output", options->output, "Where the outputs go: .npy, .npz or .csv, float64")
        ->required();
    command->add_option("--device", options->device, "emulator (default): the CPU; sim: the bundle's simulated card")
        ->check(CLI::IsMember({"emulator", "sim"}));
    command->add_option("--threads", options->threads, "CPU threads of the emulator (default: one per core)")
        ->check(CLI::Range(1U, 4096U));
    command->add_flag("--json", options->json, "Print events, seconds and events_per_second as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
