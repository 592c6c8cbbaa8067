// The meaning on numbers: a column has a node's mantissa for each of many events.
#include <algorithm>

#include "formal/meaning.hpp"
#include "support/error.hpp"

namespace gw::formal {
namespace {

/// One node, its operands' mantissas given in their order, aligned where the node compares or chooses.
struct Evaluator {
    std::span<const Int128> at;

    Int128 operator()(const Input& /*n*/) const { throw support::internal_error("an input has no operands", "formal"); }
    Int128 operator()(const Cast& n) const { return fixed::cast(at[0], n.a.fraction, n.type()); }
    Int128 operator()(const Product& /*n*/) const { return at[0] * at[1]; }
    Int128 operator()(const Less& n) const { return (n.or_equal ? at[0] <= at[1] : at[0] < at[1]) ? 1 : 0; }
    Int128 operator()(const Choice& /*n*/) const { return at[0] != 0 ? at[1] : at[2]; }
    Int128 operator()(const Extreme& n) const { return n.greater ? std::max(at[0], at[1]) : std::min(at[0], at[1]); }
    Int128 operator()(const Stairs& n) const {
        const auto passed = std::upper_bound(n.thresholds.begin(), n.thresholds.end(), at[0]);
        return n.values[static_cast<std::size_t>(passed - n.thresholds.begin())];
    }
    Int128 operator()(const Quotient& n) const {
        return fixed::divided(Interval::point(at[0], n.a.fraction), n.divisor, n.divisor_fraction, n.fraction).low;
    }
};

/// The fraction bits at which operand `index` is wanted.
std::int32_t alignment(const NodeBody& body, std::size_t index, const Value& operand) {
    if (const auto* choice = std::get_if<Choice>(&body))
        return index == 0 ? operand.fraction : std::max(choice->a.fraction, choice->b.fraction);
    if (const auto* less = std::get_if<Less>(&body))
        return std::max(less->a.fraction, less->b.fraction);
    if (const auto* extreme = std::get_if<Extreme>(&body))
        return std::max(extreme->a.fraction, extreme->b.fraction);
    return operand.fraction;
}

} // namespace

Column column_of(const Value& value, std::int32_t fraction, std::span<const Column> nodes, std::size_t events) {
    if (value.is_zero())
        return Column(events, 0);
    if (fraction < value.fraction)
        throw support::internal_error("a value at fewer fraction bits than it has", "formal");
    Column column(events, value.form.constant());
    for (const auto& [atom, coefficient] : value.form.terms())
        for (std::size_t i = 0; i < events; ++i)
            column[i] += nodes[atom.index][i] * coefficient;
    for (Int128& mantissa : column)
        mantissa *= Int128{1} << (fraction - value.fraction);
    return column;
}

Column evaluate(const Node& node, std::span<const Column> nodes, std::size_t events) {
    std::vector<Column> from;
    const std::vector<Value> values = operands(node.body);
    for (std::size_t k = 0; k < values.size(); ++k)
        from.push_back(column_of(values[k], alignment(node.body, k, values[k]), nodes, events));
    std::vector<Int128> at(from.size());
    Column column;
    for (std::size_t i = 0; i < events; ++i) {
        for (std::size_t k = 0; k < from.size(); ++k)
            at[k] = from[k][i];
        column.push_back(std::visit(Evaluator{at}, node.body));
    }
    return column;
}

std::vector<Column> evaluate(const Meaning& meaning, std::span<const std::int64_t> events, std::size_t count) {
    const std::size_t inputs = count == 0 ? 0 : events.size() / count;
    std::vector<Column> columns;
    for (const Node& node : meaning.nodes()) {
        Column column;
        if (const auto* input = std::get_if<Input>(&node.body))
            for (std::size_t i = 0; i < count; ++i)
                column.push_back(events[i * inputs + input->index]);
        else
            column = evaluate(node, columns, count);
        columns.push_back(std::move(column));
    }
    return columns;
}

} // namespace gw::formal
