#include "stream/build.hpp"

#include <memory>

#include <fmt/format.h>

#include "bundle/files.hpp"
#include "cli/command.hpp"
#include "cli/model.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "verify/streaming.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    bundle::ModelSource model;
    std::filesystem::path output;
    std::vector<std::filesystem::path> data;
    std::optional<double> clock_ns;
    std::optional<std::uint32_t> reuse;
    std::string name = "streamed";
    std::uint64_t frames = 0, seed = 1;
    bool force = false, json = false;
};

Json ports_of(const std::vector<stream::Port>& ports) {
    Json list = Json::array();
    for (const stream::Port& port : ports)
        list.push_back({{"prefix", port.prefix}, {"bits", port.bits}, {"beats_per_frame", port.beats}});
    return list;
}

Json report_of(const stream::Built& built, double clock_ns) {
    return {{"module", built.rtl.module},
            {"inputs", ports_of(built.rtl.inputs)},
            {"outputs", ports_of(built.rtl.outputs)},
            {"clock_ns", clock_ns},
            {"cycles_per_frame", built.schedule.cycles_per_frame},
            {"busiest", built.schedule.busiest},
            {"latency_cycles", built.schedule.latency_cycles},
            {"actors", built.actors},
            {"fifo_bits", built.waiting_bits}};
}

Json simulated(const Options& options, const bundle::Model& model, const stream::Built& built) {
    std::vector<std::int64_t> user;
    if (!options.data.empty())
        user = bundle::raw_events(model.network, options.data);
    const auto check = verify::verify_streaming(model.network, built.rtl, options.frames, options.seed, user);
    Json report{{"frames", check.frames},
                {"mismatches", check.mismatches},
                {"finished", check.finished},
                {"latency_cycles", check.latency_cycles}};
    report["cycles_per_frame"] = check.cycles_per_frame ? Json(*check.cycles_per_frame) : Json(nullptr);
    return report;
}

void print(const Options& options, const Json& report) {
    fmt::print("{}: {} actors, a frame every {} cycles of {} ns ({:.4g} frames/s), latency {} cycles\n",
               options.output.string(), report.at("actors").get<std::size_t>(),
               report.at("cycles_per_frame").get<std::uint64_t>(), report.at("clock_ns").get<double>(),
               1e9 / (report.at("cycles_per_frame").get<double>() * report.at("clock_ns").get<double>()),
               report.at("latency_cycles").get<std::uint64_t>());
    for (const char* side : {"inputs", "outputs"})
        for (const Json& port : report.at(side))
            fmt::print("  {:<12} {} bits, {} beats a frame\n", port.at("prefix").get<std::string>(),
                       port.at("bits").get<std::uint32_t>(), port.at("beats_per_frame").get<std::uint64_t>());
    if (report.contains("simulation")) {
        const Json& simulation = report.at("simulation");
        fmt::print("{} mismatches in {} frames (Verilator, with and without waits); without: {} cycles a frame, "
                   "latency {}\n",
                   simulation.at("mismatches").get<std::uint64_t>(), simulation.at("frames").get<std::uint64_t>(),
                   simulation.at("cycles_per_frame").dump(), simulation.at("latency_cycles").get<std::uint64_t>());
    }
}

void run(const Options& options) {
    refuse_existing(options.output, options.force);
    const bundle::Model model = bundle::load_model(options.model);
    plan::Plan plan = model.plan;
    plan.clock_ns = options.clock_ns.value_or(plan.clock_ns);
    if (options.reuse) {
        plan.reuse_factor = *options.reuse;
        plan.layer_reuse.clear();
    }
    const stream::Built built = stream::build(model.network, plan, options.name);
    Json report = report_of(built, plan.clock_ns);
    if (options.frames > 0 || !options.data.empty())
        report["simulation"] = simulated(options, model, built);
    support::write_directory(options.output, options.force ? support::IfExists::replace : support::IfExists::refuse,
                             [&](const std::filesystem::path& directory) {
                                 support::write_files(directory, built.rtl.files);
                                 support::write_file(directory / "stream.json", report.dump(2) + "\n");
                             });
    if (options.json)
        fmt::print("{}\n", report.dump(2));
    else
        print(options, report);
    if (report.contains("simulation") &&
        (report["simulation"]["mismatches"] != 0 || report["simulation"]["finished"] != true))
        throw support::Error(support::ErrorKind::user, "the simulation and the emulator disagree",
                             options.output.string(),
                             "this is a defect of Gatewright; please report it with the model");
}

} // namespace

void add_stream(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        add_command(program, "stream", "Turn a model into Verilog through which tensors travel in beats",
                    "gatewright stream model.keras -o streamed --clock 5 --frames 1000");
    add_model_arguments(*command, options->model, "MODEL");
    command->add_option("-o,--output", options->output, "The Verilog, a directory that does not exist yet")->required();
    command->add_option("--clock", options->clock_ns, "Clock period in ns (default: the configuration's, else 5)")
        ->check(CLI::Range(0.5, 1000.0));
    command
        ->add_option("--reuse-factor", options->reuse,
                     "Products that share a multiplier: so many clocks a frame, or position (default: the "
                     "configuration's, else 1)")
        ->check(CLI::Range(1U, 65536U));
    command->add_option("--name", options->name, "Name of the top module");
    command->add_option("--frames", options->frames,
                        "Frames to simulate, corners and random ones, in four patterns of waits");
    command->add_option("--data", options->data, "Events to simulate before the random ones");
    command->add_option("--seed", options->seed, "Of random frames and waits");
    command->add_flag("--force", options->force, "Replace an existing directory");
    command->add_flag("--json", options->json, "Print what was built as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
