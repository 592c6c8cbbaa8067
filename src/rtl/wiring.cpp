#include "rtl/wiring.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::rtl {

using datapath::Graph;
using datapath::Node;
using datapath::Pipeline;

namespace {

std::size_t index(NodeId id) {
    return static_cast<std::size_t>(id);
}

/// The operand whose net can stand for the node, because both have the same mantissa in the same number of bits; the
/// node itself if none.
NodeId same_bits(const Graph& graph, NodeId id) {
    const Node& node = graph.node(id);
    const auto as_wide = [&](NodeId a) {
        const auto& range = graph.node(a).range;
        return datapath::width(range) == datapath::width(node.range) &&
               datapath::is_signed(range) == datapath::is_signed(node.range);
    };
    if (const auto* shift = std::get_if<datapath::Shift>(&node.body)) {
        return shift->a; // the range of a shift has its operand's mantissas: checked by datapath::problems
    }
    if (const auto* rectify = std::get_if<datapath::Rectify>(&node.body)) {
        const auto& range = graph.node(rectify->a).range;
        return range.low >= 0 && range.fraction == node.range.fraction && as_wide(rectify->a) ? rectify->a : id;
    }
    if (const auto* convert = std::get_if<datapath::Convert>(&node.body)) {
        const auto& range = graph.node(convert->a).range;
        const bool same = range.fraction == node.range.fraction && convert->type.fraction >= range.fraction;
        return same && fixed::fits(range, convert->type) && as_wide(convert->a) ? convert->a : id;
    }
    return id;
}

void need(const Graph& graph, const Pipeline& pipeline, Wiring& wiring, Tap tap, std::uint32_t by_layer) {
    const Node& node = graph.node(tap.node);
    if (is_constant(node)) {
        return;
    }
    const std::size_t root = index(wiring.root[index(tap.node)]);
    if (pipeline.stage[root] > tap.stage) {
        throw support::internal_error(
            fmt::format("node {} is used in stage {} and computed in {}", root, tap.stage, pipeline.stage[root]),
            "rtl");
    }
    wiring.live[root] = true;
    wiring.last[root] = std::max(wiring.last[root], tap.stage);
    const std::uint32_t layer = graph.nodes[root].layer;
    if (layer != by_layer) {
        wiring.exports.at(layer).insert({static_cast<NodeId>(root), tap.stage});
        if (by_layer < wiring.imports.size()) {
            wiring.imports[by_layer].insert({static_cast<NodeId>(root), tap.stage});
        }
    }
}

} // namespace

bool is_constant(const Node& node) {
    return node.range.low == node.range.high;
}

Wiring wire_up(const Graph& graph, const Pipeline& pipeline) {
    const std::size_t count = graph.nodes.size();
    if (pipeline.stage.size() != count) {
        throw support::internal_error("a pipeline of another graph", "rtl");
    }
    Wiring wiring{std::vector<NodeId>(count), std::vector<bool>(count, false), std::vector<std::uint32_t>(count, 0),
                  std::vector<std::set<Tap>>(graph.layers.size()), std::vector<std::set<Tap>>(graph.layers.size())};
    for (std::size_t i = 0; i < count; ++i) {
        const NodeId id = static_cast<NodeId>(i);
        const NodeId same = same_bits(graph, id);
        wiring.root[i] = same == id ? id : wiring.root[index(same)];
    }
    const auto outside = static_cast<std::uint32_t>(graph.layers.size()); // the top module, which holds the ports
    for (const auto& output : graph.outputs) {
        need(graph, pipeline, wiring, {output.node, pipeline.stages}, outside);
    }
    for (std::size_t i = count; i-- > 0;) { // users before operands
        if (wiring.live[i]) {
            for (const NodeId operand : datapath::operands(graph.nodes[i].body)) {
                need(graph, pipeline, wiring, {operand, pipeline.stage[i]}, graph.nodes[i].layer);
            }
        }
    }
    return wiring;
}

std::string net_name(const Pipeline& pipeline, Tap tap) {
    const std::size_t i = index(tap.node);
    return tap.stage == pipeline.stage[i] ? fmt::format("n{}", i) : fmt::format("n{}_s{}", i, tap.stage);
}

Word word_of(const Graph& graph, const Pipeline& pipeline, const Wiring& wiring, Tap tap) {
    const Node& node = graph.node(tap.node);
    if (is_constant(node)) {
        return constant(node.range.low);
    }
    const NodeId root = wiring.root[index(tap.node)];
    const auto& range = graph.node(root).range;
    return net(net_name(pipeline, {root, tap.stage}), datapath::width(range), datapath::is_signed(range));
}

} // namespace gw::rtl
