#include "datapath/lower.hpp"

#include <variant>

#include "datapath/builder.hpp"
#include "datapath/cmvm.hpp"
#include "datapath/lower_dense.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

using Values = std::vector<std::vector<NodeId>>; ///< values[tensor][element]

/// Results of one op before the conversion to its output's type.
struct OpLowering {
    Builder& builder;
    const network::Network& network;
    const CmvmOptions& options;
    const std::vector<NodeId>& x; ///< the elements of all inputs in a row

    std::vector<NodeId> operator()(const network::Dense& op) const {
        return lower_dense(builder, network, op, x, options);
    }
    std::vector<NodeId> operator()(const network::Affine& op) const {
        return lower_affine(builder, network, op, x, options);
    }
    std::vector<NodeId> operator()(const network::Relu& op) const {
        std::vector<NodeId> results;
        for (const NodeId node : x) {
            const NodeId positive = builder.rectify(node);
            results.push_back(op.ceiling ? builder.clip(positive, op.ceiling->raw[0], op.ceiling->type.fraction)
                                         : positive);
        }
        return results;
    }
    std::vector<NodeId> operator()(const network::Requantise&) const { return x; }
    std::vector<NodeId> operator()(const network::Rearrange& op) const {
        std::vector<NodeId> results;
        for (const auto& source : op.sources) {
            results.push_back(source ? x[*source] : builder.constant(0, 0));
        }
        return results;
    }
    template <typename Other> std::vector<NodeId> operator()(const Other&) const {
        throw support::unsupported("no datapath is made of this kind of op yet", {},
                                   "use the emulator for this network");
    }
};

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

void lower_op(Builder& builder, const network::Network& network, const network::Op& op, const CmvmOptions& options,
              Values& values) {
    builder.begin_layer(op.name);
    const std::size_t first = builder.size();
    std::vector<NodeId> x;
    for (const network::TensorId input : network::inputs_of(op)) {
        const auto& elements = values[static_cast<std::size_t>(input)];
        x.insert(x.end(), elements.begin(), elements.end());
    }
    const auto output = static_cast<std::size_t>(network::output_of(op));
    std::vector<NodeId> results = std::visit(OpLowering{builder, network, options, x}, op.body);
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
    const CmvmOptions options{plan.extra_depth};
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
            lower_op(builder, network, op, options, values);
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
