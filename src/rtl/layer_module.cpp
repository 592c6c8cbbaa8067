// Written stage by stage: first what the stage computes, then the registers at its end, so that a file reads in the
// direction of time.
#include "rtl/layer_module.hpp"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rtl/emit.hpp"
#include "rtl/operation.hpp"
#include "support/error.hpp"

namespace gw::rtl {

using datapath::Node;

namespace {

std::size_t index(NodeId id) {
    return static_cast<std::size_t>(id);
}

/// A comment must stay one line of plain characters.
std::string one_line(std::string text) {
    for (char& c : text) {
        c = c < ' ' || c > '~' || c == '\\' ? '?' : c;
    }
    return text;
}

std::string range_text(const fixed::Interval& range) {
    std::string text = fmt::format("{} to {}", fixed::to_string(range.low), fixed::to_string(range.high));
    return range.fraction == 0 ? text : fmt::format("({}) * 2^{}", text, -range.fraction);
}

class Writer {
  public:
    Writer(const Design& design, std::uint32_t layer) : design_(design), layer_(layer) {}

    LayerModule write(const std::string& core_name);

  private:
    bool mine(std::size_t node) const { return design_.wiring.live[node] && design_.graph.nodes[node].layer == layer_; }
    Word word(NodeId node, std::uint32_t stage) const {
        return word_of(design_.graph, design_.pipeline, design_.wiring, {node, stage});
    }
    void compute(std::uint32_t stage);
    void node(std::size_t i);
    void registers(std::uint32_t stage);
    void assign(const Tap& tap, const std::string& value, const std::string& remark);
    std::string tables() const;
    std::string ports() const;

    const Design& design_;
    std::uint32_t layer_;
    std::string body_;
    LayerModule result_;
};

/// Combinational value of a net, which is declared here unless it is a port.
void Writer::assign(const Tap& tap, const std::string& value, const std::string& remark) {
    const Word target = word(tap.node, tap.stage);
    const bool port = design_.wiring.exports[layer_].contains(tap);
    body_ +=
        fmt::format("    {} = {}; // {}\n",
                    port ? "assign " + target.name : declaration("wire", target.name, target.width, target.is_signed),
                    value, remark);
}

void Writer::node(std::size_t i) {
    const Node& node = design_.graph.nodes[i];
    const Tap tap{static_cast<NodeId>(i), design_.pipeline.stage[i]};
    const std::string name = net_name(design_.pipeline, tap);
    const std::string type = range_text(node.range);
    if (const auto* input = std::get_if<datapath::Input>(&node.body)) {
        const auto& input_type = design_.graph.inputs.at(input->index);
        const Word all = net("x", static_cast<int>(design_.input_bits), false);
        const int offset = static_cast<int>(design_.input_offset.at(input->index));
        const int moved = input_type.fraction - node.range.fraction;
        assign(tap, bits(moved_down(all, offset + moved), 0, datapath::width(node.range)),
               fmt::format("x[{}], {}: {}", input->index, fixed::to_string(input_type), type));
        return;
    }
    std::vector<Operand> operands;
    for (const NodeId operand : datapath::operands(node.body)) {
        operands.push_back({word(operand, tap.stage), design_.graph.node(operand).range});
    }
    const Operation op = operation(node, name, operands, design_.adders);
    for (const std::string& helper : op.helpers) {
        body_ += "    " + helper + (helper.ends_with(';') ? "\n" : ";\n");
    }
    assign(tap, op.value, fmt::format("{}: {}", op.remark, type));
}

void Writer::compute(std::uint32_t stage) {
    for (std::size_t i = 0; i < design_.graph.nodes.size(); ++i) {
        if (mine(i) && design_.pipeline.stage[i] == stage) {
            node(i);
        }
    }
}

/// The registers between `stage` and the next.
void Writer::registers(std::uint32_t stage) {
    std::string declarations, loads;
    for (std::size_t i = 0; i < design_.graph.nodes.size(); ++i) {
        if (!mine(i) || design_.pipeline.stage[i] > stage || design_.wiring.last[i] <= stage) {
            continue;
        }
        const NodeId id = static_cast<NodeId>(i);
        const Word before = word(id, stage), after = word(id, stage + 1);
        if (!design_.wiring.exports[layer_].contains({id, stage + 1})) {
            declarations += fmt::format("    {};\n", declaration("reg", after.name, after.width, after.is_signed));
        }
        loads += fmt::format("        {} <= {};\n", after.name, before.name);
        result_.register_bits += static_cast<std::uint64_t>(after.width);
    }
    if (!loads.empty()) {
        body_ += declarations + "    always @(posedge clk) begin\n" + loads + "    end\n";
    }
}

/// The tables that this layer reads.
std::string Writer::tables() const {
    std::set<std::uint32_t> used;
    for (std::size_t i = 0; i < design_.graph.nodes.size(); ++i) {
        const auto* lookup = std::get_if<datapath::Lookup>(&design_.graph.nodes[i].body);
        if (lookup != nullptr && mine(i)) {
            used.insert(lookup->table);
        }
    }
    std::string text;
    for (const std::uint32_t table : used) {
        text += "\n" + table_memory(design_.graph.tables.at(table), table);
    }
    return text;
}

std::string Writer::ports() const {
    std::vector<std::string> list;
    if (result_.clocked) {
        list.push_back("    input wire clk");
    }
    if (layer_ == 0) {
        list.push_back(fmt::format("    input wire [{}:0] x", design_.input_bits - 1));
    }
    for (const Tap& tap : design_.wiring.imports[layer_]) {
        const Word port = word(tap.node, tap.stage);
        list.push_back("    " + declaration("input wire", port.name, port.width, port.is_signed));
    }
    for (const Tap& tap : design_.wiring.exports[layer_]) {
        const Word port = word(tap.node, tap.stage);
        const bool computed = tap.stage == design_.pipeline.stage[index(tap.node)];
        list.push_back("    " +
                       declaration(computed ? "output wire" : "output reg", port.name, port.width, port.is_signed));
    }
    return fmt::format("{}", fmt::join(list, ",\n"));
}

LayerModule Writer::write(const std::string& core_name) {
    const std::string& layer = design_.graph.layers.at(layer_);
    result_.name = fmt::format("{}_{:02}_{}", core_name, layer_, identifier_part(layer));
    for (std::uint32_t stage = 0; stage <= design_.pipeline.stages; ++stage) {
        const std::size_t before = body_.size();
        compute(stage);
        registers(stage);
        if (body_.size() > before) {
            body_.insert(before, fmt::format("\n    // ---- stage {}\n", stage));
        }
    }
    if (body_.empty()) {
        return std::move(result_);
    }
    body_.insert(0, tables());
    result_.clocked = result_.register_bits > 0;
    result_.text = fmt::format(
        "// Layer {} of {}: {}. Generated by Gatewright.\n"
        "// nI: value I in the stage that computes it; nI_sK: the same value, later, in stage K. The ranges are of the "
        "bits as an integer,\n// times the given power of two.\n"
        "// Not every bit of a value has a use: conversions drop some.\n// verilator lint_off UNUSED\n"
        "module {} (\n{}\n);\n{}\nendmodule\n",
        layer_, core_name, one_line(layer), result_.name, ports(), body_);
    return std::move(result_);
}

} // namespace

LayerModule layer_module(const Design& design, std::uint32_t layer, const std::string& core_name) {
    return Writer(design, layer).write(core_name);
}

} // namespace gw::rtl
