// The datapath graph: scalar fixed-point operations in SSA form, each with the exact interval of its values. Fully
// unrolled: one node is one piece of hardware. Rules: no implicit extension (every node's width follows from its
// interval), a node's value is mantissa * 2^-range.fraction, signs live on operations, zero-width values are the
// constant 0.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "fixed/interval.hpp"
#include "fixed/type.hpp"

namespace gw::datapath {

using fixed::FixedType;
using fixed::Int128;
using fixed::Interval;

enum class NodeId : std::uint32_t {};

/// Element `index` of the concatenated network inputs.
struct Input {
    std::uint32_t index = 0;
};
/// The value range.low == range.high.
struct Constant {};
/// a + b*2^shift, a - b*2^shift or b*2^shift - a, exactly. range.fraction = max(fraction(a), fraction(b) - shift), or
/// less where the low bits are known to be zero.
struct Add {
    enum class Kind : std::uint8_t { a_plus_b, a_minus_b, b_minus_a };
    NodeId a, b;
    std::int32_t shift = 0;
    Kind kind = Kind::a_plus_b;
};
/// The sum of three terms +-node * 2^shift, exactly, of which at most two are negative: one carry chain whose LUTs add
/// three bits each. range.fraction as of Add.
struct Sum3 {
    struct Term {
        NodeId node{};
        std::int32_t shift = 0;
        bool negative = false;
        friend bool operator==(const Term&, const Term&) = default;
    };
    std::array<Term, 3> terms;
};
/// a * 2^shift: wires only, the same mantissa at another fraction.
struct Shift {
    NodeId a;
    std::int32_t shift = 0;
};
struct Negate {
    NodeId a;
};
/// Conversion to a type: rounding and overflow (fixed::cast).
struct Convert {
    NodeId a;
    FixedType type;
};
/// max(a, 0)
struct Rectify {
    NodeId a;
};
/// min(a, limit * 2^-range(a).fraction)
struct Clip {
    NodeId a;
    Int128 limit = 0;
};

/// a * b, exactly.
struct Multiply {
    NodeId a, b;
};
/// 1 where a < b (or a == b, where `or_equal`), else 0.
struct Less {
    NodeId a, b;
    bool or_equal = false;
};
/// `when` is 1 ? a : b, with the fraction bits of the finer one. The range may be narrower than that of both, as for
/// Add.
struct Choose {
    NodeId a, b, when;
};
/// Graph::tables[table] at a's mantissa.
struct Lookup {
    NodeId a;
    std::uint32_t table = 0;
};

using NodeBody =
    std::variant<Input, Constant, Add, Sum3, Shift, Negate, Convert, Rectify, Clip, Multiply, Less, Choose, Lookup>;

struct Node {
    NodeBody body;
    Interval range;
    std::uint32_t layer = 0; ///< index into Graph::layers; layer 0 is the inputs
};

/// An output element: the node and the type in which it leaves the core.
struct Output {
    NodeId node;
    FixedType type;
};

/// What Lookup reads: values[m - first] * 2^-fraction for the mantissa m. It has a value for every mantissa in its
/// reader's operand's range, and no other.
struct LookupTable {
    std::int64_t first = 0;
    std::int32_t fraction = 0;
    std::vector<std::int64_t> values;

    friend auto operator<=>(const LookupTable&, const LookupTable&) = default;
};

struct Graph {
    std::vector<std::string> layers; ///< names: "inputs", then the network's ops in order
    std::vector<FixedType> inputs;   ///< type of each input element
    std::vector<Node> nodes;         ///< operands before users
    std::vector<Output> outputs;
    std::vector<LookupTable> tables;

    const Node& node(NodeId id) const { return nodes[static_cast<std::size_t>(id)]; }
};

/// Operands of a node, zero to three.
std::vector<NodeId> operands(const NodeBody& body);

/// Bits of hardware word that holds the range (two's complement if anything is negative), 0 for the constant 0.
int width(const Interval& range);
bool is_signed(const Interval& range);

/// The outputs' raw mantissas at their types' fractions, for raw inputs: the graph's own meaning, for tests.
std::vector<std::int64_t> evaluate(const Graph& graph, std::span<const std::int64_t> inputs);

/// All that is wrong with a graph, a line each: operand order, ranges that do not hold their operation's result,
/// dangling ids.
std::vector<std::string> problems(const Graph& graph);

} // namespace gw::datapath
