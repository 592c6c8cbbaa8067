#include "oracles/check_case.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "emulate/emulator.hpp"
#include "emulate/reference.hpp"
#include "floating/evaluate.hpp"
#include "quantize/calibrate.hpp"
#include "quantize/load.hpp"
#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::oracles {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

fs::path model_of(const fs::path& folder) {
    for (const char* name : {"model.keras", "model.h5", "model.json", "model.onnx"})
        if (fs::exists(folder / name))
            return folder / name;
    throw support::user_error("no model in the case", folder.string(), "make the case again");
}

struct Case {
    Json json;
    support::Array inputs, outputs;
    std::optional<support::Array> outputs64; ///< the same graph in float64: the better reference
    fs::path model;
    std::optional<import::Hls4mlConfig> config;
};

Case load(const fs::path& folder) {
    Case result{Json::parse(support::read_file(folder / "case.json")),
                support::read_npy(folder / "inputs.npy"),
                support::read_npy(folder / "outputs.npy"),
                std::nullopt,
                model_of(folder),
                std::nullopt};
    if (fs::exists(folder / "outputs64.npy"))
        result.outputs64 = support::read_npy(folder / "outputs64.npy");
    if (fs::exists(folder / "config.yml"))
        result.config = import::read_hls4ml_config(folder / "config.yml");
    return result;
}

double error_of(double ours, double theirs) {
    const bool alike = ours == theirs || (std::isnan(ours) && std::isnan(theirs));
    return alike ? 0.0 : std::abs(ours - theirs) / std::max(1.0, std::abs(theirs));
}

/// Compares with the framework's outputs, in float32 or, where it has them, in float64: a value near a tie may be
/// rounded either way. `bound` is relative to max(1, |reference|), 0 for bits.
Verdict compare(const Case& from, const std::vector<double>& ours, double bound) {
    Verdict verdict{Verdict::Kind::passed, {}, {}, from.inputs.rows(), bound == 0};
    double worst = 0;
    std::size_t differ = 0, first = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        double error = error_of(ours[i], from.outputs.values[i]);
        if (from.outputs64 && error > bound)
            error = std::min(error, error_of(ours[i], from.outputs64->values[i]));
        if (!(error <= bound) && differ++ == 0)
            first = i;
        worst = std::isnan(error) ? error : std::max(worst, error);
    }
    const std::size_t width = from.outputs.row_size();
    verdict.detail = fmt::format("largest error {:.2g}, allowed {:.2g}", worst, bound);
    if (bound == 0)
        verdict.detail = fmt::format("{} mismatches in {} vectors", differ, verdict.vectors);
    if (differ != 0) {
        verdict.kind = Verdict::Kind::failed;
        verdict.detail +=
            fmt::format("; {} of {} values differ, first vector {} output {}: {} here, {} there", differ, ours.size(),
                        first / width, first % width, ours[first], from.outputs.values[first]);
    }
    return verdict;
}

std::vector<double> by_floating(const Case& from, const import::Graph& graph) {
    std::vector<double> ours;
    const std::size_t width = from.inputs.row_size();
    for (std::size_t event = 0; event < from.inputs.rows(); ++event) {
        const auto y = floating::evaluate(graph, std::span(from.inputs.values).subspan(event * width, width));
        ours.insert(ours.end(), y.begin(), y.end());
    }
    return ours;
}

/// Every vector by the emulator's fast forms, and the first ones by the plain evaluation too, which must agree.
std::vector<double> by_emulator(const Case& from, const network::Network& network) {
    std::vector<double> ours(from.inputs.rows() * network.output_size());
    const emulate::Emulator emulator(network, {1});
    emulator.predict(from.inputs.values, ours);
    constexpr std::size_t plain_vectors = 16;
    const std::size_t count = std::min(from.inputs.rows(), plain_vectors), width = network.input_size();
    std::vector<std::int64_t> raw(count * width), mantissas;
    emulate::to_raw(network, std::span(from.inputs.values).first(count * width), raw);
    for (std::size_t event = 0; event < count; ++event) {
        const auto y = emulate::evaluate(network, std::span(raw).subspan(event * width, width));
        mantissas.insert(mantissas.end(), y.begin(), y.end());
    }
    std::vector<double> plain(mantissas.size());
    emulate::to_values(network, mantissas, plain);
    for (std::size_t i = 0; i < plain.size(); ++i)
        if (plain[i] != ours[i])
            throw support::internal_error(
                fmt::format("the emulator's fast form gives {}, its plain evaluation {}, vector {} output {}", ours[i],
                            plain[i], i / network.output_size(), i % network.output_size()));
    return ours;
}

/// The one that exact numerics promise for a float model, and the framework's own roundings to float32.
double stated_bound(const quantize::Quantised& made) {
    double worst = 0;
    for (const double bound : made.error_bounds)
        worst = std::max(worst, bound);
    return worst + 2e-5;
}

Verdict check(const Case& from, Against against) {
    constexpr double float32 = 2e-5; // many roundings to float32, relative
    const bool exact = from.json.value("exact", false);
    const import::Graph graph = quantize::import_model(from.model, from.config);
    const std::size_t in = floating::input_size(graph), out = floating::output_size(graph);
    if (from.inputs.row_size() != in || from.outputs.row_size() != out)
        return {Verdict::Kind::failed,
                {},
                fmt::format("the model has {} inputs and {} outputs, the case {} and {}", in, out,
                            from.inputs.row_size(), from.outputs.row_size()),
                0};
    if (against == Against::floating)
        return compare(from, by_floating(from, graph), exact ? 0.0 : float32);
    quantize::Options options;
    options.numerics = against == Against::exact ? quantize::Numerics::exact : quantize::Numerics::hls4ml;
    options.config = from.config;
    const bool of_floats = against == Against::exact && !quantize::has_quantisers(graph);
    if (of_floats)
        options.calibrated = quantize::calibrate(graph, from.inputs.values, 16);
    const quantize::Quantised made = quantize::quantize(graph, options);
    if (of_floats)
        return compare(from, by_emulator(from, made.network), stated_bound(made));
    const bool bits = against == Against::hls4ml || exact;
    return compare(from, by_emulator(from, made.network), bits ? 0.0 : from.json.value("bound", float32));
}

} // namespace

Verdict check_case(const fs::path& folder, Against against) {
    std::string family = folder.filename().string();
    try {
        const Case from = load(folder);
        family = from.json.value("framework", "hls4ml") + "/" + from.json.value("family", "?");
        Verdict verdict = check(from, against);
        verdict.family = family;
        return verdict;
    } catch (const support::Error& error) {
        const bool refused = error.kind() == support::ErrorKind::unsupported;
        return {refused ? Verdict::Kind::refused : Verdict::Kind::failed, family, error.what(), 0};
    } catch (const std::exception& error) {
        return {Verdict::Kind::failed, family, error.what(), 0};
    }
}

} // namespace gw::oracles
