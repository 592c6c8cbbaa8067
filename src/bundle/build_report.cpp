#include "bundle/build_report.hpp"

#include <algorithm>

namespace gw::bundle {
namespace {

using datapath::Graph;
using datapath::NodeId;
using datapath::Pipeline;

bool is_adder(const datapath::Node& node) {
    return std::holds_alternative<datapath::Add>(node.body);
}

struct Stage {
    double delay = 0;
    std::uint64_t adders = 0, register_bits = 0;
};

/// The last stage in which each node's value is used.
std::vector<std::uint32_t> last_uses(const Graph& graph, const Pipeline& pipeline) {
    std::vector<std::uint32_t> last = pipeline.stage;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
        for (const NodeId operand : datapath::operands(graph.nodes[i].body)) {
            auto& use = last[static_cast<std::size_t>(operand)];
            use = std::max(use, pipeline.stage[i]);
        }
    for (const datapath::Output& output : graph.outputs)
        last[static_cast<std::size_t>(output.node)] = pipeline.stages;
    return last;
}

std::vector<Stage> stages_of(const Graph& graph, const Pipeline& pipeline, const plan::DelayModel& model) {
    std::vector<Stage> stages(pipeline.stages);
    std::vector<double> arrival(graph.nodes.size(), 0);
    const std::vector<std::uint32_t> last = last_uses(graph, pipeline);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const std::uint32_t stage = pipeline.stage[i];
        for (const NodeId operand : datapath::operands(graph.nodes[i].body))
            if (pipeline.stage[static_cast<std::size_t>(operand)] == stage)
                arrival[i] = std::max(arrival[i], arrival[static_cast<std::size_t>(operand)]);
        arrival[i] += datapath::delay(graph, static_cast<NodeId>(i), model);
        stages[stage].delay = std::max(stages[stage].delay, arrival[i]);
        stages[stage].adders += is_adder(graph.nodes[i]) ? 1 : 0;
        if (std::holds_alternative<datapath::Constant>(graph.nodes[i].body))
            continue;
        for (std::uint32_t rank = stage; rank < last[i]; ++rank)
            stages[rank].register_bits += static_cast<std::uint64_t>(datapath::width(graph.nodes[i].range));
    }
    for (Stage& stage : stages)
        stage.delay += model.register_overhead;
    return stages;
}

Json layers_of(const Graph& graph, const Pipeline& pipeline) {
    struct Layer {
        std::optional<std::uint32_t> first, last;
        std::uint64_t adders = 0, conversions = 0;
    };
    std::vector<Layer> layers(graph.layers.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const datapath::Node& node = graph.nodes[i];
        if (std::holds_alternative<datapath::Constant>(node.body))
            continue;
        Layer& layer = layers[node.layer];
        layer.first = std::min(layer.first.value_or(pipeline.stage[i]), pipeline.stage[i]);
        layer.last = std::max(layer.last.value_or(pipeline.stage[i]), pipeline.stage[i]);
        layer.adders += is_adder(node) ? 1 : 0;
        layer.conversions += std::holds_alternative<datapath::Convert>(node.body) ? 1 : 0;
    }
    Json json = Json::array();
    for (std::size_t i = 1; i < layers.size(); ++i)
        if (layers[i].first)
            json.push_back({{"name", graph.layers[i]},
                            {"first_stage", *layers[i].first},
                            {"last_stage", *layers[i].last},
                            {"adders", layers[i].adders},
                            {"conversions", layers[i].conversions}});
    return json;
}

} // namespace

Json core_report(const Graph& graph, const Pipeline& pipeline, const plan::DelayModel& model) {
    Json json{{"stages", Json::array()}, {"layers", layers_of(graph, pipeline)}};
    for (const Stage& stage : stages_of(graph, pipeline, model))
        json["stages"].push_back(
            {{"delay_ns", stage.delay}, {"adders", stage.adders}, {"register_bits", stage.register_bits}});
    return json;
}

} // namespace gw::bundle
