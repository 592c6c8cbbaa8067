// Adders first become $alu cells, one each (rtl/adder_map.hpp says why). Yosys can end with code 0 and no result, so
// the statistics file is what counts.
#include "synth/yosys.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plan/part.hpp"
#include "rtl/adder_map.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "verify/scratch.hpp"

namespace gw::synth {

namespace {

struct Kind {
    std::string_view prefix;
    std::uint64_t Resources::*count;
};
/// Cell types by the beginning of their names, longer ones first where one begins another.
constexpr std::array<Kind, 21> kinds{
    {{"LUT", &Resources::lut},       {"INV", &Resources::lut},      {"SRL", &Resources::srl},
     {"RAM32", &Resources::lut},     {"RAM64", &Resources::lut},    {"FDRE", &Resources::ff},
     {"FDSE", &Resources::ff},       {"FDCE", &Resources::ff},      {"FDPE", &Resources::ff},
     {"TRELLIS_FF", &Resources::ff}, {"CARRY4", &Resources::carry}, {"CARRY8", &Resources::carry},
     {"CCU2C", &Resources::carry},   {"MUXF", &Resources::muxf},    {"PFUMX", &Resources::muxf},
     {"L6MUX21", &Resources::muxf},  {"DSP48", &Resources::dsp},    {"MULT18X18D", &Resources::dsp},
     {"RAMB", &Resources::bram},     {"URAM", &Resources::bram},    {"DP16KD", &Resources::bram}}};

void count(Resources& resources, const std::string& type, std::uint64_t cells) {
    for (const Kind& kind : kinds) {
        if (type.starts_with(kind.prefix)) {
            resources.*kind.count += cells;
            if (kind.count == &Resources::srl) {
                resources.lut += cells;
            }
            return;
        }
    }
    if (type == "IBUF" || type == "OBUF" || type == "BUFG" || type == "TRELLIS_IO") {
        return; // pads and clock trees are not counted
    }
    throw support::internal_error("Yosys used a cell that is not counted: " + type, "synth/yosys.cpp");
}

std::string script_for(const std::string& top, const std::vector<std::string>& sources, const SynthOptions& options) {
    const bool ecp5 = options.family == "ecp5";
    if (!ecp5 && options.family != "xcup" && options.family != "xcu" && options.family != "xc7") {
        throw support::user_error("no synthesis for device family " + options.family, {},
                                  "choose xcup, xcu, xc7 or ecp5");
    }
    std::string synth = ecp5 ? "synth_ecp5" : "synth_xilinx -family " + options.family;
    if (!ecp5) {
        // With pads it is for place and route, whose open tools place no shift registers in LUTs.
        synth += options.ports == Ports::pads ? " -nosrl" : " -noiopad -noclkbuf";
    }
    if (options.dsp == Dsp::forbidden) {
        synth += " -nodsp";
    }
    if (options.flatten && !ecp5) {
        synth += " -flatten";
    } else if (!options.flatten && ecp5) {
        synth += " -noflatten";
    }
    // Adders in primitives where the core has instances of them (rtl/adder_library.hpp). Their cells are known only to
    // synth_xilinx, which checks the hierarchy itself.
    const bool ultrascale = options.family == "xcup" || options.family == "xcu";
    std::string script =
        fmt::format("read_verilog {}{}\nhierarchy {}-top {}\n", ultrascale ? "-DGATEWRIGHT_ULTRASCALE " : "",
                    fmt::join(sources, " "), ultrascale ? "" : "-check ", top);
    if (std::any_of(sources.begin(), sources.end(), [](const auto& name) { return name.ends_with("_adders.v"); })) {
        script += "flatten t:$paramod*\n"; // each adder belongs to the layer that instantiates it
    }
    if (options.flatten) {
        script += "proc\nflatten\n";
    }
    script +=
        fmt::format("proc\nopt -full\nwreduce\ntechmap -map one_alu_per_adder.v\nopt_clean\n{} -top {}\n", synth, top);
    script += "tee -q -o stat.json stat -json\n";
    return options.netlist ? script + "write_json netlist.json\n" : script;
}

/// Adds `instances` times what one module holds, and its children, to the table and the total.
void add_module(const nlohmann::json& modules, const std::string& name, std::uint64_t instances, SynthResult& result) {
    for (const auto& [type, cells] : modules.at("\\" + name).at("num_cells_by_type").items()) {
        const auto number = cells.get<std::uint64_t>() * instances;
        const std::string plain = type.starts_with('\\') ? type.substr(1) : type;
        if (modules.contains("\\" + plain)) {
            add_module(modules, plain, number, result);
        } else {
            count(result.modules[name], plain, number);
            count(result.total, plain, number);
        }
    }
    result.modules.try_emplace(name);
}

} // namespace

Resources& Resources::operator+=(const Resources& other) {
    lut += other.lut;
    srl += other.srl;
    ff += other.ff;
    carry += other.carry;
    muxf += other.muxf;
    dsp += other.dsp;
    bram += other.bram;
    return *this;
}

std::string family_of(const std::string& part) {
    if (const auto family = plan::family_of(part)) {
        switch (*family) {
        case plan::Family::ultrascale_plus:
            return "xcup";
        case plan::Family::ultrascale:
            return "xcu";
        case plan::Family::series7:
            return "xc7";
        case plan::Family::ecp5:
            return "ecp5";
        }
    }
    throw support::user_error("the family of the part '" + part + "' is not known", "",
                              "name it: --family xcup, xcu, xc7 or ecp5");
}

SynthResult synthesise(const std::string& top, const rtl::Files& files, const SynthOptions& options) {
    const verify::Scratch scratch;
    std::vector<std::string> sources;
    for (const auto& [name, text] : files) {
        if (name.ends_with(".v") && !name.ends_with("_tb.v")) {
            support::write_file(scratch.path() / name, text);
            sources.push_back(name);
        }
    }
    SynthResult result;
    result.family = options.family;
    result.script = script_for(top, sources, options);
    support::write_file(scratch.path() / "one_alu_per_adder.v", rtl::adder_map);
    support::write_file(scratch.path() / "synth.ys", result.script);
    support::ProcessOptions process;
    process.directory = scratch.path();
    const auto run = support::run_process({"yosys", "-q", "-s", "synth.ys"}, process);
    result.seconds = run.seconds;

    const auto statistics = scratch.path() / "stat.json";
    if (!std::filesystem::exists(statistics)) {
        throw support::internal_error("yosys ended without a result: " + run.output, top);
    }
    const auto report = nlohmann::json::parse(support::read_file(statistics), nullptr, false);
    if (report.is_discarded() || !report.contains("modules") || !report["modules"].contains("\\" + top)) {
        throw support::internal_error("yosys wrote statistics that cannot be read", top);
    }
    result.tool = report.value("creator", "yosys");
    add_module(report["modules"], top, 1, result);
    if (options.netlist) {
        support::write_file(*options.netlist, support::read_file(scratch.path() / "netlist.json"));
    }
    return result;
}

nlohmann::ordered_json to_json(const Resources& r) {
    return {{"lut", r.lut},   {"srl", r.srl}, {"ff", r.ff},    {"carry", r.carry},
            {"muxf", r.muxf}, {"dsp", r.dsp}, {"bram", r.bram}};
}

nlohmann::ordered_json to_json(const SynthResult& result) {
    nlohmann::ordered_json json = to_json(result.total);
    json["tool"] = result.tool;
    json["family"] = result.family;
    json["seconds"] = result.seconds;
    json["script"] = result.script;
    for (const auto& [name, resources] : result.modules) {
        json["modules"][name] = to_json(resources);
    }
    return json;
}

} // namespace gw::synth
