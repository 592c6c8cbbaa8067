// Sums and extremes of values that all vary: pools, reductions, products of two tensors.
//
// An exact sum is a balanced tree of adders. With an accumulator the running sum is converted after each term, as the
// definition says.
#include <algorithm>
#include <bit>
#include <span>

#include "datapath/lower_ops.hpp"
#include "network/window.hpp"

namespace gw::datapath {

namespace {

class Sums {
  public:
    Sums(Builder& builder, const network::Accumulator& accumulator) : builder_(builder), accumulator_(accumulator) {}

    NodeId in_order(std::span<const NodeId> terms) const {
        if (!accumulator_.type)
            return balanced(terms);
        if (order_is_hidden(terms)) {
            std::vector<NodeId> rounded;
            for (const NodeId term : terms)
                rounded.push_back(builder_.convert(term, rounding_alone()));
            return kept(balanced(rounded));
        }
        NodeId total = kept(builder_.constant(0, 0));
        for (const NodeId term : terms)
            total = kept(sum(total, entering(term)));
        return total;
    }

    /// The first 2^k < n terms and the rest, each alike.
    NodeId in_a_tree(std::span<const NodeId> terms) const {
        if (terms.size() == 1)
            return entering(terms.front());
        const std::size_t half = std::bit_floor(terms.size() - 1);
        return kept(sum(in_a_tree(terms.first(half)), in_a_tree(terms.subspan(half))));
    }

  private:
    bool converts_terms() const { return accumulator_.products == network::Accumulator::Products::converted; }
    /// Whether terms rounded each alone, and a sum cut once, give the same (constant_product.cpp says why).
    bool order_is_hidden(std::span<const NodeId> terms) const {
        const FixedType& type = *accumulator_.type;
        const bool on_grid = std::all_of(terms.begin(), terms.end(),
                                         [&](NodeId term) { return builder_.range(term).fraction <= type.fraction; });
        return type.overflow == fixed::Overflow::wrap &&
               (converts_terms() || on_grid || shifts_with_step(type.rounding));
    }
    FixedType rounding_alone() const {
        FixedType type = *accumulator_.type;
        return converts_terms() ? type : FixedType{64, type.fraction, true, type.rounding, fixed::Overflow::wrap};
    }
    NodeId sum(NodeId a, NodeId b) const { return builder_.add(a, b, 0, Add::Kind::a_plus_b); }
    NodeId kept(NodeId value) const { return accumulator_.type ? builder_.convert(value, *accumulator_.type) : value; }
    NodeId entering(NodeId term) const { return converts_terms() ? kept(term) : term; }
    NodeId balanced(std::span<const NodeId> terms) const {
        if (terms.empty())
            return builder_.constant(0, 0);
        if (terms.size() == 1)
            return terms.front();
        return sum(balanced(terms.first(terms.size() / 2)), balanced(terms.subspan(terms.size() / 2)));
    }

    Builder& builder_;
    const network::Accumulator& accumulator_;
};

NodeId extreme(Builder& builder, std::span<const NodeId> terms, bool maximum) {
    if (terms.size() == 1)
        return terms.front();
    const NodeId a = extreme(builder, terms.first(terms.size() / 2), maximum);
    const NodeId b = extreme(builder, terms.subspan(terms.size() / 2), maximum);
    return maximum ? builder.maximum(a, b) : builder.minimum(a, b);
}

} // namespace

Nodes lower(const network::Pool& op, const OpSite& site) {
    const network::Shape& in = site.network.tensor(op.input).shape;
    const network::Shape from = network::spatial(in), to = network::spatial(site.out.shape);
    const std::size_t channels = in.back();
    Nodes results;
    for (std::size_t i = 0; i < site.out.size(); ++i) {
        Nodes terms;
        for (const auto& tap : network::seen(op.window, from, to, i / channels)) {
            if (tap)
                terms.push_back(site.x()[*tap * channels + i % channels]);
            else if (op.padding)
                terms.push_back(site.constant(*op.padding, 0));
        }
        if (op.kind == network::Pool::Kind::sum)
            results.push_back(Sums(site.builder, op.accumulator).in_order(terms));
        else
            results.push_back(terms.empty() ? site.zero() : extreme(site.builder, terms, true));
    }
    return results;
}

Nodes lower(const network::Reduce& op, const OpSite& site) {
    const std::size_t count = site.network.tensor(op.input).shape.back();
    const Sums sums(site.builder, op.accumulator);
    Nodes results;
    for (std::size_t first = 0; first < site.x().size(); first += count) {
        const auto terms = std::span(site.x()).subspan(first, count);
        if (op.kind != network::Reduce::Kind::sum)
            results.push_back(extreme(site.builder, terms, op.kind == network::Reduce::Kind::maximum));
        else
            results.push_back(op.order == network::Reduce::Order::tree ? sums.in_a_tree(terms) : sums.in_order(terms));
    }
    return results;
}

Nodes lower(const network::MatMul& op, const OpSite& site) {
    const network::Shape& left = site.network.tensor(op.left).shape;
    const std::size_t rows = left[1], inner = left[2], columns = site.network.tensor(op.right).shape[2];
    const Sums sums(site.builder, op.accumulator);
    Nodes results;
    for (std::size_t row = 0; row < left[0] * rows; ++row)
        for (std::size_t n = 0; n < columns; ++n) {
            Nodes terms;
            for (std::size_t k = 0; k < inner; ++k)
                terms.push_back(site.builder.multiply((*site.inputs[0])[row * inner + k],
                                                      (*site.inputs[1])[(row / rows * inner + k) * columns + n]));
            results.push_back(sums.in_order(terms));
        }
    return results;
}

} // namespace gw::datapath
