#include "cli/predict.hpp"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/events.hpp"
#include "cli/command.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

struct Options {
    ModelArguments model;
    DeviceArguments device;
    std::vector<std::filesystem::path> inputs;
    std::filesystem::path output;
    bool json = false;
};

void run(const Options& options) {
    const Model model = load_model(options.model);
    bundle::require_output_format(options.output, model.network);
    const support::Array rows = bundle::read_events(model.network, options.inputs);
    const DeviceRun done = options.device.device == "emulator"
                               ? run_on_emulator(model.network, rows, options.device.threads)
                               : run_on_card(model, rows, device::parse_kind(options.device.device));
    bundle::write_outputs(options.output, model.network, done.rows);
    const nlohmann::ordered_json timing = timing_json(rows.rows(), done.seconds);
    if (options.json)
        fmt::print("{}\n", timing.dump());
    else
        fmt::print("{} events in {:.3g} s ({:.3g} events/s) -> {}\n", rows.rows(), done.seconds,
                   timing["events_per_second"].get<double>(), options.output.string());
}

} // namespace

void add_device_arguments(CLI::App& command, DeviceArguments& arguments) {
    command.add_option("--device", arguments.device, "emulator (default): the CPU; sim: the bundle's simulated card")
        ->check(CLI::IsMember({"emulator", "sim"}));
    command.add_option("--threads", arguments.threads, "CPU threads (default: one per core)")
        ->check(CLI::Range(1U, 4096U));
}

nlohmann::ordered_json timing_json(std::size_t events, double seconds) {
    return {{"events", events},
            {"seconds", seconds},
            {"events_per_second", seconds > 0 ? static_cast<double>(events) / seconds : 0.0}};
}

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
    add_device_arguments(*command, options->device);
    command->add_flag("--json", options->json, "Print events, seconds and events_per_second as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
