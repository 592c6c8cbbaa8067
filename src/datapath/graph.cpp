#include "datapath/graph.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::datapath {

namespace {

template <class... Cases> struct Overloaded : Cases... { using Cases::operator()...; };
template <class... Cases> Overloaded(Cases...) -> Overloaded<Cases...>;

Interval range_of(const LookupTable& table) {
    const auto [low, high] = std::minmax_element(table.values.begin(), table.values.end());
    return {*low, *high, table.fraction};
}

/// The operation on exact intervals; what problems() compares a node's range with.
Interval result_range(const Graph& graph, const Node& node) {
    auto range = [&](NodeId id) -> const Interval& { return graph.node(id).range; };
    return std::visit(Overloaded{
                          [&](const Input& input) { return Interval::of(graph.inputs.at(input.index)); },
                          [&](const Constant&) { return node.range; },
                          [&](const Add& add) {
                              const Interval b = fixed::shifted(range(add.b), add.shift);
                              switch (add.kind) {
                              case Add::Kind::a_plus_b:
                                  return range(add.a) + b;
                              case Add::Kind::a_minus_b:
                                  return range(add.a) - b;
                              case Add::Kind::b_minus_a:
                                  return b - range(add.a);
                              }
                              throw support::internal_error("an Add of unknown kind");
                          },
                          [&](const Sum3& sum) {
                              Interval result;
                              for (const Sum3::Term& term : sum.terms) {
                                  const Interval moved = fixed::shifted(range(term.node), term.shift);
                                  const Interval signs = term.negative ? -moved : moved;
                                  result = &term == sum.terms.data() ? signs : result + signs;
                              }
                              return result;
                          },
                          [&](const Shift& shift) { return fixed::shifted(range(shift.a), shift.shift); },
                          [&](const Negate& negate) { return -range(negate.a); },
                          [&](const Convert& convert) { return fixed::cast(range(convert.a), convert.type); },
                          [&](const Rectify& rectify) { return fixed::rectified(range(rectify.a)); },
                          [&](const Clip& clip) {
                              Interval result = range(clip.a);
                              result.low = std::min(result.low, clip.limit);
                              result.high = std::min(result.high, clip.limit);
                              return result;
                          },
                          [&](const Multiply& product) { return range(product.a) * range(product.b); },
                          [&](const Less&) {
                              return Interval{0, 1, 0};
                          },
                          [&](const Choose& choice) { return fixed::united(range(choice.a), range(choice.b)); },
                          [&](const Lookup& lookup) { return range_of(graph.tables.at(lookup.table)); },
                      },
                      node.body);
}

/// A mantissa at another fraction; throws where that loses bits.
Int128 moved(Int128 mantissa, std::int32_t from, std::int32_t to) {
    if (to >= from) {
        return mantissa * (Int128{1} << (to - from));
    }
    const Int128 unit = Int128{1} << (from - to);
    if (mantissa % unit != 0) {
        throw support::internal_error("datapath graph: a value has bits below its node's fraction");
    }
    return mantissa / unit;
}

Int128 evaluate_node(const Graph& graph, const Node& node, std::span<const Int128> values,
                     std::span<const std::int64_t> inputs) {
    auto value = [&](NodeId id) { return values[static_cast<std::size_t>(id)]; };
    auto fraction = [&](NodeId id) { return graph.node(id).range.fraction; };
    return std::visit(
        Overloaded{
            [&](const Input& input) { return Int128{inputs[input.index]}; },
            [&](const Constant&) { return node.range.low; },
            [&](const Add& add) {
                const std::int32_t b_fraction = fraction(add.b) - add.shift;
                const std::int32_t common = std::max(fraction(add.a), b_fraction);
                const Int128 a = moved(value(add.a), fraction(add.a), common);
                const Int128 b = moved(value(add.b), b_fraction, common);
                const Int128 sum = add.kind == Add::Kind::a_plus_b    ? a + b
                                   : add.kind == Add::Kind::a_minus_b ? a - b
                                                                      : b - a;
                return moved(sum, common, node.range.fraction);
            },
            [&](const Sum3& sum) {
                std::int32_t common = node.range.fraction;
                for (const Sum3::Term& term : sum.terms) {
                    common = std::max(common, fraction(term.node) - term.shift);
                }
                Int128 total = 0;
                for (const Sum3::Term& term : sum.terms) {
                    const Int128 part = moved(value(term.node), fraction(term.node) - term.shift, common);
                    total += term.negative ? -part : part;
                }
                return moved(total, common, node.range.fraction);
            },
            [&](const Shift& shift) { return value(shift.a); },
            [&](const Negate& negate) { return -value(negate.a); },
            [&](const Convert& convert) { return fixed::cast(value(convert.a), fraction(convert.a), convert.type); },
            [&](const Rectify& rectify) { return std::max(value(rectify.a), Int128{0}); },
            [&](const Clip& clip) { return std::min(value(clip.a), clip.limit); },
            [&](const Multiply& product) { return value(product.a) * value(product.b); },
            [&](const Less& less) {
                const std::int32_t common = std::max(fraction(less.a), fraction(less.b));
                const Int128 a = moved(value(less.a), fraction(less.a), common);
                const Int128 b = moved(value(less.b), fraction(less.b), common);
                return Int128{less.or_equal ? a <= b : a < b};
            },
            [&](const Choose& choice) {
                const NodeId chosen = value(choice.when) != 0 ? choice.a : choice.b;
                return moved(value(chosen), fraction(chosen), node.range.fraction);
            },
            [&](const Lookup& lookup) {
                const LookupTable& table = graph.tables[lookup.table];
                return Int128{table.values.at(static_cast<std::size_t>(value(lookup.a) - table.first))};
            },
        },
        node.body);
}

std::string name(std::size_t index) {
    return fmt::format("node {}", index);
}

/// Whether the table's values stand for the operand's mantissas, each for one.
bool covers(const Graph& graph, const Lookup& lookup) {
    if (lookup.table >= graph.tables.size())
        return false;
    const LookupTable& table = graph.tables[lookup.table];
    const Interval& range = graph.node(lookup.a).range;
    return !table.values.empty() && range.low == table.first &&
           range.high - range.low == static_cast<Int128>(table.values.size()) - 1;
}

/// What is wrong with one node, given that all before it are sound.
void check_node(const Graph& graph, std::size_t index, std::vector<std::string>& found) {
    const Node& node = graph.nodes[index];
    const auto uses = operands(node.body);
    if (std::any_of(uses.begin(), uses.end(), [&](NodeId id) { return static_cast<std::size_t>(id) >= index; })) {
        found.push_back(name(index) + ": an operand does not stand before its user");
        return;
    }
    if (const auto* input = std::get_if<Input>(&node.body); input && input->index >= graph.inputs.size()) {
        found.push_back(fmt::format("{}: input {} of {}", name(index), input->index, graph.inputs.size()));
        return;
    }
    if (node.layer >= graph.layers.size()) {
        found.push_back(name(index) + ": a layer that does not exist");
    }
    if (node.range.low > node.range.high) {
        found.push_back(name(index) + ": an empty range");
    }
    if (std::holds_alternative<Constant>(node.body) && node.range.low != node.range.high) {
        found.push_back(name(index) + ": a constant with more than one value");
    }
    if (const auto* lookup = std::get_if<Lookup>(&node.body); lookup && !covers(graph, *lookup)) {
        found.push_back(name(index) + ": its table does not stand for exactly its operand's mantissas");
        return;
    }
    if (const auto* choice = std::get_if<Choose>(&node.body);
        choice && graph.node(choice->when).range != Interval{0, 1, 0}) {
        found.push_back(name(index) + ": a choice by something else than 0 and 1");
    }
    if (const auto* sum = std::get_if<Sum3>(&node.body);
        sum && std::all_of(sum->terms.begin(), sum->terms.end(), [](const auto& term) { return term.negative; })) {
        found.push_back(name(index) + ": a sum of three negative terms");
    }
    const Interval result = result_range(graph, node);
    if (std::holds_alternative<Add>(node.body) || std::holds_alternative<Sum3>(node.body) ||
        std::holds_alternative<Choose>(node.body)) {
        // A sum of correlated operands, or a choice by comparing them, may be narrower than interval arithmetic sees,
        // never wider.
        const std::int32_t common = std::max(result.fraction, node.range.fraction);
        const Interval outer = fixed::aligned(result, common), inner = fixed::aligned(node.range, common);
        if (inner.low < outer.low || inner.high > outer.high || node.range.fraction > result.fraction) {
            found.push_back(name(index) + ": its range holds values that it cannot take");
        }
    } else if (result != node.range) {
        found.push_back(name(index) + ": the range is not that of its operation");
    }
}

} // namespace

