#include "datapath/builder.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "support/error.hpp"

namespace gw::datapath {

namespace {

using fixed::Overflow;
using fixed::Rounding;

std::int64_t low_word(Int128 value) {
    return static_cast<std::int64_t>(value);
}
std::int64_t high_word(Int128 value) {
    return static_cast<std::int64_t>(value >> 64);
}
std::int64_t number(NodeId id) {
    return static_cast<std::int64_t>(id);
}

std::int64_t packed(const FixedType& type) {
    return (std::int64_t{type.width} << 8) | (type.is_signed ? 64 : 0) | (static_cast<int>(type.rounding) << 2) |
           static_cast<int>(type.overflow);
}

/// What makes two nodes the same. A sum's range is not part of it: two sums of the same operands have the same values.
std::array<std::int64_t, 6> key_of(const NodeBody& body, const Interval& range) {
    const auto kind = static_cast<std::int64_t>(body.index());
    struct Visitor {
        std::int64_t kind;
        const Interval& range;
        std::array<std::int64_t, 6> operator()(const Input& n) const { return {kind, n.index}; }
        std::array<std::int64_t, 6> operator()(const Constant&) const {
            return {kind, low_word(range.low), high_word(range.low), range.fraction};
        }
        std::array<std::int64_t, 6> operator()(const Add& n) const {
            return {kind, number(n.a), number(n.b), n.shift, static_cast<std::int64_t>(n.kind)};
        }
        std::array<std::int64_t, 6> operator()(const Sum3& n) const {
            std::array<std::int64_t, 6> key{kind};
            for (std::size_t i = 0; i < n.terms.size(); ++i) {
                key[i + 1] = number(n.terms[i].node) * 2 + (n.terms[i].negative ? 1 : 0);
                key[4] = key[4] * 4096 + n.terms[i].shift;
            }
            return key;
        }
        std::array<std::int64_t, 6> operator()(const Shift& n) const { return {kind, number(n.a), n.shift}; }
        std::array<std::int64_t, 6> operator()(const Negate& n) const { return {kind, number(n.a)}; }
        std::array<std::int64_t, 6> operator()(const Convert& n) const {
            return {kind, number(n.a), packed(n.type), n.type.fraction};
        }
        std::array<std::int64_t, 6> operator()(const Rectify& n) const { return {kind, number(n.a)}; }
        std::array<std::int64_t, 6> operator()(const Clip& n) const {
            return {kind, number(n.a), low_word(n.limit), high_word(n.limit)};
        }
        std::array<std::int64_t, 6> operator()(const Multiply& n) const { return {kind, number(n.a), number(n.b)}; }
        std::array<std::int64_t, 6> operator()(const Less& n) const {
            return {kind, number(n.a), number(n.b), n.or_equal ? 1 : 0};
        }
        std::array<std::int64_t, 6> operator()(const Choose& n) const {
            return {kind, number(n.a), number(n.b), number(n.when)};
        }
        std::array<std::int64_t, 6> operator()(const Lookup& n) const { return {kind, number(n.a), n.table}; }
    };
    return std::visit(Visitor{kind, range}, body);
}

Add::Kind swapped(Add::Kind kind) {
    switch (kind) {
    case Add::Kind::a_plus_b:
        return Add::Kind::a_plus_b;
    case Add::Kind::a_minus_b:
        return Add::Kind::b_minus_a;
    case Add::Kind::b_minus_a:
        return Add::Kind::a_minus_b;
    }
    return kind;
}

/// The same conversion with the modes that matter only: what cannot round has mode trn, what cannot overflow has mode
/// wrap and the width of its values, what wraps has no fraction bits that are always zero.
FixedType normalised(const Interval& range, FixedType type) {
    if (range.fraction <= type.fraction) {
        type.rounding = Rounding::trn;
    }
    if (fixed::fits(range, type)) {
        const Interval result = fixed::cast(range, type);
        type.overflow = Overflow::wrap;
        type.width = fixed::smallest_type(result).width;
        type.is_signed = result.low < 0;
    }
    if (type.overflow == Overflow::wrap && range.fraction < type.fraction) {
        type.width = std::max(0, type.width - (type.fraction - range.fraction));
        type.fraction = range.fraction;
    }
    return type;
}

} // namespace

Interval intersection(const Interval& outer, const Interval& inner) {
    const std::int32_t finer = inner.fraction - outer.fraction;
    if (finer >= 127) {
        return outer;
    }
    if (finer > 0) { // the value is a multiple of the outer step: the bounds move inwards to the next ones
        const Int128 step = Int128{1} << finer;
        return {std::max(outer.low, (inner.low + step - 1) >> finer), std::min(outer.high, inner.high >> finer),
                outer.fraction};
    }
    const Interval moved = fixed::aligned(inner, outer.fraction);
    return {std::max(outer.low, moved.low), std::min(outer.high, moved.high), outer.fraction};
}

bool rounds_up(const Interval& range, const FixedType& type) {
    if (range.fraction <= type.fraction || type.rounding == Rounding::trn) {
        return false;
    }
    return type.rounding != Rounding::trn_zero || range.low < 0;
}

bool limits(const Interval& range, const FixedType& type) {
    return type.overflow != Overflow::wrap && !fixed::fits(range, type);
}

Builder::Builder(std::vector<FixedType> inputs) {
    graph_.inputs = std::move(inputs);
    graph_.layers.emplace_back("inputs");
    for (std::uint32_t i = 0; i < graph_.inputs.size(); ++i) {
        // An input whose type holds one value only is still a port.
        graph_.nodes.push_back({Input{i}, Interval::of(graph_.inputs[i]), 0});
        depths_.push_back(0);
    }
}

void Builder::begin_layer(std::string name) {
    graph_.layers.push_back(std::move(name));
}

NodeId Builder::intern(const NodeBody& body, const Interval& range, std::uint32_t levels) {
    if (range.low == range.high && !std::holds_alternative<Constant>(body)) {
        return constant(range.low, range.fraction);
    }
    const auto [place, fresh] = known_.try_emplace(key_of(body, range), NodeId{static_cast<std::uint32_t>(size())});
    if (fresh) {
        std::uint32_t depth = 0;
        for (const NodeId id : operands(body)) {
            depth = std::max(depth, this->depth(id));
        }
        graph_.nodes.push_back({body, range, static_cast<std::uint32_t>(graph_.layers.size() - 1)});
        depths_.push_back(depth + levels);
    }
    return place->second;
}

NodeId Builder::input(std::uint32_t index) {
    const Interval range = this->range(NodeId{index});
    return range.low == range.high ? constant(range.low, range.fraction) : NodeId{index};
}

NodeId Builder::constant(Int128 mantissa, std::int32_t fraction) {
    if (mantissa == 0) {
        fraction = 0;
    }
    while (mantissa != 0 && mantissa % 2 == 0) {
        mantissa /= 2;
        --fraction;
    }
    return intern(Constant{}, Interval::point(mantissa, fraction), 0);
}

Builder::Stripped Builder::strip(NodeId id) const {
    if (const auto* shift = std::get_if<Shift>(&body(id))) {
        return {shift->a, shift->shift};
    }
    return {id, 0};
}

NodeId Builder::shift(NodeId a, std::int32_t amount) {
    const Stripped inner = strip(a);
    const std::int32_t total = inner.shift + amount;
    const Interval moved = fixed::shifted(range(inner.node), total);
    if (is_constant(inner.node)) {
        return constant(moved.low, moved.fraction);
    }
    return total == 0 ? inner.node : intern(Shift{inner.node, total}, moved, 0);
}

NodeId Builder::negate(NodeId a) {
    const Stripped inner = strip(a);
    if (is_constant(inner.node)) {
        return shift(constant(-range(inner.node).low, range(inner.node).fraction), inner.shift);
    }
    if (const auto* negated = std::get_if<Negate>(&body(inner.node))) {
        return shift(negated->a, inner.shift);
    }
    if (const auto* add = std::get_if<Add>(&body(inner.node)); add && add->kind != Add::Kind::a_plus_b) {
        const Add copy = *add;
        const Interval bound = -range(inner.node);
        return shift(this->add(copy.a, copy.b, copy.shift, swapped(copy.kind), bound), inner.shift);
    }
    return shift(intern(Negate{inner.node}, -range(inner.node), 1), inner.shift);
}

NodeId Builder::add(NodeId a, NodeId b, std::int32_t amount, Add::Kind kind, const std::optional<Interval>& bound) {
    // a = 2^s a', b = 2^t b'  =>  a + 2^k b = 2^s (a' + 2^(k+t-s) b'), or the same with the roles exchanged so that the
    // inner shift is never negative.
    Stripped first = strip(a), second = strip(b);
    second.shift += amount;
    if (second.shift < first.shift || (second.shift == first.shift && second.node < first.node)) {
        std::swap(first, second);
        kind = swapped(kind);
    }
    std::optional<Interval> inner_bound;
    if (bound) {
        inner_bound = fixed::shifted(*bound, -first.shift);
    }
    return shift(add_stripped(first.node, second.node, second.shift - first.shift, kind, inner_bound), first.shift);
}

NodeId Builder::add_stripped(NodeId a, NodeId b, std::int32_t amount, Add::Kind kind,
                             const std::optional<Interval>& bound) {
    const bool minus_a = kind == Add::Kind::b_minus_a, minus_b = kind == Add::Kind::a_minus_b;
    if (range(b).is_zero()) {
        return minus_a ? negate(a) : a;
    }
    if (range(a).is_zero()) {
        const NodeId moved = shift(b, amount);
        return minus_b ? negate(moved) : moved;
    }
    if (a == b && amount == 0) {
        return kind == Add::Kind::a_plus_b ? shift(a, 1) : constant(0, 0);
    }
    const auto* negated_a = std::get_if<Negate>(&body(a));
    const auto* negated_b = std::get_if<Negate>(&body(b));
    if (negated_a || negated_b) {
        const NodeId x = negated_a ? negated_a->a : a, y = negated_b ? negated_b->a : b;
        const bool x_negative = (negated_a != nullptr) != minus_a, y_negative = (negated_b != nullptr) != minus_b;
        if (x_negative && y_negative) {
            const auto opposite = bound ? std::optional<Interval>(-*bound) : std::nullopt;
            return negate(add(x, y, amount, Add::Kind::a_plus_b, opposite));
        }
        const auto rest = y_negative ? Add::Kind::a_minus_b : Add::Kind::a_plus_b;
        return add(x, y, amount, x_negative ? Add::Kind::b_minus_a : rest, bound);
    }
    const Interval moved = fixed::shifted(range(b), amount);
    Interval result = kind == Add::Kind::a_plus_b ? range(a) + moved : minus_b ? range(a) - moved : moved - range(a);
    if (bound) {
        result = intersection(result, *bound);
    }
    return intern(Add{a, b, amount, kind}, result, 1);
}

NodeId Builder::sum3(std::array<Sum3::Term, 3> terms, const std::optional<Interval>& bound) {
    std::int32_t lowest = 0;
    for (Sum3::Term& term : terms) {
        const Stripped inner = strip(term.node);
        term.node = inner.node;
        term.shift += is_constant(inner.node) ? 0 : inner.shift;
        lowest = &term == terms.data() ? term.shift : std::min(lowest, term.shift);
    }
    for (Sum3::Term& term : terms) {
        term.shift -= lowest; // the inner shifts are never negative, as in add
    }
    std::sort(terms.begin(), terms.end(), [](const Sum3::Term& x, const Sum3::Term& y) {
        return std::tie(x.node, x.shift, x.negative) < std::tie(y.node, y.shift, y.negative);
    });
    std::optional<Interval> sum;
    for (const Sum3::Term& term : terms) {
        const Interval moved = fixed::shifted(range(term.node), term.shift);
        const Interval part = term.negative ? -moved : moved;
        sum = sum ? *sum + part : part;
    }
    const Interval result = bound ? intersection(*sum, fixed::shifted(*bound, -lowest)) : *sum;
    return shift(intern(Sum3{terms}, result, 1), lowest);
}

NodeId Builder::convert(NodeId a, const FixedType& wanted) {
    const Stripped inner = strip(a);
    const Interval from = range(inner.node);
    FixedType type = wanted;
    type.fraction += inner.shift; // (2^s a) to fraction f is 2^s (a to fraction f + s)
    if (from.fraction <= type.fraction && fixed::fits(from, type)) {
        return a;
    }
    type = normalised(from, type);
    const Interval result = fixed::cast(from, type);
    const std::uint32_t levels = (rounds_up(from, type) ? 1 : 0) + (limits(from, type) ? 1 : 0);
    return shift(intern(Convert{inner.node, type}, result, levels), inner.shift);
}

NodeId Builder::rectify(NodeId a) {
    const Stripped inner = strip(a);
    const Interval from = range(inner.node);
    if (from.low >= 0) {
        return a;
    }
    return shift(intern(Rectify{inner.node}, fixed::rectified(from), 1), inner.shift);
}

NodeId Builder::clip(NodeId a, Int128 mantissa, std::int32_t fraction) {
    const NodeId limit_node = constant(mantissa, fraction);
    const Interval limit = range(limit_node); // without trailing zeros
    if (is_constant(a)) {
        return (range(a) - limit).high <= 0 ? a : limit_node;
    }
    if (range(a).fraction < limit.fraction) {
        // Only a limit that lies between two values of `a` needs more fraction bits: those are wires.
        const Interval wide = fixed::aligned(range(a), limit.fraction);
        if (wide.high <= limit.low) {
            return a;
        }
        const FixedType type = fixed::smallest_type(wide);
        if (type.width > 64) {
            throw support::unsupported("a ceiling with so many more fraction bits than its operand");
        }
        a = intern(Convert{a, type}, wide, 0);
    }
    Interval result = range(a);
    const Int128 bound = limit.low * (Int128{1} << (result.fraction - limit.fraction));
    if (result.high <= bound) {
        return a;
    }
    result.low = std::min(result.low, bound);
    result.high = bound;
    return intern(Clip{a, bound}, result, 1);
}

void Builder::output(NodeId node, const FixedType& type) {
    if (range(node).is_zero()) {
        node = intern(Constant{}, Interval::point(0, type.fraction), 0); // a zero at the output's own point
    }
    graph_.outputs.push_back({node, type});
}

Graph Builder::finish() const {
    std::vector<bool> needed(size(), false);
    std::fill_n(needed.begin(), graph_.inputs.size(), true);
    for (const Output& output : graph_.outputs) {
        needed[static_cast<std::size_t>(output.node)] = true;
    }
    for (std::size_t i = size(); i-- > 0;) {
        if (needed[i]) {
            for (const NodeId id : operands(graph_.nodes[i].body)) {
                needed[static_cast<std::size_t>(id)] = true;
            }
        }
    }
    Graph result{graph_.layers, graph_.inputs, {}, graph_.outputs, {}};
    std::map<std::uint32_t, std::uint32_t> table_names;
    std::vector<NodeId> renamed(size());
    auto rename = [&](NodeId& id) { id = renamed[static_cast<std::size_t>(id)]; };
    for (std::size_t i = 0; i < size(); ++i) {
        if (!needed[i]) {
            continue;
        }
        Node node = graph_.nodes[i];
        std::visit(
            [&](auto& body) {
                if constexpr (requires { body.a; }) {
                    rename(body.a);
                }
                if constexpr (requires { body.b; }) {
                    rename(body.b);
                }
                if constexpr (requires { body.when; }) {
                    rename(body.when);
                }
                if constexpr (requires { body.table; }) {
                    const auto own = static_cast<std::uint32_t>(result.tables.size());
                    const auto [place, fresh] = table_names.try_emplace(body.table, own);
                    if (fresh) {
                        result.tables.push_back(graph_.tables[body.table]);
                    }
                    body.table = place->second;
                }
                if constexpr (requires { body.terms; }) {
                    for (auto& term : body.terms) {
                        rename(term.node);
                    }
                }
            },
            node.body);
        renamed[i] = NodeId{static_cast<std::uint32_t>(result.nodes.size())};
        result.nodes.push_back(std::move(node));
    }
    for (Output& output : result.outputs) {
        rename(output.node);
    }
    return result;
}

} // namespace gw::datapath
