#include "datapath/lower.hpp"

#include <variant>

#include "datapath/lower_ops.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

using Values = std::vector<Nodes>; ///< of each tensor

std::vector<FixedType> input_types(const network::Network& network) {
    std::vector<FixedType> types;
    for (const network::TensorId id : network.inputs) {
        const network::Tensor& tensor = network.tensor(id);
        for (std::size_t i = 0; i < tensor.size(); ++i) {
            types.push_back(tensor.type(i));
        }
    }
    return types;
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
    for (std::size_t i = 0; i < results.size(); ++i) {
        results[i] = builder.convert(results[i], tensor.type(i));
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
    Builder builder(input_types(network));
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
    return builder.finish();
}

} // namespace gw::datapath
