#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "bundle/bundle.hpp"
#include "bundle/files.hpp"
#include "cli/command.hpp"
#include "plan/part.hpp"
#include "support/error.hpp"
#include "synth/nextpnr.hpp"
#include "synth/vendor_report.hpp"
#include "synth/yosys.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::filesystem::path bundle, netlist, root;
    std::vector<std::filesystem::path> reports;
    std::string with = "yosys", family;
    std::uint32_t seeds = 5;
    std::optional<double> clock_ns;
    bool allow_dsp = false, json = false;
};

/// What the vendor's tools have reported elsewhere, in the open flow's words.
Json read_reports(const bundle::Bundle& bundle, const Options& options) {
    std::vector<synth::VendorReport> reports;
    for (const std::filesystem::path& file : options.reports)
        reports.push_back(synth::read_vendor_report(file));
    const Json json = synth::to_json(reports);
    for (const auto& [section, values] : json.items()) {
        const Json& fields = values; // clang captures no structured binding
        bundle::write_report_section(bundle.directory, section, fields);
        if (options.json)
            continue;
        const auto text = [&](const char* key) { return fields.value(key, 0.0); };
        fmt::print("{}: {}, {:g} LUT, {:g} FF, {:g} DSP, {:g} BRAM\n", section, fields.value("tool", ""), text("lut"),
                   text("ff"), text("dsp"), text("bram"));
        for (const char* key : {"median_mhz", "estimated_mhz"})
            if (fields.contains(key))
                fmt::print("  {:.1f} MHz, {:.1f} MHz wanted: {}\n", text(key), text("goal_mhz"),
                           fields.value("met", false) ? "met" : "missed");
        if (fields.contains("latency_cycles"))
            fmt::print("  latency {:g} clocks, an event every {:g}\n", text("latency_cycles"), text("interval_cycles"));
    }
    return json;
}

void print_row(const std::string& name, const synth::Resources& used) {
    fmt::print("{:<36} {:>8} {:>8} {:>7} {:>5} {:>5}\n", name, used.lut, used.ff, used.carry, used.dsp, used.bram);
}

Json run_yosys(const bundle::Bundle& bundle, const Options& options) {
    synth::SynthOptions with;
    with.family = options.family.empty() ? synth::family_of(bundle.manifest.plan.part) : options.family;
    with.dsp = options.allow_dsp ? synth::Dsp::allowed : synth::Dsp::forbidden;
    if (!options.netlist.empty())
        with.netlist = options.netlist;
    const synth::SynthResult result =
        synth::synthesise(bundle.manifest.core.module, bundle::read_folder(bundle.directory / "rtl"), with);
    if (!options.json) {
        fmt::print("{:<36} {:>8} {:>8} {:>7} {:>5} {:>5}\n", "module", "LUT", "FF", "CARRY", "DSP", "BRAM");
        for (const auto& [name, used] : result.modules)
            print_row(name, used);
        print_row("all", result.total);
        fmt::print("{}, family {}, {:.1f} s\n", result.tool, result.family, result.seconds);
    }
    Json json = synth::to_json(result);
    json["lut"] = result.total.lut;
    json["ff"] = result.total.ff;
    json["dsp"] = result.total.dsp;
    json["carry"] = result.total.carry;
    json["bram"] = result.total.bram;
    return json;
}

/// The bundle's clock; on a family that it was not cut for, as much slower as that family's adders are.
double goal_ns(const plan::Plan& plan, synth::PlaceDevice device) {
    const plan::Family family = synth::family_of(device);
    if (plan::family_of(plan.part) == family)
        return plan.clock_ns;
    return plan.clock_ns * std::max(1.0, plan::delays_of(family).adder / plan.delays.adder);
}

