// Builder: the only way in which datapath graphs grow. Structurally equal nodes are one node; constants fold; shifts
// move outwards, so that sums and conversions of x and of 4x are the same hardware; conversions that change nothing
// vanish.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datapath/graph.hpp"

namespace gw::datapath {

class Builder {
  public:
    /// @param inputs type of each element of the concatenated network inputs; makes layer 0, "inputs"
    explicit Builder(std::vector<FixedType> inputs);

    /// Nodes made from now on belong to a new layer of this name.
    void begin_layer(std::string name);

    NodeId input(std::uint32_t index);
    /// mantissa * 2^-fraction
    NodeId constant(Int128 mantissa, std::int32_t fraction);
    /// a * 2^shift
    NodeId shift(NodeId a, std::int32_t shift);
    NodeId negate(NodeId a);
    /// a + b*2^shift, a - b*2^shift or b*2^shift - a.
    /// @param bound a range that the caller knows to hold (linear forms see cancellation, interval arithmetic does not)
    NodeId add(NodeId a, NodeId b, std::int32_t shift, Add::Kind kind, const std::optional<Interval>& bound = {});
    /// The sum of three terms, at most two of them negative. @param bound as of add
    NodeId sum3(std::array<Sum3::Term, 3> terms, const std::optional<Interval>& bound = {});
    /// Conversion; the result's fraction is at most the type's, less where the value has fewer fraction bits.
    NodeId convert(NodeId a, const FixedType& type);
    NodeId rectify(NodeId a);
    /// min(a, mantissa * 2^-fraction)
    NodeId clip(NodeId a, Int128 mantissa, std::int32_t fraction);
    // builder_choices.cpp
    NodeId multiply(NodeId a, NodeId b);
    /// 1 where a < b (a <= b), else 0
    NodeId less(NodeId a, NodeId b, bool or_equal = false);
    /// @param when a node of value 0 or 1; @param bound as for add
    NodeId choose(NodeId when, NodeId a, NodeId b, const std::optional<Interval>& bound = {});
    NodeId maximum(NodeId a, NodeId b);
    NodeId minimum(NodeId a, NodeId b);
    /// values[m - range(a).low] * 2^-fraction for a's mantissa m; as many values as the range has.
    NodeId lookup(NodeId a, std::vector<std::int64_t> values, std::int32_t fraction);

    /// By value: nodes move when the graph grows.
    Interval range(NodeId id) const { return graph_.node(id).range; }
    /// Levels of logic (adders, saturations, rectifiers) from the inputs to this node's value.
    std::uint32_t depth(NodeId id) const { return depths_[static_cast<std::size_t>(id)]; }
    /// Nodes so far; the ids are 0 ... size() - 1.
    std::size_t size() const { return graph_.nodes.size(); }

    void output(NodeId node, const FixedType& type);
    /// The graph of all nodes that an output needs, and all inputs.
    Graph finish() const;

  private:
    using Key = std::array<std::int64_t, 6>;

    /// A value as an unshifted, un-negated node and what was taken off it.
    struct Stripped {
        NodeId node;
        std::int32_t shift;
    };
    Stripped strip(NodeId id) const;
    const NodeBody& body(NodeId id) const { return graph_.node(id).body; }
    bool is_constant(NodeId id) const { return std::holds_alternative<Constant>(body(id)); }
    NodeId intern(const NodeBody& body, const Interval& range, std::uint32_t levels);
    NodeId add_stripped(NodeId a, NodeId b, std::int32_t shift, Add::Kind kind, const std::optional<Interval>& bound);

    Graph graph_;
    std::vector<std::uint32_t> depths_;
    std::map<Key, NodeId> known_;
    std::map<LookupTable, std::uint32_t> tables_;
};

/// Levels of LUTs of a table: six index bits in one, two more with each choice of four.
std::uint32_t table_levels(int index_bits);
/// Levels of adders that sum the partial products of a factor of so many bits.
std::uint32_t product_levels(int narrower_width);

/// The part of `inner` inside `outer`; both hold the value, so they meet.
Interval intersection(const Interval& outer, const Interval& inner);

/// Whether a conversion of values of `range` needs logic: an adder to round, a comparison to limit. Else it is wires.
bool rounds_up(const Interval& range, const FixedType& type);
bool limits(const Interval& range, const FixedType& type);

} // namespace gw::datapath
