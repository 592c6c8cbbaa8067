// Graphs small enough to count their cells by hand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datapath/builder.hpp"
#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"
#include "estimate/cells.hpp"

namespace gw::test {

/// One layer of logic behind inputs, and the stage of each of its nodes.
class SmallGraph {
  public:
    explicit SmallGraph(std::vector<fixed::FixedType> inputs) {
        graph.layers = {"inputs", "logic"};
        graph.inputs = std::move(inputs);
        for (std::uint32_t i = 0; i < graph.inputs.size(); ++i)
            add(datapath::Input{i}, fixed::Interval::of(graph.inputs[i]), 0, 0);
    }

    datapath::NodeId add(datapath::NodeBody body, const fixed::Interval& range, std::uint32_t stage = 0,
                         std::uint32_t layer = 1) {
        graph.nodes.push_back({body, range, layer});
        pipeline.stage.push_back(stage);
        return static_cast<datapath::NodeId>(graph.nodes.size() - 1);
    }
    const fixed::Interval& range(datapath::NodeId id) const { return graph.node(id).range; }
    void output(datapath::NodeId id) { graph.outputs.push_back({id, fixed::smallest_type(range(id))}); }

    estimate::Cells cells(std::uint32_t stages, estimate::Adders adders = estimate::Adders::expressions) {
        pipeline.stages = stages;
        estimate::Cells total;
        for (const auto& layer : estimate::cells_by_layer(graph, pipeline, adders))
            total += layer;
        return total;
    }

    datapath::Graph graph;
    datapath::Pipeline pipeline;
};

inline std::uint64_t luts(const estimate::Cells& cells) {
    std::uint64_t total = cells.srl;
    for (const std::uint64_t count : cells.luts)
        total += count;
    return total;
}

} // namespace gw::test
