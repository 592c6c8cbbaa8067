#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "bundle/events.hpp"
#include "cli/command.hpp"
#include "cli/predict.hpp"
#include "report/float_cpu.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    ModelArguments bundle;
    std::vector<std::filesystem::path> data;
    std::filesystem::path output;
    DeviceArguments device{"sim"};
    std::optional<std::uint64_t> events;
    bool json = false;
};

void keep_first(support::Array& rows, std::uint64_t events) {
    if (rows.rows() <= events)
        return;
    rows.values.resize(events * rows.row_size());
    rows.shape.front() = events;
}

std::uint64_t rows_that_differ(const support::Array& a, const support::Array& b) {
    const std::size_t width = std::max<std::size_t>(1, a.row_size());
    std::uint64_t count = 0;
    for (std::size_t row = 0; row * width < a.values.size(); ++row) {
        const auto begin = a.values.begin() + static_cast<std::ptrdiff_t>(row * width);
        count += std::equal(begin, begin + static_cast<std::ptrdiff_t>(width),
                            b.values.begin() + static_cast<std::ptrdiff_t>(row * width))
                     ? 0
                     : 1;
    }
    return count;
}

/// What the report shows of one device.
Json device_json(const DeviceRun& run, double clock_ns) {
    Json json = timing_json(run.rows.rows(), run.seconds);
    if (run.cycles == 0)
        return json;
    const auto events = static_cast<double>(run.rows.rows()), cycles = static_cast<double>(run.cycles);
    json["cycles"] = run.cycles;
    json["card_seconds"] = run.card_seconds;
    json["cycles_per_event"] = cycles / events;
    // What the same kernel does in hardware at its clock, memory keeping up.
    json["hardware_events_per_second"] = events / (cycles * clock_ns * 1e-9);
    return json;
}

void run(const Options& options) {
    const Model model = load_model(options.bundle, bundle::Check::everything);
    if (!model.bundle)
        throw support::user_error("is no bundle", options.bundle.model.string(),
                                  "make one: gatewright build MODEL -o BUNDLE; predict takes a model as it is");
    bundle::require_output_format(options.output, model.network);
    support::Array rows = bundle::read_events(model.network, options.data);
    keep_first(rows, options.events.value_or(rows.rows()));
    const DeviceRun done = run_on_card(model, rows, device::parse_kind(options.device.device));
    bundle::write_outputs(options.output, model.network, done.rows);

    // The CPU on the same events: the bits must agree, and the times belong side by side.
    const DeviceRun one_core = run_on_emulator(model.network, rows, 1);
    const std::uint64_t mismatches = rows_that_differ(done.rows, one_core.rows);
    Json json = device_json(done, model.bundle->manifest.core.clock_ns);
    json["device"] = options.device.device;
    json["mismatches"] = mismatches;
    const double float_rate = report::measure_float(model.network, rows.values, 0.5);
    Json section{{"device", json},
                 {"emulator_one_core", timing_json(rows.rows(), one_core.seconds)},
                 {"float_cpu_one_core", {{"events_per_second", float_rate}}}};
    bundle::write_report_section(model.bundle->directory, "run", section);
    if (options.json)
        fmt::print("{}\n", json.dump());
    else
        fmt::print("{} events on {} in {:.3g} s ({:.3g} events/s{}), {} differ from the emulator -> {}\n", rows.rows(),
                   options.device.device, done.seconds, json["events_per_second"].get<double>(),
                   done.cycles == 0 ? ""
                                    : fmt::format("; {:.3g} clocks an event", json["cycles_per_event"].get<double>()),
                   mismatches, options.output.string());
    if (mismatches != 0)
        throw support::user_error(
            fmt::format("{} of {} events differ between device and emulator", mismatches, rows.rows()),
            options.bundle.model.string(), "please report it with the bundle");
}

} // namespace

void add_run(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(program, "run", "Drive a card with events, and compare it with the CPU",
                                    "gatewright run model.gw events.npz -o outputs.npy --device sim");
    command->add_option("BUNDLE", options->bundle.model, "A bundle that gatewright build made")->required();
    command->add_option("DATA", options->data, "Events: .npy, .csv (one file per input, in order), .npz or .h5")
        ->required();
    command->add_option("-o,--output", options->output, "Where the outputs go: .npy, .npz or .csv, float64")
        ->required();
    command
        ->add_option("--device", options->device.device,
                     "sim (default): the simulated card; emulator: the CPU behind the same driver")
        ->check(CLI::IsMember({"sim", "emulator"}));
    command->add_option("--events", options->events, "Only the first N events")->check(CLI::PositiveNumber);
    command->add_flag("--json", options->json, "Print events, seconds, events_per_second, cycles, mismatches as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
