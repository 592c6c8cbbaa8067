#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/events.hpp"
#include "cli/command.hpp"
#include "cli/model.hpp"
#include "import/hls4ml_config.hpp"
#include "inspect/difference.hpp"
#include "inspect/profile.hpp"
#include "quantize/calibrate.hpp"
#include "quantize/load.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    bundle::ModelSource model;
    std::vector<std::filesystem::path> inputs;
    std::size_t events = 1000;
    bool json = false;
};

support::Array first(support::Array rows, std::size_t events) {
    if (rows.rows() > events) {
        rows.values.resize(events * rows.row_size());
        rows.shape.front() = events;
    }
    return rows;
}

void print(const std::vector<inspect::TensorProfile>& all) {
    fmt::print("{:<28} {:<10} {:<22} {:>11} {:>11} {:>6} {:>9} {:>9}\n", "tensor", "op", "type", "least", "most",
               "zeros", "wrapped", "saturated");
    for (const auto& each : all)
        fmt::print("{:<28} {:<10} {:<22} {:>11.4g} {:>11.4g} {:>5.1f}% {:>9} {:>9}\n", each.name, each.kind, each.type,
                   each.least, each.most,
                   100.0 * static_cast<double>(each.zeros) / static_cast<double>(std::max<std::size_t>(1, each.values)),
                   each.wrapped, each.saturated);
    for (const auto& each : all)
        if (each.wrapped + each.saturated > 0)
            fmt::print("'{}': {} of {} values beyond {}, exact results from {:.4g} to {:.4g}\n", each.name,
                       each.wrapped + each.saturated, each.values, each.type, each.exact_least, each.exact_most);
}

Json profile_json(const std::vector<inspect::TensorProfile>& all) {
    Json json = Json::array();
    for (const auto& each : all)
        json.push_back({{"tensor", each.name},
                        {"op", each.kind},
                        {"type", each.type},
                        {"values", each.values},
                        {"zeros", each.zeros},
                        {"least", each.least},
                        {"most", each.most},
                        {"mean", each.mean},
                        {"deviation", each.deviation},
                        {"wrapped", each.wrapped},
                        {"saturated", each.saturated},
                        {"exact_least", each.exact_least},
                        {"exact_most", each.exact_most},
                        {"lowest_octave", inspect::TensorProfile::lowest_octave},
                        {"octaves", each.octaves}});
    return json;
}

void run_profile(const Options& options) {
    const network::Network network = bundle::load_model(options.model).network;
    const auto all = inspect::profile(network, first(bundle::read_events(network, options.inputs), options.events));
    if (options.json)
        fmt::print("{}\n", profile_json(all).dump(2));
    else
        print(all);
}

std::string text(const std::optional<inspect::Difference>& difference) {
    return difference ? fmt::format("{:.3g}", difference->largest) : "-";
}

void print(const std::vector<inspect::LayerDifference>& all, const std::string& hls4ml) {
    fmt::print("largest |difference|\n{:<28} {:<22} {:>10} {:>13} {:>13} {:>14}\n", "layer", "class", "|float|",
               "exact-float", "hls4ml-float", "exact-hls4ml");
    for (const auto& each : all)
        fmt::print("{:<28} {:<22} {:>10.4g} {:>13} {:>13} {:>14}\n", each.layer, each.kind, each.magnitude,
                   text(each.exact), text(each.hls4ml), text(each.between));
    const auto differs = std::find_if(all.begin(), all.end(),
                                      [](const auto& each) { return each.between && each.between->largest > 0; });
    if (!hls4ml.empty())
        fmt::print("hls4ml numerics: {}\n", hls4ml);
    else if (differs != all.end())
        fmt::print("exact and hls4ml numerics differ first in layer '{}'\n", differs->layer);
    else
        fmt::print("exact and hls4ml numerics agree in every layer that both have\n");
}

void run_diff(const Options& options) {
    quantize::Options settings;
    if (!options.model.config.empty())
        settings.config = import::read_hls4ml_config(options.model.config);
    const import::Graph graph = quantize::import_model(options.model.model, settings.config);
    quantize::Quantised exact = quantize::quantize(graph, settings);
    const support::Array rows = first(bundle::read_events(exact.network, options.inputs), options.events);
    if (!quantize::has_quantisers(graph) && options.model.config.empty()) {
        settings.calibrated = quantize::calibrate(graph, rows.values, options.model.bits);
        exact = quantize::quantize(graph, settings);
    }
    std::optional<network::Network> hls4ml;
    std::string why;
    try {
        settings.numerics = quantize::Numerics::hls4ml;
        settings.calibrated.reset();
        hls4ml = quantize::quantize(graph, settings).network;
    } catch (const support::Error& error) {
        if (error.kind() != support::ErrorKind::unsupported)
            throw;
        why = error.problem();
    }
    const auto all = inspect::compare(graph, &exact.network, hls4ml ? &*hls4ml : nullptr, rows);
    if (!options.json)
        return print(all, why);
    Json json = Json::array();
    const auto value = [](const std::optional<inspect::Difference>& each) {
        return each ? Json{{"largest", each->largest}, {"mean", each->mean}} : Json();
    };
    for (const auto& each : all)
        json.push_back({{"layer", each.layer},
                        {"class", each.kind},
                        {"magnitude", each.magnitude},
                        {"exact_float", value(each.exact)},
                        {"hls4ml_float", value(each.hls4ml)},
                        {"exact_hls4ml", value(each.between)}});
    fmt::print("{}\n", json.dump(2));
}

} // namespace

void add_inspect(CLI::App& program) {
    const auto profiled = std::make_shared<Options>(), compared = std::make_shared<Options>();
    CLI::App* profile = add_command(program, "profile", "Ranges, distributions and overflows of every tensor on data",
                                    "gatewright profile model.keras events.npy --numerics hls4ml");
    add_model_arguments(*profile, profiled->model);
    profile->callback([profiled] { run_profile(*profiled); });
    CLI::App* diff = add_command(program, "diff", "Float, exact and hls4ml numerics of a model, layer by layer",
                                 "gatewright diff model.keras events.npy --config hls4ml.yml");
    diff->add_option("MODEL", compared->model.model, ".keras, .h5, .json or .onnx")->required();
    diff->add_option("--config", compared->model.config, "hls4ml configuration (YAML)");
    diff->callback([compared] { run_diff(*compared); });
    for (const auto& [command, options] : {std::pair(profile, profiled), std::pair(diff, compared)}) {
        command->add_option("INPUT", options->inputs, "Events, as for predict")->required();
        command->add_option("--events", options->events, "At most so many of them (default 1000)")
            ->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}));
        command->add_flag("--json", options->json, "Print JSON");
    }
}

} // namespace gw::cli
