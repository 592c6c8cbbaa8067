#include <memory>

#include <fmt/format.h>

#include "bundle/events.hpp"
#include "bundle/model.hpp"
#include "cli/command.hpp"
#include "device/run.hpp"
#include "report/float_cpu.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    bundle::ModelSource bundle;
    std::vector<std::filesystem::path> data;
    std::filesystem::path output;
    std::string device = "sim";
    device::XrtOptions xrt;
    std::vector<std::string> units;
    std::string access = "exclusive";
    std::size_t cards = 1;
    bool checksums = false;
    device::F2Options f2;
    std::optional<std::uint64_t> events;
    bool json = false;
};

void keep_first(support::Array& rows, std::uint64_t events) {
    if (rows.rows() <= events)
        return;
    rows.values.resize(events * rows.row_size());
    rows.shape.front() = events;
}

device::DeviceOptions device_options(const Options& options) {
    device::DeviceOptions result;
    result.kind = device::parse_kind(options.device);
    result.xrt = options.xrt;
    result.xrt.access = device::parse_access(options.access);
    result.cards = options.cards;
    result.checksums = options.checksums;
    for (const std::string& unit : options.units)
        result.units.push_back(device::parse_unit(unit, options.xrt.device));
    result.f2 = options.f2;
    return result;
}

void run(const Options& options) {
    const bundle::Model model = bundle::load_model(options.bundle, bundle::Check::everything);
    if (!model.bundle)
        throw support::user_error("is no bundle", options.bundle.model.string(),
                                  "make one: gatewright build MODEL -o BUNDLE; predict takes a model as it is");
    bundle::require_output_format(options.output, model.network);
    support::Array rows = bundle::read_events(model.network, options.data);
    keep_first(rows, options.events.value_or(rows.rows()));
    const device::DeviceRun done = device::run_on_card(model, rows, device_options(options));
    bundle::write_outputs(options.output, model.network, done.rows);

    // The CPU on the same events: the bits must agree, and the times belong side by side.
    const std::uint64_t mismatches =
        device::rows_that_differ(done.rows, device::run_on_emulator(model.network, rows, 0).rows);
    Json json = device::to_json(done, model.bundle->manifest.core.clock_ns);
    json["device"] = options.device;
    json["mismatches"] = mismatches;
    constexpr double seconds = 0.5; // each
    const double emulator_rate = device::measure_emulator(model.network, rows.values, seconds);
    const double float_rate = report::measure_float(model.network, rows.values, seconds);
    const Json section{{"device", json},
                       {"emulator_one_core", {{"events_per_second", emulator_rate}}},
                       {"float_cpu_one_core", {{"events_per_second", float_rate}}}};
    bundle::write_report_section(model.bundle->directory, "run", section);
    if (options.json)
        fmt::print("{}\n", json.dump());
    else
        fmt::print("{} events on {} in {:.3g} s ({:.3g} events/s{}), {} differ from the emulator -> {}\n", rows.rows(),
                   options.device, done.seconds, json["events_per_second"].get<double>(),
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
        ->add_option("--device", options->device,
                     "sim (default): the simulated card; emulator: the CPU behind the same driver; xrt: a card behind "
                     "XRT, simulated or real; zynq: the board on whose processor this runs; f2: an AWS F2 instance's, "
                     "or its emulation")
        ->check(CLI::IsMember({"sim", "emulator", "xrt", "zynq", "f2"}));
    command->add_option("--xclbin", options->xrt.xclbin,
                        "What XRT loads; gatewright card makes it of a simulated card");
    command->add_option("--card", options->xrt.device, "Which of XRT's cards (default 0)");
    command->add_option("--compute-unit", options->units,
                        "Which compute units (default: the first), each as UNIT or CARD:UNIT; chunks go to whichever "
                        "is free");
    command->add_option("--access", options->access,
                        "exclusive (default): compute units for this program alone; shared: beside other programs, "
                        "without counters; registers: alone, past XRT's scheduler");
    command->add_option("--cards", options->cards, "How many simulated cards (or emulators) work side by side")
        ->check(CLI::Range(1U, 64U));
    command->add_flag("--checksums", options->checksums,
                      "Compare what host and kernel read and wrote (gatewright build --checksums)");
    command->add_option("--slot", options->f2.slot, "Which FPGA of an F2 instance (default 0)")
        ->check(CLI::Range(0, 7));
    command->add_option("--image", options->f2.image,
                        "agfi-...: load this image first; else the slot holds it already");
    command->add_option("--fpga-library", options->f2.library,
                        "libfpga_mgmt (default: the system's), or the emulated one of gatewright card --platform f2");
    command->add_option("--events", options->events, "Only the first N events")->check(CLI::PositiveNumber);
    command->add_flag("--json", options->json, "Print events, seconds, events_per_second, cycles, mismatches as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
