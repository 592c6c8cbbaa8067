#include "hls/emit.hpp"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/build.hpp"
#include "bundle/files.hpp"
#include "bundle/vectors.hpp"
#include "cli/command.hpp"
#include "cli/hls_arguments.hpp"
#include "cli/model.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "verify/hls.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    bundle::ModelSource model;
    HlsArguments hls;
    std::filesystem::path output;
    std::vector<std::filesystem::path> data;
    std::optional<double> clock_ns;
    std::string part, name;
    std::uint64_t vectors = 0, seed = 1;
    bool force = false, json = false;
};

plan::Plan plan_of(const Options& options, const bundle::Model& model) {
    plan::Plan plan = model.plan;
    plan.clock_ns = options.clock_ns.value_or(plan.clock_ns);
    if (!options.part.empty())
        plan.part = options.part;
    set_reuse(options.hls, plan);
    return plan;
}

Json verified(const Options& options, const bundle::Model& model, const hls::Files& files, const std::string& name) {
    const auto ap_types = verify::find_ap_types();
    if (!ap_types)
        throw support::user_error("ap_types' headers are not found, so the project cannot be compiled", {},
                                  "set GW_AP_TYPES to the folder that holds ap_fixed.h; PyPI's hls4ml has it");
    verify::HlsVectors vectors{options.vectors, options.seed, {}};
    if (!options.data.empty())
        vectors.user = bundle::raw_events(model.network, options.data);
    const verify::HlsResult result = verify::compare_hls(model.network, files, name, vectors, {*ap_types, "-O1"});
    return {{"vectors", result.vectors},         {"mismatches", result.mismatches},
            {"passed", result.passed()},         {"compile_seconds", result.compile_seconds},
            {"run_seconds", result.run_seconds}, {"first_mismatches", result.first_mismatches}};
}

void write(const Options& options, const network::Network& network, const hls::Files& files) {
    constexpr std::uint32_t events = 100;
    const bundle::Vectors vectors = bundle::make_vectors(network, events, options.seed);
    support::write_directory(options.output, options.force ? support::IfExists::replace : support::IfExists::refuse,
                             [&](const std::filesystem::path& directory) {
                                 support::write_files(directory, files);
                                 support::write_files(directory, bundle::bench_files(network, vectors));
                             });
}

void run(const Options& options) {
    refuse_existing(options.output, options.force);
    const bundle::Model model = bundle::load_model(options.model);
    const plan::Plan plan = plan_of(options, model);
    const hls::Options how = hls_options(options.hls, model.hls);
    const std::string name = options.name.empty() ? bundle::identifier_of(model.network.name) : options.name;
    const hls::Files files = hls::emit(model.network, plan, name, how);
    Json report{{"name", name},
                {"io_type", hls::to_string(how.io)},
                {"strategy", hls::to_string(how.strategy)},
                {"files", files.size()}};
    if (options.vectors > 0 || !options.data.empty())
        report["verification"] = verified(options, model, files, name);
    write(options, model.network, files);
    if (options.json) {
        fmt::print("{}\n", report.dump(2));
    } else {
        for (const std::string& note : model.notes)
            fmt::print("note: {}\n", note);
        fmt::print("{}: {}, {}, strategy {}; {} files\n", options.output.string(), name, hls::to_string(how.io),
                   hls::to_string(how.strategy), files.size());
        if (report.contains("verification"))
            fmt::print("{} mismatches in {} vectors (g++ against ap_types)\n",
                       report["verification"]["mismatches"].get<std::uint64_t>(),
                       report["verification"]["vectors"].get<std::uint64_t>());
    }
    if (report.contains("verification") && report["verification"]["passed"] != true)
        throw support::internal_error("the HLS project and the emulator disagree", options.output.string());
}

} // namespace

void add_hls(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(program, "hls", "Turn a model into a Vitis HLS project alone",
                                    "gatewright hls model.keras -o project --io-type io_stream --verify 1000");
    add_model_arguments(*command, options->model);
    command->add_option("-o,--output", options->output, "The project, a directory that does not exist yet")->required();
    add_hls_arguments(*command, options->hls);
    command->add_option("--clock", options->clock_ns, "Clock period in ns (default: the configuration's, else 5)")
        ->check(CLI::Range(0.5, 1000.0));
    command->add_option("--part", options->part, "FPGA part (default: the configuration's, else xcu250)");
    command->add_option("--name", options->name, "Of the top function (default: the model's)");
    command->add_option("--verify", options->vectors,
                        "Compile the project with g++ and compare it with the emulator on so many events");
    command->add_option("--data", options->data, "Events to compare besides corners and random ones");
    command->add_option("--seed", options->seed, "Of random events");
    command->add_flag("--force", options->force, "Replace an existing directory");
    command->add_flag("--json", options->json, "Print what was written as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