Json run_nextpnr(const bundle::Bundle& bundle, const Options& options) {
    synth::PlaceOptions with;
    with.seeds.clear();
    for (std::uint64_t seed = 1; seed <= options.seeds; ++seed)
        with.seeds.push_back(seed);
    if (options.with == "nextpnr-xc7z020")
        with.device = synth::PlaceDevice::xc7z020;
    if (!options.root.empty())
        with.root = options.root;
    with.goal_mhz = 1000 / options.clock_ns.value_or(goal_ns(bundle.manifest.plan, with.device));
    const synth::PlaceResult result =
        synth::place(bundle.manifest.core, bundle::read_folder(bundle.directory / "rtl"), with);
    const std::uint32_t stages = bundle.manifest.core.latency;
    const double latency_ns = stages * 1000 / result.median_mhz;
    if (!options.json)
        fmt::print("{} on {}: {:.1f} MHz placed and routed (median of {} seeds), {:.1f} MHz wanted: {}\n"
                   "{} stages take {:.1f} ns; {} LUT, {} FF, {:.1f} s\n",
                   result.tool, result.device, result.median_mhz, result.fmax_mhz.size(), result.goal_mhz,
                   result.met() ? "met" : "missed", stages, latency_ns, result.resources.lut, result.resources.ff,
                   result.seconds);
    Json json = synth::to_json(result);
    json["stages"] = stages;
    json["latency_ns"] = latency_ns;
    return json;
}

/// Options that the chosen tool would not look at are refused.
void require_used_options(const CLI::App& command, const std::string& with) {
    struct Own {
        const char* option;
        const char* of;
    };
    for (const Own& own :
         {Own{"--family", "yosys"}, Own{"--netlist", "yosys"}, Own{"--allow-dsp", "yosys"}, Own{"--root", "nextpnr"},
          Own{"--seeds", "nextpnr"}, Own{"--clock", "nextpnr"}, Own{"--reports", "reports"}})
        if (command.count(own.option) > 0 && !with.starts_with(own.of))
            throw support::user_error(std::string(own.option) + " is not for " + with.substr(0, with.find('-')), {},
                                      std::string("leave it out, or choose --with ") + own.of);
    if (with == "reports" && command.count("--reports") == 0)
        throw support::user_error("no reports are named", {}, "give --reports FILE...");
}

void run(const Options& options) {
    const bundle::Bundle bundle = bundle::open(options.bundle, bundle::Check::everything);
    Json json;
    if (options.with == "reports") {
        json = read_reports(bundle, options);
    } else {
        const bool yosys = options.with == "yosys";
        if (!options.json && ::isatty(STDERR_FILENO) == 1) // for a person who watches
            fmt::print(stderr, "  Yosys maps the core{}\n", yosys ? "" : ", then nextpnr places and routes it");
        json = yosys ? run_yosys(bundle, options) : run_nextpnr(bundle, options);
        bundle::write_report_section(bundle.directory, yosys ? "synth" : "place", json);
    }
    if (options.json)
        fmt::print("{}\n", json.dump(2));
}

} // namespace

void add_synth(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(program, "synth",
                                    "Count the core's LUTs, registers and DSPs with open tools, or place and route it",
                                    "gatewright synth model.gw --with yosys");
    command->add_option("BUNDLE", options->bundle, "A bundle that gatewright build made")->required();
    command
        ->add_option("--with", options->with,
                     "yosys (default): resources; nextpnr-ecp5, nextpnr-xc7z020: clock rate after place and route; "
                     "reports: read what the vendor's tools have reported")
        ->check(CLI::IsMember({"yosys", "nextpnr-ecp5", "nextpnr-xc7z020", "reports"}));
    command
        ->add_option("--reports", options->reports,
                     "csynth.xml of Vitis HLS, Vivado's report_utilization and report_timing_summary")
        ->check(CLI::ExistingFile);
    command->add_option("--family", options->family, "xcup, xcu, xc7 or ecp5 (default: the part's)")
        ->check(CLI::IsMember({"xcup", "xcu", "xc7", "ecp5"}));
    command->add_option("--root", options->root, "A Debian root that has nextpnr (bench/placed/run makes one)")
        ->check(CLI::ExistingDirectory);
    command->add_option("--seeds", options->seeds, "Placements by nextpnr (default 5)")->check(CLI::Range(1U, 100U));
    command
        ->add_option("--clock", options->clock_ns,
                     "Clock period in ns that nextpnr strives for (default: the bundle's, scaled to the device)")
        ->check(CLI::Range(0.5, 1000.0));
    command->add_option("--netlist", options->netlist, "Where Yosys' JSON netlist is to go");
    command->add_flag("--allow-dsp", options->allow_dsp, "Let Yosys use DSP blocks");
    command->add_flag("--json", options->json, "Print lut, ff, dsp, carry, bram as JSON");
    command->callback([options, command] {
        require_used_options(*command, options->with);
        run(*options);
    });
}

} // namespace gw::cli
