// The ops of a network as datapath nodes: results before the conversion to the output tensor's types.
#pragma once

#include <vector>

#include "datapath/builder.hpp"
#include "datapath/constant_product.hpp"
#include "network/network.hpp"

namespace gw::datapath {

using Nodes = std::vector<NodeId>; ///< of a tensor's elements, row-major

/// Where one op's nodes go.
struct OpSite {
    Builder& builder;
    Solver& solver;
    const network::Network& network;
    const network::Tensor& out;
    std::vector<const Nodes*> inputs; ///< as in network::inputs_of

    const Nodes& x() const { return *inputs.front(); }
    NodeId zero() const { return builder.constant(0, 0); }
    /// Of the element's index, where one value stands for all, one for each index of the last axis, or one each.
    NodeId constant(const network::Constant& values, std::size_t i) const {
        return builder.constant(values.at(i), values.type.fraction);
    }
};

// lower_linear.cpp
Nodes lower(const network::Dense& op, const OpSite& site);
Nodes lower(const network::Conv& op, const OpSite& site);
Nodes lower(const network::Affine& op, const OpSite& site);
// lower_sums.cpp
Nodes lower(const network::Pool& op, const OpSite& site);
Nodes lower(const network::Reduce& op, const OpSite& site);
Nodes lower(const network::MatMul& op, const OpSite& site);
// lower_elements.cpp
Nodes lower(const network::Relu& op, const OpSite& site);
Nodes lower(const network::Select& op, const OpSite& site);
Nodes lower(const network::Merge& op, const OpSite& site);
Nodes lower(const network::Rearrange& op, const OpSite& site);
Nodes lower(const network::Requantise& op, const OpSite& site);
// lower_tables.cpp
Nodes lower(const network::Table& op, const OpSite& site);
Nodes lower(const network::Steps& op, const OpSite& site);
Nodes lower(const network::Embedding& op, const OpSite& site);
// lower_division.cpp
Nodes lower(const network::Divide& op, const OpSite& site);
/// x / divisor rounded down to an integer multiple of 2^-fraction, and 1 where anything was dropped, else 0; divisor
/// > 0.
struct Quotient {
    NodeId floor, inexact;
};
Quotient floor_quotient(Builder& builder, Solver& solver, NodeId x, std::int64_t divisor, std::int32_t fraction);

} // namespace gw::datapath
