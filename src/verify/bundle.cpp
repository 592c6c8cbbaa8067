#include "verify/bundle.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "bundle/files.hpp"
#include "bundle/vectors.hpp"
#include "emulate/emulator.hpp"
#include "network/elements.hpp"
#include "support/error.hpp"
#include "verify/hls.hpp"
#include "verify/rtl.hpp"
#include "verify/vectors.hpp"

namespace gw::verify {
namespace {

using bundle::Json;

Json latency(const std::optional<std::uint32_t>& measured) {
    return measured ? Json(*measured) : Json(nullptr);
}

Comparison compare_rtl(const bundle::Bundle& bundle, const rtl::Files& files, const Request& request) {
    VerifyOptions with;
    with.vectors = request.vectors;
    with.seed = request.seed;
    with.user_inputs = request.user_inputs;
    const RtlResult result = verify_rtl(bundle.manifest.core, files, bundle.network, with);
    Json first = Json::array();
    for (const Mismatch& mismatch : result.first)
        first.push_back({{"vector", mismatch.vector},
                         {"inputs", mismatch.inputs},
                         {"expected", mismatch.expected},
                         {"actual", mismatch.actual}});
    Json details{{"simulator", result.simulator},
                 {"corner_vectors", result.corner_vectors},
                 {"user_vectors", result.user_vectors},
                 {"random_vectors", result.random_vectors},
                 {"latency_declared", result.latency_declared},
                 {"latency_measured", latency(result.latency_measured)},
                 {"build_seconds", result.build_seconds},
                 {"run_seconds", result.run_seconds},
                 {"first_mismatches", first}};
    return {"rtl", "RTL, Verilator", result.vectors, result.mismatches, result.passed(), {}, std::move(details)};
}

Comparison compare_bench(const bundle::Bundle& bundle, const rtl::Files& files) {
    const BenchResult result = verify_icarus(bundle.manifest.core, files);
    Json details{
        {"simulator", "icarus"}, {"latency_measured", latency(result.latency_measured)}, {"seconds", result.seconds}};
    if (!result.passed)
        details["log"] = result.log;
    return {"bench", "RTL's test bench, Icarus", result.vectors, 0, result.passed, {}, std::move(details)};
}

Comparison compare_hls_project(const bundle::Bundle& bundle, const Request& request) {
    Comparison comparison{"hls", "HLS C++, g++", 0, 0, false, {}, Json::object()};
    const auto ap_types = find_ap_types();
    if (!std::filesystem::is_directory(bundle.directory / "hls"))
        comparison.skipped = "the bundle has no HLS project (its report.json says why)";
    else if (!ap_types)
        comparison.skipped = "ap_types' headers are not found: set GW_AP_TYPES to the folder that holds ap_fixed.h";
    if (comparison.skipped) {
        if (request.hls == Hls::required)
            throw support::user_error("no HLS comparison: " + *comparison.skipped, bundle.directory.string(),
                                      "PyPI's hls4ml has the headers; or do without --require-hls");
        return comparison;
    }
    const HlsResult result =
        verify::compare_hls(bundle.network, bundle::read_folder(bundle.directory / "hls"), bundle.manifest.core.module,
                            {request.hls_vectors, request.seed, request.user_inputs}, {*ap_types, "-O1"});
    comparison.vectors = result.vectors;
    comparison.mismatches = result.mismatches;
    comparison.passed = result.passed();
    comparison.details = {{"compile_seconds", result.compile_seconds}, {"run_seconds", result.run_seconds}};
    if (!result.first_mismatches.empty())
        comparison.details["first_mismatches"] = result.first_mismatches;
    return comparison;
}

Json to_json(const Comparison& comparison) {
    if (comparison.skipped)
        return {{"skipped", *comparison.skipped}};
    Json json{{"vectors", comparison.vectors}, {"mismatches", comparison.mismatches}, {"passed", comparison.passed}};
    json.update(comparison.details);
    return json;
}

} // namespace

bool Verification::passed() const {
    return !compared().empty() && std::all_of(comparisons.begin(), comparisons.end(), [](const Comparison& comparison) {
        return comparison.skipped || comparison.passed;
    });
}

std::vector<std::string> Verification::compared() const {
    std::vector<std::string> keys;
    for (const Comparison& comparison : comparisons)
        if (!comparison.skipped)
            keys.push_back(comparison.key);
    return keys;
}

Json to_json(const Verification& verification) {
    std::uint64_t vectors = 0, mismatches = 0;
    for (const Comparison& comparison : verification.comparisons) {
        vectors += comparison.vectors;
        mismatches += comparison.mismatches;
    }
    Json json{{"passed", verification.passed()},
              {"compared", verification.compared()},
              {"vectors", vectors},
              {"mismatches", mismatches}};
    for (const Comparison& comparison : verification.comparisons)
        json[comparison.key] = to_json(comparison);
    return json;
}

Verification verify_bundle(const bundle::Bundle& bundle, const Request& request) {
    const rtl::Files files = bundle::read_folder(bundle.directory / "rtl");
    Verification verification;
    request.on_step(fmt::format("RTL: Verilator builds and runs {} vectors", request.vectors));
    verification.comparisons.push_back(compare_rtl(bundle, files, request));
    request.on_step("RTL: Icarus runs the test bench");
    verification.comparisons.push_back(compare_bench(bundle, files));
    request.on_step(fmt::format("HLS: g++ compiles the project, which runs {} vectors", request.hls_vectors));
    verification.comparisons.push_back(compare_hls_project(bundle, request));
    return verification;
}

} // namespace gw::verify