std::vector<NodeId> operands(const NodeBody& body) {
    return std::visit(
        [](const auto& node) {
            std::vector<NodeId> all;
            if constexpr (requires { node.a; })
                all.push_back(node.a);
            if constexpr (requires { node.b; })
                all.push_back(node.b);
            if constexpr (requires { node.when; })
                all.push_back(node.when);
            if constexpr (requires { node.terms; })
                for (const auto& term : node.terms)
                    all.push_back(term.node);
            return all;
        },
        body);
}

int width(const Interval& range) {
    return fixed::smallest_type(range).width;
}

bool is_signed(const Interval& range) {
    return range.low < 0;
}

std::vector<std::int64_t> evaluate(const Graph& graph, std::span<const std::int64_t> inputs) {
    if (inputs.size() != graph.inputs.size()) {
        throw support::internal_error(fmt::format("{} inputs for a graph of {}", inputs.size(), graph.inputs.size()));
    }
    std::vector<Int128> values(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        values[i] = evaluate_node(graph, graph.nodes[i], values, inputs);
        if (!graph.nodes[i].range.contains(values[i])) {
            throw support::internal_error(
                fmt::format("node {} has the value {} outside its range", i, fixed::to_string(values[i])));
        }
    }
    std::vector<std::int64_t> results;
    results.reserve(graph.outputs.size());
    for (const Output& output : graph.outputs) {
        const Int128 value = values[static_cast<std::size_t>(output.node)];
        const std::int32_t fraction = graph.node(output.node).range.fraction;
        results.push_back(static_cast<std::int64_t>(moved(value, fraction, output.type.fraction)));
    }
    return results;
}

std::vector<std::string> problems(const Graph& graph) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const std::size_t before = found.size();
        check_node(graph, i, found);
        if (found.size() != before) {
            return found; // ranges of later nodes rest on this one
        }
    }
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
        const Output& output = graph.outputs[i];
        if (static_cast<std::size_t>(output.node) >= graph.nodes.size()) {
            found.push_back(fmt::format("output {}: its node does not exist", i));
        } else if (const Interval& range = graph.node(output.node).range;
                   range.fraction > output.type.fraction || !fixed::fits(range, output.type)) {
            found.push_back(fmt::format("output {}: its node does not fit {}", i, fixed::to_string(output.type)));
        }
    }
    return found;
}

} // namespace gw::datapath
