// Ops that take their tensors element by element, without a table.
#include "datapath/lower_ops.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

NodeId merged(Builder& builder, network::Merge::Kind kind, NodeId a, NodeId b) {
    switch (kind) {
    case network::Merge::Kind::sum:
        return builder.add(a, b, 0, Add::Kind::a_plus_b);
    case network::Merge::Kind::difference:
        return builder.add(a, b, 0, Add::Kind::a_minus_b);
    case network::Merge::Kind::product:
        return builder.multiply(a, b);
    case network::Merge::Kind::maximum:
        return builder.maximum(a, b);
    case network::Merge::Kind::minimum:
        return builder.minimum(a, b);
    }
    throw support::internal_error("a merge of no kind");
}

} // namespace

Nodes lower(const network::Relu& op, const OpSite& site) {
    Nodes results;
    for (const NodeId node : site.x()) {
        const NodeId positive = site.builder.rectify(node);
        results.push_back(op.ceiling ? site.builder.clip(positive, op.ceiling->raw[0], op.ceiling->type.fraction)
                                     : positive);
    }
    return results;
}

Nodes lower(const network::Select& op, const OpSite& site) {
    Nodes results;
    for (std::size_t i = 0; i < site.x().size(); ++i) {
        const NodeId threshold = site.constant(op.threshold, i);
        // x > t is t < x, and x >= t is t <= x
        const NodeId when = site.builder.less(threshold, site.x()[i], op.closed);
        results.push_back(site.builder.choose(when, (*site.inputs[1])[i], (*site.inputs[2])[i]));
    }
    return results;
}

Nodes lower(const network::Merge& op, const OpSite& site) {
    Nodes results = site.x();
    for (std::size_t k = 1; k < site.inputs.size(); ++k)
        for (std::size_t i = 0; i < results.size(); ++i)
            results[i] = merged(site.builder, op.kind, results[i], (*site.inputs[k])[i]);
    return results;
}

Nodes lower(const network::Rearrange& op, const OpSite& site) {
    Nodes all, results;
    for (const Nodes* part : site.inputs)
        all.insert(all.end(), part->begin(), part->end());
    for (const auto& source : op.sources)
        results.push_back(source ? all[*source] : site.zero());
    return results;
}

Nodes lower(const network::Requantise&, const OpSite& site) {
    return site.x();
}

} // namespace gw::datapath
