#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/model.hpp"
#include "estimate/search.hpp"
#include "network/verify.hpp"
#include "plan/file.hpp"
#include "report/plot.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;
using estimate::Candidate;
using estimate::Figure;

struct Options {
    bundle::ModelSource model;
    std::string device;
    std::optional<double> latency_ns, clock_ns;
    std::filesystem::path output, plot;
    bool force = false, json = false;
};

Json to_json(const Figure& figure) {
    return {{"estimate", figure.value}, {"low", figure.low}, {"high", figure.high}};
}

Json to_json(const Candidate& candidate, const estimate::Device* device) {
    const estimate::Estimate& it = candidate.estimate;
    Json json{{"clock_ns", it.clock_ns},
              {"stages", it.stages},
              {"latency_ns", it.latency_ns},
              {"path_ns", it.path_ns},
              {"fmax_mhz", it.fmax_mhz},
              {"chain_operands", candidate.plan.chain_operands},
              {"extra_depth", candidate.plan.extra_depth},
              {"lut", to_json(it.lut)},
              {"ff", to_json(it.ff)},
              {"dsp", it.dsp},
              {"bram", it.bram},
              {"meets_latency", candidate.meets_latency}};
    if (device != nullptr)
        json["device"] = {{"lut_share", candidate.fit->lut},
                          {"ff_share", candidate.fit->ff},
                          {"bram_share", candidate.fit->bram},
                          {"fits", candidate.fit->fits}};
    return json;
}

Json report(const estimate::Found& found, const estimate::Device* device) {
    Json json{{"plans", Json::array()}, {"chosen", nullptr}};
    for (const Candidate& candidate : found.candidates)
        json["plans"].push_back(to_json(candidate, device));
    if (found.chosen) {
        json["chosen"] = *found.chosen;
        for (const auto& layer : found.candidates[*found.chosen].estimate.layers)
            json["layers"].push_back({{"name", layer.name}, {"lut", layer.lut}, {"ff", layer.ff}});
    }
    if (device != nullptr)
        json["device"] = {{"name", device->name},
                          {"lut", device->lut},
                          {"ff", device->ff},
                          {"dsp", device->dsp},
                          {"bram", device->bram}};
    json["tried"] = found.tried;
    json["estimate_ms"] = found.estimating_ms / static_cast<double>(found.tried);
    json["total_ms"] = found.total_ms;
    return json;
}

/// "8225 (8012 to 8400)"
std::string text(const Figure& figure) {
    return fmt::format("{:.0f} ({:.0f} to {:.0f})", figure.value, figure.low, figure.high);
}

void print(const estimate::Found& found, const estimate::Device* device) {
    fmt::print("  {:>8} {:>6} {:>10} {:>8} {:>8} {:>5} {:>24} {:>24} {:>5}{}\n", "clock ns", "stages", "latency ns",
               "Fmax MHz", "operands", "depth", "LUT", "FF", "BRAM",
               device != nullptr ? fmt::format("  {:>9}", device->name) : "");
    for (std::size_t i = 0; i < found.candidates.size(); ++i) {
        const Candidate& candidate = found.candidates[i];
        const estimate::Estimate& it = candidate.estimate;
        std::string rest;
        if (device != nullptr)
            rest = fmt::format("  {:>7.2f} % {}",
                               100 * std::max({candidate.fit->lut, candidate.fit->ff, candidate.fit->bram}),
                               candidate.fit->fits ? "fits" : "does not fit");
        if (!candidate.meets_latency)
            rest += "  too slow";
        fmt::print("{} {:>8g} {:>6} {:>10.4g} {:>8.0f} {:>8} {:>5} {:>24} {:>24} {:>5}{}\n",
                   found.chosen == i ? '>' : ' ', it.clock_ns, it.stages, it.latency_ns, it.fmax_mhz,
                   candidate.plan.chain_operands, candidate.plan.extra_depth, text(it.lut), text(it.ff), it.bram, rest);
    }
    fmt::print(
        "{} plans tried in {:.0f} ms, an estimate takes {:.1f} ms. In brackets: where 8 of 10 designs lie. No DSP.\n",
        found.tried, found.total_ms, found.estimating_ms / static_cast<double>(found.tried));
}

