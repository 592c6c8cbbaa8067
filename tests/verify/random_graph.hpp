// Random datapath graphs with random pipelines: every operation, rounding and overflow, for tests of the Verilog writer
// alone.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"
#include "support/rng.hpp"

namespace gw::test {

struct PipelinedGraph {
    datapath::Graph graph;
    datapath::Pipeline pipeline;
};

inline fixed::FixedType random_type(support::Random& random, int widest) {
    fixed::FixedType type;
    type.is_signed = random.below(2) == 0;
    type.width = static_cast<int>(random.between(1, widest));
    type.fraction = static_cast<int>(random.between(-3, widest));
    type.rounding = static_cast<fixed::Rounding>(random.below(7));
    type.overflow = static_cast<fixed::Overflow>(random.below(4));
    return type;
}

/// Of a value with few mantissas; a conversion for others.
inline datapath::Node random_lookup(datapath::Graph& graph, datapath::NodeId a, support::Random& random) {
    using namespace datapath;
    const Interval& range = graph.node(a).range;
    if (range.high - range.low > 300) {
        const FixedType type = random_type(random, 8);
        return {Convert{a, type}, fixed::cast(range, type), 0};
    }
    LookupTable table{static_cast<std::int64_t>(range.low), static_cast<std::int32_t>(random.between(-2, 6)), {}};
    for (Int128 m = range.low; m <= range.high; ++m)
        table.values.push_back(random.between(-20, 100));
    const auto [low, high] = std::minmax_element(table.values.begin(), table.values.end());
    const Interval result{*low, *high, table.fraction};
    graph.tables.push_back(table);
    return {Lookup{a, static_cast<std::uint32_t>(graph.tables.size() - 1)}, result, 0};
}

inline datapath::Node random_node(const datapath::Graph& graph, support::Random& random) {
    using namespace datapath;
    const auto any = [&] { return static_cast<NodeId>(random.below(graph.nodes.size())); };
    const NodeId a = any(), b = any(), c = any();
    const Interval ra = graph.node(a).range;
    const int shift = static_cast<int>(random.between(-4, 4));
    switch (random.below(13)) {
    case 0:
        return {Shift{a, shift}, fixed::shifted(ra, shift), 0};
    case 1:
        return {Negate{a}, -ra, 0};
    case 2:
        return {Rectify{a}, fixed::rectified(ra), 0};
    case 3: {
        const auto limit = random.between(-3, 40);
        return {Clip{a, limit}, {std::min<Int128>(ra.low, limit), std::min<Int128>(ra.high, limit), ra.fraction}, 0};
    }
    case 4: {
        const Interval rb = graph.node(b).range;
        return {Multiply{a, b}, ra * rb, 0};
    }
    case 5:
        return {Less{a, b, random.below(2) == 0}, {0, 1, 0}, 0};
    case 6: {
        std::vector<NodeId> bits;
        for (std::size_t i = 0; i < graph.nodes.size(); ++i)
            if (graph.nodes[i].range == Interval{0, 1, 0})
                bits.push_back(static_cast<NodeId>(i));
        if (bits.empty())
            return {Less{a, b, false}, {0, 1, 0}, 0};
        return {Choose{a, b, bits[random.below(bits.size())]}, fixed::united(ra, graph.node(b).range), 0};
    }
    case 7:
    case 8: {
        const FixedType type = random_type(random, 12);
        return {Convert{a, type}, fixed::cast(ra, type), 0};
    }
    case 9: {
        const std::uint64_t negatives = random.below(7); // all three at once is no node
        Sum3 sum{{{{a, shift, (negatives & 1) != 0}, {b, 0, (negatives & 2) != 0}, {c, 2, (negatives & 4) != 0}}}};
        std::optional<Interval> range;
        for (const Sum3::Term& term : sum.terms) {
            const Interval moved = fixed::shifted(graph.node(term.node).range, term.shift);
            const Interval part = term.negative ? -moved : moved;
            range = range ? *range + part : part;
        }
        return {sum, *range, 0};
    }
    default: {
        const Interval rb = fixed::shifted(graph.node(b).range, shift);
        const auto kind = static_cast<Add::Kind>(random.below(3));
        const Interval range = kind == Add::Kind::a_plus_b ? ra + rb : kind == Add::Kind::a_minus_b ? ra - rb : rb - ra;
        return {Add{a, b, shift, kind}, range, 0};
    }
    }
}

/// @param nodes to try; those that would pass 40 bits are left out
inline PipelinedGraph random_graph(std::uint64_t seed, std::size_t nodes) {
    using namespace datapath;
    support::Random random(seed);
    PipelinedGraph result;
    Graph& graph = result.graph;
    graph.layers = {"inputs", "first/layer", "second"};
    const std::size_t inputs = 1 + random.below(5);
    for (std::size_t i = 0; i < inputs; ++i) {
        graph.inputs.push_back(random_type(random, 10));
        graph.nodes.push_back({Input{static_cast<std::uint32_t>(i)}, Interval::of(graph.inputs.back()), 0});
    }
    graph.nodes.push_back({Constant{}, Interval::point(random.between(-20, 20), 2), 0});
    for (std::size_t i = 0; i < nodes; ++i) {
        Node node = random.below(8) == 0
                        ? random_lookup(graph, static_cast<NodeId>(random.below(graph.nodes.size())), random)
                        : random_node(graph, random);
        const Interval& r = node.range;
        if (std::max(fixed::magnitude_bits(r.low), fixed::magnitude_bits(r.high)) < 40 && std::abs(r.fraction) < 40) {
            node.layer = i < nodes / 2 ? 1 : 2;
            graph.nodes.push_back(node);
        }
    }
    Pipeline& pipeline = result.pipeline;
    pipeline.stages = 1 + static_cast<std::uint32_t>(random.below(6));
    for (const Node& node : graph.nodes) {
        std::uint32_t stage = 0;
        for (const NodeId operand : operands(node.body)) {
            stage = std::max(stage, pipeline.stage[static_cast<std::size_t>(operand)]);
        }
        const bool late = random.below(3) == 0 && !operands(node.body).empty();
        pipeline.stage.push_back(std::min(stage + (late ? 1 : 0), pipeline.stages - 1));
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(6, graph.nodes.size()); ++i) {
        const auto id = static_cast<NodeId>(graph.nodes.size() - 1 - i);
        FixedType type = fixed::smallest_type(graph.node(id).range);
        type.fraction += static_cast<int>(random.below(2)); // an output may have more fraction bits than its value
        type.width = std::max(type.width, 1) + 2;
        graph.outputs.push_back({id, type});
    }
    return result;
}

} // namespace gw::test
