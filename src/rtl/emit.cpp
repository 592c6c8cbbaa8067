#include "rtl/emit.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rtl/adder_library.hpp"
#include "rtl/layer_module.hpp"
#include "rtl/packing.hpp"
#include "support/error.hpp"

namespace gw::rtl {

using datapath::Graph;
using datapath::Pipeline;

namespace {

std::string instance(const Design& design, std::uint32_t layer, const LayerModule& module) {
    std::vector<std::string> connections;
    if (module.clocked) {
        connections.emplace_back(".clk(clk)");
    }
    if (layer == 0) {
        connections.emplace_back(".x(x)");
    }
    for (const auto* taps : {&design.wiring.imports[layer], &design.wiring.exports[layer]}) {
        for (const Tap& tap : *taps) {
            const std::string name = net_name(design.pipeline, tap);
            connections.push_back(fmt::format(".{0}({0})", name));
        }
    }
    return fmt::format("    {} layer_{:02} (\n        {}\n    );\n", module.name, layer,
                       fmt::join(connections, ",\n        "));
}

std::string wires(const Design& design, std::uint32_t layer) {
    std::string text;
    for (const Tap& tap : design.wiring.exports[layer]) {
        const Word word = word_of(design.graph, design.pipeline, design.wiring, tap);
        text += fmt::format("    {};\n", declaration("wire", word.name, word.width, word.is_signed));
    }
    return text;
}

std::string outputs(const Design& design, const Core& core) {
    std::string text;
    for (std::size_t i = 0; i < design.graph.outputs.size(); ++i) {
        const auto& output = design.graph.outputs[i];
        if (output.type.width == 0) {
            continue;
        }
        const Word word = word_of(design.graph, design.pipeline, design.wiring, {output.node, design.pipeline.stages});
        const int moved = design.graph.node(output.node).range.fraction - output.type.fraction;
        const std::uint32_t low = core.outputs[i].offset;
        text += fmt::format("    assign y[{}:{}] = {}; // y[{}], {}\n",
                            low + static_cast<std::uint32_t>(output.type.width) - 1, low,
                            bits(moved_down(word, moved), 0, output.type.width), i, fixed::to_string(output.type));
    }
    return text;
}

} // namespace

void require_identifier(const std::string& name) {
    // IEEE 1364-2001, annex B
    static constexpr std::string_view keywords =
        " always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign "
        "default defparam design disable edge else end endcase endconfig endfunction endgenerate endmodule "
        "endprimitive endspecify endtable endtask event for force forever fork function generate genvar "
        "highz0 highz1 if ifnone incdir include initial inout input instance integer join large liblist "
        "library localparam macromodule medium module nand negedge nmos nor noshowcancelled not notif0 notif1 "
        "or output parameter pmos posedge primitive pull0 pull1 pulldown pullup pulsestyle_ondetect "
        "pulsestyle_onevent rcmos real realtime reg release repeat rnmos rpmos rtran rtranif0 rtranif1 "
        "scalared showcancelled signed small specify specparam strong0 strong1 supply0 supply1 table task "
        "time tran tranif0 tranif1 tri tri0 tri1 triand trior trireg unsigned use vectored wait wand weak0 "
        "weak1 while wire wor xnor xor ";
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto plain = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
    if (name.empty() || !letter(name.front()) || !std::all_of(name.begin(), name.end(), plain) ||
        keywords.find(' ' + name + ' ') != keywords.npos) {
        throw support::user_error(
            "'" + name + "' is no name for a hardware module", {},
            "use letters, digits and underscores, beginning with a letter, and no Verilog keyword");
    }
}

std::string identifier_part(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        result += plain ? c : '_';
    }
    return result;
}

Rtl emit(const Graph& graph, const Pipeline& pipeline, const std::string& name, double clock_ns, Adders adders) {
    require_identifier(name);
    Rtl result;
    Core& core = result.core;
    core.module = name;
    core.latency = pipeline.stages;
    core.clock_ns = clock_ns;
    core.input_bits = lay_out(core.inputs, "x", graph.inputs);
    std::vector<fixed::FixedType> output_types;
    for (const auto& output : graph.outputs) {
        output_types.push_back(output.type);
    }
    core.output_bits = lay_out(core.outputs, "y", output_types);
    if (core.input_bits == 0 || core.output_bits == 0 || core.latency == 0) {
        throw support::unsupported("a core without input bits, output bits or pipeline stages", name);
    }

    const Wiring wiring = wire_up(graph, pipeline);
    Design design{graph, pipeline, wiring, {}, core.input_bits, {}};
    if (adders == Adders::instances) {
        design.adders = {AdderStyle::Kind::instances, name};
        result.files[name + "_adders.v"] = adder_library(name);
    }
    for (const Field& field : core.inputs) {
        design.input_offset.push_back(field.offset);
    }
    std::string declarations, instances;
    for (std::uint32_t layer = 0; layer < graph.layers.size(); ++layer) {
        const LayerModule module = layer_module(design, layer, name);
        result.register_bits += module.register_bits;
        if (!module.text.empty()) {
            result.files[module.name + ".v"] = module.text;
            declarations += wires(design, layer);
            instances += instance(design, layer, module);
        }
    }
    result.files[name + ".v"] =
        fmt::format("// {0}: fully unrolled and pipelined, one new input every clock. Generated by Gatewright.\n"
                    "// y belongs to the x of {1} rising edges before ({2} ns at the planned clock of {3} ns). No "
                    "reset, no enable.\n"
                    "// verilator lint_off UNUSED\n"
                    "module {0} (\n    input wire clk,\n    input wire [{4}:0] x,\n    output wire [{5}:0] "
                    "y\n);\n{6}\n{7}\n{8}endmodule\n",
                    name, core.latency, core.latency * clock_ns, clock_ns, core.input_bits - 1, core.output_bits - 1,
                    declarations, instances, outputs(design, core));
    return result;
}

} // namespace gw::rtl
