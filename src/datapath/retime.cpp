// Minimum-area retiming (C. E. Leiserson, J. B. Saxe, Retiming synchronous circuitry, Algorithmica 6, 1991, section 8)
// of a circuit without loops whose number of stages is given. Let s(v) be the stage of node v and m(v) the last stage
// that reads its value. Then
//
//   minimise   sum width(v) * (m(v) - s(v))
//   such that  s(v) >= s(u) for u an operand of v,   s(v) >= s(u) + 1 for critical pairs,
//              m(u) >= s(v) for v a user of u,       m(u) >= stages for outputs,   0 = s(input) <= s(v) <= stages - 1.
//
// m(v) is Leiserson and Saxe's mirror node: a value with several users is delayed by one chain of registers. All
// constraints are differences, so the dual is a flow of least cost, the stages are its node potentials and integers by
// themselves.
#include "datapath/retime.hpp"

#include <algorithm>

#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

#include "support/error.hpp"

namespace gw::datapath {

namespace {

std::size_t index(NodeId id) {
    return static_cast<std::size_t>(id);
}

bool is_constant(const Node& node) {
    return std::holds_alternative<Constant>(node.body);
}
bool is_input(const Node& node) {
    return std::holds_alternative<Input>(node.body);
}

/// Users of each node, in order; constants have none that matter.
std::vector<std::vector<std::uint32_t>> users_of(const Graph& graph) {
    std::vector<std::vector<std::uint32_t>> users(graph.nodes.size());
    for (std::uint32_t v = 0; v < graph.nodes.size(); ++v) {
        for (const NodeId u : operands(graph.nodes[v].body)) {
            auto& list = users[index(u)];
            if (!is_constant(graph.node(u)) && (list.empty() || list.back() != v)) {
                list.push_back(v);
            }
        }
    }
    return users;
}

/// The difference constraints and the cost, as a flow network.
class Stages {
  public:
    explicit Stages(const Graph& graph, std::uint32_t stages) : graph_(graph), stages_(stages), root_(flow_.addNode()) {
        for (const Node& node : graph.nodes) {
            variables_.push_back(is_input(node) || is_constant(node) ? root_ : flow_.addNode());
        }
    }

    void constrain(const std::vector<CriticalPair>& pairs) {
        for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
            if (variables_[v] == root_) {
                continue;
            }
            at_least(variables_[v], root_, 0);
            at_least(root_, variables_[v], 1 - static_cast<std::int64_t>(stages_));
            for (const NodeId u : operands(graph_.nodes[v].body)) {
                if (variables_[index(u)] != root_) {
                    at_least(variables_[v], variables_[index(u)], 0);
                }
            }
        }
        for (const CriticalPair& pair : pairs) {
            at_least(variables_[index(pair.to)], variables_[index(pair.from)], 1);
        }
    }

    void count_registers() {
        std::vector<bool> is_output(graph_.nodes.size(), false);
        for (const Output& output : graph_.outputs) {
            is_output[index(output.node)] = true;
        }
        const auto users = users_of(graph_);
        for (std::size_t u = 0; u < graph_.nodes.size(); ++u) {
            if (is_constant(graph_.nodes[u]) || (users[u].empty() && !is_output[u])) {
                continue;
            }
            const auto mirror = flow_.addNode();
            for (const std::uint32_t v : users[u]) {
                at_least(mirror, variables_[v], 0);
            }
            if (is_output[u]) {
                at_least(mirror, root_, stages_);
            }
            costs_.push_back({mirror, variables_[u], width(graph_.nodes[u].range)});
        }
    }

