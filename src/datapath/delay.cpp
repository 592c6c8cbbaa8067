// The linear delay model (plan/plan.hpp) on the nodes of a datapath.
#include <algorithm>
#include <variant>

#include "datapath/builder.hpp"
#include "datapath/pipeline.hpp"

namespace gw::datapath {

namespace {

struct NodeDelay {
    const Graph& graph;
    const Node& node;
    const plan::DelayModel& model;

    double carry(int bits) const { return model.adder + model.carry_per_bit * bits; }

    double operator()(const Input&) const { return 0; }
    double operator()(const Constant&) const { return 0; }
    double operator()(const Shift&) const { return 0; }
    double operator()(const Add&) const { return carry(width(node.range)); }
    // One more LUT and net, through which each bit's own carry reaches the next.
    double operator()(const Sum3&) const { return model.mux + carry(width(node.range)); }
    double operator()(const Negate&) const { return carry(width(node.range)); }
    double operator()(const Rectify&) const { return model.mux; }
    // A comparison with a constant, then the choice.
    double operator()(const Clip&) const { return carry(width(node.range)) + model.mux; }
    // Partial products of two operands' bits, then a tree of adders.
    double operator()(const Multiply& product) const {
        const int narrow = std::min(width(graph.node(product.a).range), width(graph.node(product.b).range));
        return product_levels(narrow) * carry(width(node.range));
    }
    double operator()(const Less& less) const {
        return carry(width(fixed::united(graph.node(less.a).range, graph.node(less.b).range)));
    }
    double operator()(const Choose&) const { return model.mux; }
    double operator()(const Lookup& lookup) const {
        return model.mux * table_levels(width(graph.node(lookup.a).range));
    }
    double operator()(const Convert& convert) const {
        const Interval& from = graph.node(convert.a).range;
        const double rounding = rounds_up(from, convert.type) ? carry(width(node.range)) : 0;
        // Whether a value fits shows in its top bits alone: one level to see it, one to choose.
        return rounding + (limits(from, convert.type) ? 2 * model.mux : 0);
    }
};

} // namespace

double delay(const Graph& graph, NodeId node, const plan::DelayModel& model) {
    const Node& it = graph.node(node);
    return std::visit(NodeDelay{graph, it, model}, it.body);
}

} // namespace gw::datapath
