#include "datapath/lower.hpp"

#include <variant>

#include "datapath/lower_ops.hpp"
#include "datapath/regroup.hpp"
#include "network/elements.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

using Values = std::vector<Nodes>; ///< of each tensor

/// What added to a value makes rounding down the same as rounding to nearest; none for other roundings or where nothing
/// is rounded.
std::optional<Interval> rounding_constant(const Interval& range, const FixedType& type) {
    if (range.fraction <= type.fraction) {
        return std::nullopt;
    }
    const Int128 half = Int128{1} << (range.fraction - type.fraction - 1); // in units of the value's last bit
    switch (type.rounding) {
    case fixed::Rounding::rnd:
        return Interval::point(half, range.fraction);
    case fixed::Rounding::rnd_min_inf:
        return Interval::point(half - 1, range.fraction);
    default:
        return std::nullopt;
    }
}

/// max(x, 0) converted to `type`. Rounding to nearest keeps the order and 0, so it can come before the rectifier; there
/// it is a constant more in x, which most often is a sum with a constant already, and the rectifier gets narrower.
/// @param rectified max(x, 0), maybe limited from above as well: then it is converted as it is
NodeId rectified(Builder& builder, NodeId rectified, NodeId x, FixedType type) {
    const auto constant = rounding_constant(builder.range(x), type);
    if (!constant || rectified != builder.rectify(x)) {
        return builder.convert(rectified, type);
    }
    const NodeId raised = builder.add(x, builder.constant(constant->low, constant->fraction), 0, Add::Kind::a_plus_b);
    const NodeId floor = builder.convert(raised, {64, type.fraction, true, fixed::Rounding::trn, type.overflow});
    type.rounding = fixed::Rounding::trn;
    return builder.convert(builder.rectify(floor), type);
}

void lower_op(Builder& builder, Solver& solver, const network::Network& network, const network::Op& op,
              Values& values) {
    builder.begin_layer(op.name);
    const std::size_t first = builder.size();
    const auto output = static_cast<std::size_t>(network::output_of(op));
    OpSite site{builder, solver, network, network.tensors[output], {}};
    for (const network::TensorId id : network::inputs_of(op)) {
        site.inputs.push_back(&values[static_cast<std::size_t>(id)]);
    }
    Nodes results = std::visit([&](const auto& body) { return lower(body, site); }, op.body);
    const network::Tensor& tensor = network.tensors[output];
    const bool is_relu = std::holds_alternative<network::Relu>(op.body);
    for (std::size_t i = 0; i < results.size(); ++i) {
        results[i] = is_relu ? rectified(builder, results[i], site.x()[i], tensor.type(i))
                             : builder.convert(results[i], tensor.type(i));
    }
    for (std::size_t i = first; i < builder.size(); ++i) {
        width(builder.range(NodeId{static_cast<std::uint32_t>(i)})); // throws where it passes 64 bits
    }
    values[output] = std::move(results);
}

} // namespace

Graph lower(const network::Network& network, const plan::Plan& plan) {
    CmvmOptions options;
    options.extra_depth = plan.extra_depth;
    Solver solver(options);
    Builder builder(network::element_types(network, network.inputs));
    Values values(network.tensors.size());
    std::uint32_t next = 0;
    for (const network::TensorId id : network.inputs) {
        auto& nodes = values[static_cast<std::size_t>(id)];
        while (nodes.size() < network.tensor(id).size()) {
            nodes.push_back(builder.input(next++));
        }
    }
    for (const network::Op& op : network.ops) {
        try {
            lower_op(builder, solver, network, op, values);
        } catch (const support::Error& error) {
            if (error.kind() != support::ErrorKind::unsupported || !error.where().empty()) {
                throw;
            }
            throw support::unsupported(error.problem(), "op " + op.name, error.remedy());
        }
    }
    for (const network::TensorId id : network.outputs) {
        const network::Tensor& tensor = network.tensor(id);
        for (std::size_t i = 0; i < tensor.size(); ++i) {
            builder.output(values[static_cast<std::size_t>(id)][i], tensor.type(i));
        }
    }
    const Graph graph = builder.finish();
    return plan.chain_operands == 3 ? regrouped(graph, {plan.delays, 3, 0}) : graph;
}

} // namespace gw::datapath
