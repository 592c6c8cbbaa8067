#include "bundle/build.hpp"

#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/hls_arguments.hpp"
#include "cli/model.hpp"
#include "plan/file.hpp"
#include "plan/part.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

struct Options {
    bundle::ModelSource model;
    std::filesystem::path output;
    std::optional<double> clock_ns;
    std::optional<std::uint32_t> stages, extra_depth, chain_operands;
    HlsArguments hls;
    std::filesystem::path plan;
    std::string part, control = "ap_ctrl_hs";
    bool needs_hls = false, no_card = false, force = false, json = false;
    bool checksums = false;
};

bundle::BuildOptions build_options(const Options& options, const bundle::Model& model) {
    bundle::BuildOptions result;
    result.plan =
        options.plan.empty() ? model.plan : plan::from_json(support::read_file(options.plan), options.plan.string());
    result.hls = hls_options(options.hls, model.hls);
    result.needs_hls = options.needs_hls;
    set_reuse(options.hls, result.plan);
    result.notes = model.notes;
    result.numerics = model.numerics;
    result.plan.clock_ns = options.clock_ns.value_or(result.plan.clock_ns);
    if (options.stages)
        result.plan.stages = options.stages;
    result.plan.extra_depth = options.extra_depth.value_or(result.plan.extra_depth);
    result.plan.chain_operands = options.chain_operands.value_or(result.plan.chain_operands);
    if (!options.part.empty()) {
        result.plan.part = options.part;
        if (options.plan.empty()) // a plan says what its part takes
            result.plan.delays = plan::delays_of(options.part);
    }
    result.shell.control = shell::control_from(options.control);
    if (options.no_card)
        result.card = bundle::SimulatedCard::sources_only;
    result.shell.checksums = options.checksums;
    if (options.force)
        result.if_exists = support::IfExists::replace;
    if (!options.json && ::isatty(STDERR_FILENO) == 1) // for a person who watches
        result.on_step = [](std::string_view step) { fmt::print(stderr, "  {}\n", step); };
    return result;
}

void run(const Options& options) {
    refuse_existing(options.output, options.force);
    const bundle::Model model = bundle::load_model(options.model);
    const bundle::Bundle made = bundle::build(model.network, options.output, build_options(options, model));
    const bundle::Json report = bundle::read_report(made.directory).at("build");
    if (options.json) {
        fmt::print("{}\n", report.dump(2));
        return;
    }
    for (const std::string& note : model.notes)
        fmt::print("note: {}\n", note);
    const rtl::Core& core = made.manifest.core;
    fmt::print("{}: {} input bits, {} output bits, latency {} cycles of {} ns ({:.4g} ns), one event per cycle\n",
               options.output.string(), core.input_bits, core.output_bits, core.latency, core.clock_ns,
               core.latency * core.clock_ns);
    if (!report.at("meets_clock").get<bool>())
        fmt::print("note: the longest stage takes {:.2f} ns by the delay model, more than the clock's {} ns: choose a "
                   "slower clock, or more --stages if they were given\n",
                   report.at("worst_stage_ns").get<double>(), core.clock_ns);
}

} // namespace

void add_build(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        add_command(program, "build", "Turn a model into a bundle: Verilog, HLS project, kernel, simulated card",
                    "gatewright build model.onnx -o model.gw --clock 2.5");
    add_model_arguments(*command, options->model, "MODEL");
    command->add_option("-o,--output", options->output, "The bundle, a directory that does not exist yet")->required();
    command
        ->add_option("--plan", options->plan,
                     "A plan that gatewright plan wrote; the options below go before what it says")
        ->check(CLI::ExistingFile);
    command->add_option("--clock", options->clock_ns, "Clock period in ns (default: the configuration's, else 5)")
        ->check(CLI::Range(0.5, 1000.0));
    command->add_option("--stages", options->stages, "Pipeline stages, instead of as many as the clock needs")
        ->check(CLI::Range(1U, 10000U));
    command->add_option("--extra-depth", options->extra_depth, "Adder levels above the fewest, for smaller hardware")
        ->check(CLI::Range(0U, 32U));
    command
        ->add_option("--chain-operands", options->chain_operands,
                     "Operands of one carry chain; 3 is about a third smaller on UltraScale+ parts")
        ->check(CLI::Range(2U, 3U));
    command->add_option(
        "--part", options->part,
        "FPGA part (default: the configuration's, else xcu250): its family's delays decide where registers go");
    command->add_flag("--hls", options->needs_hls,
                      "End with an error where the HLS project cannot be written; else the bundle goes without");
    add_hls_arguments(*command, options->hls);
    command
        ->add_option("--control", options->control,
                     "How a host speaks to the kernel: ap_ctrl_hs (default), or ap_ctrl_chain, where the next batch "
                     "may begin before the last is acknowledged")
        ->check(CLI::IsMember({"ap_ctrl_hs", "ap_ctrl_chain"}));
    command->add_flag("--no-card", options->no_card, "Do not compile the simulated card (run --device sim needs it)");
    command->add_flag("--checksums", options->checksums,
                      "The kernel sums (CRC-32C) what it reads and writes, so that drivers can compare");
    command->add_flag("--force", options->force, "Replace an existing bundle");
    command->add_flag("--json", options->json, "Print what was built as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