/// LUTs and registers against latency, as an SVG file.
std::string picture(const estimate::Found& found, const std::string& network) {
    report::Plot plot;
    plot.title = network + ": plans that no other beats";
    plot.x = {"latency (ns), by the delay model", report::Axis::Scale::linear, 0.0, {}};
    plot.y = {"estimated number", report::Axis::Scale::linear, 0.0, {}};
    report::Series lut{"LUT", report::Series::Style::points, {}, {}, {}, {}}, ff = lut;
    ff.name = "FF";
    const auto add = [](report::Series& series, double latency, const Figure& figure) {
        series.x.push_back(latency);
        series.y.push_back(figure.value);
        series.error.push_back(std::max(figure.high - figure.value, figure.value - figure.low));
    };
    for (const Candidate& candidate : found.candidates) {
        add(lut, candidate.estimate.latency_ns, candidate.estimate.lut);
        add(ff, candidate.estimate.latency_ns, candidate.estimate.ff);
    }
    if (!lut.x.empty())
        plot.x.high = *std::max_element(lut.x.begin(), lut.x.end()) * 1.2; // room for a guide's words
    plot.series = {std::move(lut), std::move(ff)};
    if (found.chosen)
        plot.guides.push_back(
            {report::Guide::Across::x, found.candidates[*found.chosen].estimate.latency_ns, "chosen"});
    return report::to_svg(plot);
}

void run(const Options& options) {
    refuse_existing(options.plot, options.force);
    refuse_existing(options.output, options.force);
    const bundle::Model model = bundle::load_model(options.model);
    network::require_sound(model.network, model.network.name);
    estimate::Wanted wanted;
    wanted.base = model.plan;
    wanted.clock_ns = options.clock_ns;
    wanted.latency_ns = options.latency_ns;
    if (!options.json && ::isatty(STDERR_FILENO) == 1) // for a person who watches
        wanted.on_step = [](const std::string& step) { fmt::print(stderr, "  {}\n", step); };
    if (!options.device.empty()) {
        wanted.device = &estimate::device_of(options.device);
        wanted.base.part = options.device;
        wanted.base.delays = plan::delays_of(wanted.device->family);
    }
    const estimate::Found found = estimate::search(model.network, wanted);
    if (options.json)
        fmt::print("{}\n", report(found, wanted.device).dump(2));
    else
        print(found, wanted.device);
    if (!options.plot.empty())
        support::write_file(options.plot, picture(found, model.network.name));
    if (!found.chosen)
        throw support::user_error(found.missed, options.model.model.string(), found.remedy);
    if (!options.output.empty())
        support::write_file(options.output, plan::to_json(found.candidates[*found.chosen].plan));
}

} // namespace

void add_plan(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        add_command(program, "plan", "Estimate LUTs, registers, clock and latency of a model, and choose a plan",
                    "gatewright plan model.onnx --fit xcvu13p --latency 50 -o plan.json");
    add_model_arguments(*command, options->model, "MODEL");
    command->add_option("--fit", options->device, "A device (xcvu13p, xcu250, xck26, xc7z020 ...) that must hold it");
    command->add_option("--latency", options->latency_ns, "Latency in ns that must not be passed")
        ->check(CLI::Range(0.1, 1e9));
    command->add_option("--clock", options->clock_ns, "This clock period in ns alone, instead of twelve usual ones")
        ->check(CLI::Range(0.5, 1000.0));
    command->add_option("-o,--output", options->output, "Where the chosen plan goes, for gatewright build --plan");
    command->add_option("--plot", options->plot, "Where LUTs and registers against latency go, as SVG");
    command->add_flag("--force", options->force, "Replace an existing plan or plot");
    command->add_flag("--json", options->json, "Print all plans and the layers of the chosen one as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
