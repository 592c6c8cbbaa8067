// What a network means, as scalar nodes straight from the definitions in network/network.hpp: nothing here knows the
// datapath compiler. Sums are linear forms; all else is a node, an exact integer function of such sums.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "formal/form.hpp"
#include "network/network.hpp"

namespace gw::formal {

using fixed::FixedType;
using fixed::Int128;
using fixed::Interval;
using NodeId = std::uint32_t;

/// form * 2^-fraction, over nodes' mantissas; form.shift() is 0 and its coefficients have no common factor 2. The
/// fraction of 0 says nothing.
struct Value {
    Form form;
    std::int32_t fraction = 0;
    bool is_zero() const { return form.is_constant() && form.constant() == 0; }
    friend auto operator<=>(const Value&, const Value&) = default;
};

/// Element `index` of the concatenated network inputs.
struct Input {
    std::uint32_t index = 0;
    friend auto operator<=>(const Input&, const Input&) = default;
};
/// fixed::cast to this type.
struct Cast {
    Value a;
    std::int32_t width = 0, fraction = 0;
    bool is_signed = false;
    fixed::Rounding rounding{};
    fixed::Overflow overflow{};
    FixedType type() const { return {width, fraction, is_signed, rounding, overflow}; }
    friend auto operator<=>(const Cast&, const Cast&) = default;
};
struct Product {
    Value a, b;
    friend auto operator<=>(const Product&, const Product&) = default;
};
/// a < b ? 1 : 0, or a <= b.
struct Less {
    Value a, b;
    bool or_equal = false;
    friend auto operator<=>(const Less&, const Less&) = default;
};
/// when is 1 ? a : b.
struct Choice {
    Value when, a, b;
    friend auto operator<=>(const Choice&, const Choice&) = default;
};
/// The greater of both, or the smaller.
struct Extreme {
    Value a, b;
    bool greater = true;
    friend auto operator<=>(const Extreme&, const Extreme&) = default;
};
/// values[how many thresholds are at most a's mantissa] * 2^-fraction.
struct Stairs {
    Value a;
    std::vector<Int128> thresholds; ///< ascending
    std::vector<std::int64_t> values;
    std::int32_t fraction = 0;
    friend auto operator<=>(const Stairs&, const Stairs&) = default;
};
/// a / (divisor * 2^-divisor_fraction) at `fraction` fraction bits, rounded down and then up to the next odd mantissa
/// where anything was dropped (emulate/exact.hpp).
struct Quotient {
    Value a;
    std::int64_t divisor = 1;
    std::int32_t divisor_fraction = 0, fraction = 0;
    friend auto operator<=>(const Quotient&, const Quotient&) = default;
};

using NodeBody = std::variant<Input, Cast, Product, Less, Choice, Extreme, Stairs, Quotient>;

struct Node {
    NodeBody body;
    Interval range; ///< of the mantissas; its fraction is the node's
};

std::vector<Value> operands(const NodeBody& body);

class Meaning {
  public:
    explicit Meaning(const network::Network& network);

    const std::vector<Node>& nodes() const { return nodes_; } ///< operands before users
    /// Elements of each tensor.
    const std::vector<std::vector<Value>>& tensors() const { return tensors_; }

    Interval range(const Form& form) const;
    /// With its own fraction.
    Interval range(const Value& value) const;

    /// The product of two forms by a node that is the product of the same forms, but for signs and powers of two.
    std::optional<Form> find_product(const Form& a, const Form& b) const;

    // How nodes are made (meaning.cpp); each may also give a plain sum where that has the same values.
    Value constant(Int128 mantissa, std::int32_t fraction) const;
    Value sum(const Value& a, const Value& b, Int128 factor = 1, std::int32_t factor_fraction = 0) const;
    Value cast(const Value& a, const FixedType& type);
    Value product(const Value& a, const Value& b);
    Value less(Value a, Value b, bool or_equal);
    Value choice(const Value& when, Value a, Value b);
    Value extreme(Value a, Value b, bool greater);
    Value stairs(const Value& a, std::vector<Int128> thresholds, std::vector<std::int64_t> values,
                 std::int32_t fraction);
    Value quotient(const Value& a, std::int64_t divisor, std::int32_t divisor_fraction, std::int32_t fraction);

  private:
    Value made(NodeBody body, const Interval& range);
    Form unwrapped(const Form& form, int bits) const;

    std::vector<Node> nodes_;
    std::map<NodeBody, NodeId> known_;
    std::map<std::pair<Form, Form>, NodeId> products_; ///< by their factors' forms
    std::vector<std::vector<Value>> tensors_;
};

using Column = std::vector<Int128>; ///< a mantissa for each event
/// Of a value at `fraction`, from the columns of the nodes.
Column column_of(const Value& value, std::int32_t fraction, std::span<const Column> nodes, std::size_t events);
/// Of a node that is no input, from the columns of the nodes that it reads.
Column evaluate(const Node& node, std::span<const Column> nodes, std::size_t events);
/// Of every node. @param events raw mantissas, one event after the other
std::vector<Column> evaluate(const Meaning& meaning, std::span<const std::int64_t> events, std::size_t count);

/// The ops (meaning_ops.cpp): elements of the output tensor after their cast.
std::vector<Value> elements_of(Meaning& meaning, const network::Network& network, const network::Op& op,
                               const std::vector<const std::vector<Value>*>& inputs);

} // namespace gw::formal