    std::vector<std::uint32_t> solve() {
        if (bounds_.empty()) {
            return std::vector<std::uint32_t>(variables_.size(), 0); // constants only
        }
        lemon::SmartDigraph::NodeMap<std::int64_t> supply(flow_, 0);
        for (const Cost& cost : costs_) {
            supply[cost.from] += cost.bits; // flow runs from the later variable of the cost ...
            supply[cost.to] -= cost.bits;
        }
        lemon::SmartDigraph::ArcMap<std::int64_t> length(flow_);
        for (std::size_t k = 0; k < bounds_.size(); ++k) {
            length[lemon::SmartDigraph::arcFromId(static_cast<int>(k))] = -bounds_[k];
        }
        lemon::NetworkSimplex<lemon::SmartDigraph, std::int64_t, std::int64_t> simplex(flow_);
        simplex.costMap(length).supplyMap(supply);
        if (simplex.run() != simplex.OPTIMAL) {
            throw support::internal_error("no stages satisfy the constraints of the pipeline");
        }
        // ... along arcs against which potentials differ by at least the bound.
        std::vector<std::uint32_t> stages;
        for (const auto variable : variables_) {
            stages.push_back(static_cast<std::uint32_t>(simplex.potential(variable) - simplex.potential(root_)));
        }
        return stages;
    }

  private:
    using FlowNode = lemon::SmartDigraph::Node;
    struct Cost {
        FlowNode from, to;
        std::int64_t bits;
    };

    /// later - earlier >= bound
    void at_least(FlowNode later, FlowNode earlier, std::int64_t bound) {
        flow_.addArc(later, earlier);
        bounds_.push_back(bound);
    }

    const Graph& graph_;
    std::uint32_t stages_;
    lemon::SmartDigraph flow_;
    FlowNode root_;
    std::vector<FlowNode> variables_; ///< of each graph node's stage
    std::vector<std::int64_t> bounds_;
    std::vector<Cost> costs_;
};

/// Paths that begin at one node: how far each node in reach ends, while that fits into a stage, and the first nodes
/// where it does not.
struct Cone {
    std::vector<std::pair<std::uint32_t, Picoseconds>> inside;
    std::vector<std::uint32_t> beyond;
};

} // namespace

std::vector<CriticalPair> critical_pairs(const Graph& graph, const std::vector<Picoseconds>& delays,
                                         Picoseconds longest) {
    // From outputs to inputs: the cone of u is that of its users, u's own delay later. What lies beyond for a user
    // already is implied.
    const auto users = users_of(graph);
    std::vector<Cone> cones(graph.nodes.size());
    std::vector<std::size_t> waiting(graph.nodes.size());
    for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
        for (const NodeId u : operands(graph.nodes[v].body)) {
            waiting[v] += is_constant(graph.node(u)) ? 0 : 1;
        }
    }
    constexpr Picoseconds out = -1, unseen = -2; // besides path ends, which are >= 0
    std::vector<Picoseconds> end(graph.nodes.size(), unseen);
    std::vector<CriticalPair> pairs;
    for (std::uint32_t u = static_cast<std::uint32_t>(graph.nodes.size()); u-- > 0;) {
        std::vector<std::uint32_t> seen;
        auto see = [&](std::uint32_t v, Picoseconds value) {
            if (end[v] == unseen) {
                seen.push_back(v);
            }
            end[v] = value;
        };
        for (const std::uint32_t user : users[u]) {
            for (const std::uint32_t v : cones[user].beyond) {
                see(v, out);
            }
        }
        for (const std::uint32_t user : users[u]) {
            for (const auto& [v, until] : cones[user].inside) {
                if (end[v] != out) {
                    see(v, std::max(end[v], until + delays[u]));
                }
            }
        }
        std::sort(seen.begin(), seen.end());
        Cone cone;
        cone.inside.emplace_back(u, delays[u]);
        for (const std::uint32_t v : seen) {
            if (end[v] > longest) {
                pairs.push_back({NodeId{u}, NodeId{v}});
                cone.beyond.push_back(v);
            } else if (end[v] != out) {
                cone.inside.emplace_back(v, end[v]);
            }
            end[v] = unseen;
        }
        for (const std::uint32_t user : users[u]) {
            const auto& uses = operands(graph.nodes[user].body);
            waiting[user] -= static_cast<std::size_t>(std::count(uses.begin(), uses.end(), NodeId{u}));
            if (waiting[user] == 0) {
                cones[user] = {};
            }
        }
        cones[u] = std::move(cone);
    }
    return pairs;
}

Pipeline retimed(const Graph& graph, const std::vector<CriticalPair>& pairs, std::uint32_t stages) {
    Stages program(graph, stages);
    program.constrain(pairs);
    program.count_registers();
    return {program.solve(), stages};
}

} // namespace gw::datapath
