#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/vectors.hpp"
#include "cli/bundle_files.hpp"
#include "cli/command.hpp"
#include "cli/model.hpp"
#include "emulate/emulator.hpp"
#include "support/error.hpp"
#include "verify/hls.hpp"
#include "verify/rtl.hpp"
#include "verify/vectors.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::filesystem::path bundle;
    std::uint64_t vectors = 100'000, hls_vectors = 10'000, seed = 1;
    std::filesystem::path data;
    bool json = false;
};

/// One execution beside the emulator: what was compared, or why not.
struct Comparison {
    std::uint64_t vectors = 0, mismatches = 0;
    bool agrees = true;
    Json json;
};

Json mismatch_json(const verify::Mismatch& mismatch) {
    return {{"vector", mismatch.vector},
            {"inputs", mismatch.inputs},
            {"expected", mismatch.expected},
            {"actual", mismatch.actual}};
}

Comparison compare_rtl(const bundle::Bundle& bundle, const rtl::Files& files, const Options& options) {
    verify::VerifyOptions with;
    with.vectors = options.vectors;
    with.seed = options.seed;
    if (!options.data.empty())
        with.user_inputs = raw_events(bundle.network, options.data);
    const verify::RtlResult result = verify::verify_rtl(bundle.manifest.core, files, bundle.network, with);
    Json first = Json::array();
    for (const verify::Mismatch& mismatch : result.first)
        first.push_back(mismatch_json(mismatch));
    Json json{{"simulator", result.simulator},
              {"vectors", result.vectors},
              {"mismatches", result.mismatches},
              {"corner_vectors", result.corner_vectors},
              {"user_vectors", result.user_vectors},
              {"random_vectors", result.random_vectors},
              {"latency_declared", result.latency_declared},
              {"latency_measured", result.latency_measured ? Json(*result.latency_measured) : Json(nullptr)},
              {"build_seconds", result.build_seconds},
              {"run_seconds", result.run_seconds},
              {"first_mismatches", first}};
    return {result.vectors, result.mismatches, result.passed(), json};
}

Comparison compare_bench(const bundle::Bundle& bundle, const rtl::Files& files) {
    const verify::BenchResult result = verify::verify_icarus(bundle.manifest.core, files);
    Json json{{"simulator", "icarus"},
              {"vectors", result.vectors},
              {"passed", result.passed},
              {"latency_measured", result.latency_measured ? Json(*result.latency_measured) : Json(nullptr)},
              {"seconds", result.seconds}};
    if (!result.passed)
        json["log"] = result.log;
    return {result.vectors, 0, result.passed, json};
}

/// Corners, the user's events, then random ones up to the number asked for.
std::vector<std::int64_t> hls_inputs(const network::Network& network, const Options& options) {
    const verify::ElementTypes types = bundle::element_types(network, network.inputs);
    std::vector<std::int64_t> inputs = verify::corner_vectors(types);
    if (!options.data.empty()) {
        const std::vector<std::int64_t> own = raw_events(network, options.data);
        inputs.insert(inputs.end(), own.begin(), own.end());
    }
    support::Random random(options.seed);
    std::vector<std::int64_t> event(types.size());
    while (inputs.size() < options.hls_vectors * types.size()) {
        verify::random_vector(types, random, event);
        inputs.insert(inputs.end(), event.begin(), event.end());
    }
    return inputs;
}

Comparison compare_hls(const bundle::Bundle& bundle, const Options& options) {
    const std::optional<std::filesystem::path> ap_types = verify::find_ap_types();
    const std::filesystem::path folder = bundle.directory / "hls";
    std::string reason;
    if (!std::filesystem::is_directory(folder))
        reason = "the bundle has no HLS project";
    else if (!ap_types)
        reason = "ap_types' headers are not found: set GW_AP_TYPES to the folder that holds ap_fixed.h";
    if (!reason.empty())
        return {0, 0, true, {{"vectors", 0}, {"mismatches", 0}, {"skipped", reason}}};
    const std::vector<std::int64_t> inputs = hls_inputs(bundle.network, options);
    const std::size_t width = bundle.network.input_size(), height = bundle.network.output_size();
    std::vector<std::int64_t> outputs(inputs.size() / width * height);
    emulate::Emulator(bundle.network).run(inputs, outputs);
    const verify::HlsResult result = verify::verify_hls(read_folder(folder), bundle.manifest.core.module, inputs, width,
                                                        outputs, height, {*ap_types, "-O1"});
    Json json{{"vectors", result.vectors},
              {"mismatches", result.mismatches},
              {"compile_seconds", result.compile_seconds},
              {"run_seconds", result.run_seconds}};
    if (!result.first_mismatches.empty())
        json["first_mismatches"] = result.first_mismatches;
    return {result.vectors, result.mismatches, result.mismatches == 0, json};
}

void print_line(const char* name, const Comparison& comparison) {
    if (comparison.json.contains("skipped"))
        fmt::print("{:<28} not compared: {}\n", name, comparison.json["skipped"].get<std::string>());
    else
        fmt::print("{:<28} {:>10} vectors {:>8} mismatches   {}\n", name, comparison.vectors, comparison.mismatches,
                   comparison.agrees ? "agree" : "DISAGREE");
}

void run(const Options& options) {
    const bundle::Bundle bundle = open_bundle(options.bundle);
    const rtl::Files files = read_folder(bundle.directory / "rtl");
    const Comparison rtl = compare_rtl(bundle, files, options);
    if (!options.json)
        print_line("RTL, Verilator", rtl);
    const Comparison bench = compare_bench(bundle, files);
    if (!options.json)
        print_line("RTL's test bench, Icarus", bench);
    const Comparison hls = compare_hls(bundle, options);
    if (!options.json)
        print_line("HLS C++, g++", hls);
    const Json json{{"vectors", rtl.vectors + bench.vectors + hls.vectors},
                    {"mismatches", rtl.mismatches + bench.mismatches + hls.mismatches},
                    {"agree", rtl.agrees && bench.agrees && hls.agrees},
                    {"rtl", rtl.json},
                    {"bench", bench.json},
                    {"hls", hls.json}};
    bundle::write_report_section(bundle.directory, "verify", json);
    if (options.json)
        fmt::print("{}\n", json.dump(2));
    if (!json["agree"].get<bool>())
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
    command->add_option("--vectors", options->vectors, "Events for the Verilog (default 100000)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U));
    command->add_option("--hls-vectors", options->hls_vectors, "Events for the HLS project (default 10000)")
        ->check(CLI::Range(1U, 1U << 30U));
    command->add_option("--data", options->data, "Events of your own to compare as well (.npy, .npz, .csv, .h5)");
    command->add_option("--seed", options->seed, "Of the random events (default 1)");
    command->add_flag("--json", options->json, "Print vectors and mismatches as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
