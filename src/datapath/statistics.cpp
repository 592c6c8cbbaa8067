#include "datapath/statistics.hpp"

#include <algorithm>

#include "datapath/builder.hpp"
#include "datapath/cmvm_nodes.hpp"
#include "datapath/sum_tree.hpp"

namespace gw::datapath {

namespace {

// One LUT a bit of carry chain. A choice between a word and a constant is half a LUT6 a bit (two such bits share one),
// and so is a rectifier.
constexpr double lut_per_adder_bit = 1.0, lut_per_choice_bit = 0.5;
// A partial product's bit is made in the LUT of the adder that takes it. A table's output bit over k index bits is
// 2^(k-6) LUT6 and a tree of choices, which the wide multiplexers of a slice mostly hold.
constexpr double lut_per_multiplier_bit = 1.0, lut_per_table_bit = 1.0 / 64;

void count(const Graph& graph, const Node& node, LayerStatistics& layer) {
    const auto bits = static_cast<std::uint64_t>(width(node.range));
    if (std::holds_alternative<Add>(node.body) || std::holds_alternative<Sum3>(node.body) ||
        std::holds_alternative<Negate>(node.body)) {
        ++layer.adders;
        layer.adder_bits += adder_bits(graph, node);
    } else if (const auto* less = std::get_if<Less>(&node.body)) {
        ++layer.adders;
        layer.adder_bits +=
            static_cast<std::uint64_t>(width(fixed::united(graph.node(less->a).range, graph.node(less->b).range)));
    } else if (std::holds_alternative<Rectify>(node.body) || std::holds_alternative<Clip>(node.body) ||
               std::holds_alternative<Choose>(node.body)) {
        ++layer.rectifiers;
        layer.rectifier_bits += bits;
    } else if (const auto* product = std::get_if<Multiply>(&node.body)) {
        ++layer.multipliers;
        layer.multiplier_bits += static_cast<std::uint64_t>(width(graph.node(product->a).range)) *
                                 static_cast<std::uint64_t>(width(graph.node(product->b).range));
    } else if (const auto* lookup = std::get_if<Lookup>(&node.body)) {
        ++layer.tables;
        layer.table_bits += graph.tables.at(lookup->table).values.size() * bits;
    } else if (const auto* convert = std::get_if<Convert>(&node.body)) {
        const Interval& from = graph.node(convert->a).range;
        const int parts = (rounds_up(from, convert->type) ? 1 : 0) + (limits(from, convert->type) ? 1 : 0);
        if (parts != 0) {
            ++layer.conversions;
            layer.conversion_bits += bits;
            layer.lut_estimate += rounds_up(from, convert->type) ? lut_per_adder_bit * static_cast<double>(bits) : 0;
            layer.lut_estimate += limits(from, convert->type) ? lut_per_choice_bit * static_cast<double>(bits) : 0;
        }
    }
}

void add(LayerStatistics& total, const LayerStatistics& layer) {
    total.adders += layer.adders;
    total.adder_bits += layer.adder_bits;
    total.conversions += layer.conversions;
    total.conversion_bits += layer.conversion_bits;
    total.rectifiers += layer.rectifiers;
    total.rectifier_bits += layer.rectifier_bits;
    total.multipliers += layer.multipliers;
    total.multiplier_bits += layer.multiplier_bits;
    total.tables += layer.tables;
    total.table_bits += layer.table_bits;
    total.register_bits += layer.register_bits;
    total.lut_estimate += layer.lut_estimate;
}

} // namespace

std::uint64_t adder_bits(const Graph& graph, const Node& node) {
    if (const auto* sum = std::get_if<Add>(&node.body)) {
        const std::int32_t a = -graph.node(sum->a).range.fraction, b = sum->shift - graph.node(sum->b).range.fraction;
        return carry_bits(a, b, sum->kind, node.range);
    }
    if (const auto* sum = std::get_if<Sum3>(&node.body)) {
        std::vector<Addend> addends;
        for (const Sum3::Term& term : sum->terms) {
            addends.push_back({fixed::shifted(graph.node(term.node).range, term.shift), term.negative});
        }
        return static_cast<std::uint64_t>(chain_bits(addends, node.range));
    }
    return static_cast<std::uint64_t>(width(node.range));
}

Statistics statistics(const Graph& graph, const Pipeline& pipeline, const plan::Plan& plan) {
    Statistics result;
    for (const std::string& name : graph.layers) {
        result.layers.emplace_back().name = name;
    }
    for (const Node& node : graph.nodes) {
        count(graph, node, result.layers[node.layer]);
    }
    const auto bits = register_bits_by_node(graph, pipeline);
    for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
        result.layers[graph.nodes[v].layer].register_bits += bits[v];
    }
    result.total.name = "total";
    for (LayerStatistics& layer : result.layers) {
        layer.lut_estimate += lut_per_adder_bit * static_cast<double>(layer.adder_bits) +
                              lut_per_choice_bit * static_cast<double>(layer.rectifier_bits) +
                              lut_per_multiplier_bit * static_cast<double>(layer.multiplier_bits) +
                              lut_per_table_bit * static_cast<double>(layer.table_bits);
        add(result.total, layer);
    }
    result.stages = pipeline.stages;
    result.clock_ns = plan.clock_ns;
    result.path_ns = longest_path(graph, pipeline, plan.delays) + plan.delays.register_overhead;
    result.latency_ns = pipeline.stages * plan.clock_ns;
    return result;
}

} // namespace gw::datapath
