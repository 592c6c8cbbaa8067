// Two steps: as early as possible gives the fewest stages (in a circuit without loops it is exact); retiming then moves
// the cuts to where words are narrow, for that number of stages (retime.cpp).
#include "datapath/pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "datapath/retime.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

std::size_t index(NodeId id) {
    return static_cast<std::size_t>(id);
}

Picoseconds picoseconds(double ns) {
    return std::llround(ns * 1000);
}

/// The path that a stage has room for. A node that is slower alone limits the clock, and so what the others may take.
Picoseconds room(const std::vector<Picoseconds>& delays, Picoseconds wanted) {
    return delays.empty() ? wanted : std::max(wanted, *std::max_element(delays.begin(), delays.end()));
}

/// Fewest stages with paths up to `longest`.
std::uint32_t fewest_stages(const Graph& graph, const std::vector<Picoseconds>& delays, Picoseconds longest) {
    std::vector<std::uint32_t> stage(graph.nodes.size(), 0);
    std::vector<Picoseconds> end(graph.nodes.size(), 0);
    std::uint32_t last = 0;
    for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
        for (const NodeId u : operands(graph.nodes[v].body)) {
            if (stage[index(u)] > stage[v]) {
                stage[v] = stage[index(u)];
                end[v] = end[index(u)];
            } else if (stage[index(u)] == stage[v]) {
                end[v] = std::max(end[v], end[index(u)]);
            }
        }
        end[v] += delays[v];
        if (end[v] > longest) {
            ++stage[v];
            end[v] = delays[v];
        }
        last = std::max(last, stage[v]);
    }
    return last + 1;
}

/// The shortest path limit at which `stages` are enough.
Picoseconds shortest_path_limit(const Graph& graph, const std::vector<Picoseconds>& delays, std::uint32_t stages) {
    Picoseconds low = 0, high = std::accumulate(delays.begin(), delays.end(), Picoseconds{0});
    while (low < high) {
        const Picoseconds middle = (low + high) / 2;
        if (fewest_stages(graph, delays, room(delays, middle)) <= stages) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return room(delays, high);
}

/// The last stage that reads each value: `stages` for outputs, its own stage where nothing reads it.
std::vector<std::uint32_t> last_reads(const Graph& graph, const Pipeline& pipeline) {
    std::vector<std::uint32_t> last = pipeline.stage;
    for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
        for (const NodeId u : operands(graph.nodes[v].body)) {
            last[index(u)] = std::max(last[index(u)], pipeline.stage[v]);
        }
    }
    for (const Output& output : graph.outputs) {
        last[index(output.node)] = pipeline.stages;
    }
    return last;
}

} // namespace

Pipeline pipeline(const Graph& graph, const plan::Plan& plan) {
    std::vector<Picoseconds> delays;
    delays.reserve(graph.nodes.size());
    for (std::uint32_t v = 0; v < graph.nodes.size(); ++v) {
        delays.push_back(picoseconds(delay(graph, NodeId{v}, plan.delays)));
    }
    Picoseconds longest = room(delays, picoseconds(plan.clock_ns - plan.delays.register_overhead));
    std::uint32_t stages = 0;
    if (plan.stages) {
        stages = *plan.stages;
        if (stages == 0) {
            throw support::user_error("a pipeline of 0 stages", "plan: stages", "give 1 or more, or a clock alone");
        }
        longest = std::max(longest, shortest_path_limit(graph, delays, stages));
    } else {
        stages = fewest_stages(graph, delays, longest);
    }
    return retimed(graph, critical_pairs(graph, delays, longest), stages);
}

double longest_path(const Graph& graph, const Pipeline& pipeline, const plan::DelayModel& model) {
    std::vector<double> end(graph.nodes.size(), 0);
    double longest = 0;
    for (std::uint32_t v = 0; v < graph.nodes.size(); ++v) {
        for (const NodeId u : operands(graph.nodes[v].body)) {
            if (pipeline.stage[index(u)] == pipeline.stage[v]) {
                end[v] = std::max(end[v], end[index(u)]);
            }
        }
        end[v] += delay(graph, NodeId{v}, model);
        longest = std::max(longest, end[v]);
    }
    return longest;
}

std::vector<std::uint64_t> register_bits_by_node(const Graph& graph, const Pipeline& pipeline) {
    const auto last = last_reads(graph, pipeline);
    std::vector<std::uint64_t> bits(graph.nodes.size(), 0);
    for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
        if (!std::holds_alternative<Constant>(graph.nodes[v].body)) {
            bits[v] = static_cast<std::uint64_t>(width(graph.nodes[v].range)) * (last[v] - pipeline.stage[v]);
        }
    }
    return bits;
}

std::uint64_t register_bits(const Graph& graph, const Pipeline& pipeline) {
    const auto bits = register_bits_by_node(graph, pipeline);
    return std::accumulate(bits.begin(), bits.end(), std::uint64_t{0});
}

std::vector<std::string> problems(const Graph& graph, const Pipeline& pipeline) {
    std::vector<std::string> found;
    if (pipeline.stage.size() != graph.nodes.size()) {
        found.push_back(fmt::format("stages for {} nodes of {}", pipeline.stage.size(), graph.nodes.size()));
        return found;
    }
    for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
        const Node& node = graph.nodes[v];
        const std::uint32_t stage = pipeline.stage[v];
        if (stage >= pipeline.stages) {
            found.push_back(fmt::format("node {}: stage {} of {}", v, stage, pipeline.stages));
        }
        if (stage != 0 && (std::holds_alternative<Input>(node.body) || std::holds_alternative<Constant>(node.body))) {
            found.push_back(fmt::format("node {}: an input or constant in stage {}", v, stage));
        }
        for (const NodeId u : operands(node.body)) {
            if (pipeline.stage[index(u)] > stage) {
                found.push_back(fmt::format("node {}: its operand {} comes in a later stage", v, index(u)));
            }
        }
    }
    return found;
}

} // namespace gw::datapath
