#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "bundle/bundle.hpp"
#include "bundle/files.hpp"
#include "cli/command.hpp"
#include "support/error.hpp"
#include "synth/nextpnr.hpp"
#include "synth/yosys.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::filesystem::path bundle, netlist, root;
    std::string with = "yosys", family;
    std::uint32_t seeds = 5;
    bool allow_dsp = false, json = false;
};

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

Json run_nextpnr(const bundle::Bundle& bundle, const Options& options) {
    synth::PlaceOptions with;
    with.seeds.clear();
    for (std::uint64_t seed = 1; seed <= options.seeds; ++seed)
        with.seeds.push_back(seed);
    if (options.with == "nextpnr-xc7z020")
        with.device = synth::PlaceDevice::xc7z020;
    if (!options.root.empty())
        with.root = options.root;
    const synth::PlaceResult result =
        synth::place(bundle.manifest.core, bundle::read_folder(bundle.directory / "rtl"), with);
    if (!options.json)
        fmt::print("{} on {}: {:.1f} MHz placed and routed (median of {} seeds), {} LUT, {} FF, {:.1f} s\n",
                   result.tool, result.device, result.median_mhz, result.fmax_mhz.size(), result.resources.lut,
                   result.resources.ff, result.seconds);
    return synth::to_json(result);
}

/// Options that the chosen tool would not look at are refused.
void require_used_options(const CLI::App& command, bool yosys) {
    const std::vector<std::string> of_yosys{"--family", "--netlist", "--allow-dsp"}, of_nextpnr{"--root", "--seeds"};
    for (const std::string& option : yosys ? of_nextpnr : of_yosys)
        if (command.count(option) > 0)
            throw support::user_error(option + " is not for " + (yosys ? "yosys" : "nextpnr"), {},
                                      std::string("leave it out, or choose --with ") +
                                          (yosys ? "nextpnr-..." : "yosys"));
}

void run(const Options& options) {
    const bundle::Bundle bundle = bundle::open(options.bundle, bundle::Check::everything);
    const bool yosys = options.with == "yosys";
    if (!options.json && ::isatty(STDERR_FILENO) == 1) // for a person who watches
        fmt::print(stderr, "  Yosys maps the core{}\n", yosys ? "" : ", then nextpnr places and routes it");
    const Json json = yosys ? run_yosys(bundle, options) : run_nextpnr(bundle, options);
    bundle::write_report_section(bundle.directory, yosys ? "synth" : "place", json);
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
                     "yosys (default): resources; nextpnr-ecp5, nextpnr-xc7z020: clock rate after place and route")
        ->check(CLI::IsMember({"yosys", "nextpnr-ecp5", "nextpnr-xc7z020"}));
    command->add_option("--family", options->family, "xcup, xcu, xc7 or ecp5 (default: the part's)")
        ->check(CLI::IsMember({"xcup", "xcu", "xc7", "ecp5"}));
    command->add_option("--root", options->root, "A Debian root that has nextpnr (bench/placed/run makes one)")
        ->check(CLI::ExistingDirectory);
    command->add_option("--seeds", options->seeds, "Placements by nextpnr (default 5)")->check(CLI::Range(1U, 100U));
    command->add_option("--netlist", options->netlist, "Where Yosys' JSON netlist is to go");
    command->add_flag("--allow-dsp", options->allow_dsp, "Let Yosys use DSP blocks");
    command->add_flag("--json", options->json, "Print lut, ff, dsp, carry, bram as JSON");
    command->callback([options, command] {
        require_used_options(*command, options->with == "yosys");
        run(*options);
    });
}

} // namespace gw::cli
