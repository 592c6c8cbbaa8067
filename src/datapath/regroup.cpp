// Every sum that something other than a sum reads, or that several sums read, is a root; what lies between roots is a
// list of terms +-leaf * 2^shift and one constant. Constant multiplication shares a sum as soon as two columns want it:
// right for adders of two operands, where each term of a column costs a chain of its own. With three operands a term
// costs half a chain, and sharing may not pay. So each shared root is tried as dissolved into the lists of its readers,
// and stays dissolved where the estimated LUTs fall; until nothing falls any more.
#include "datapath/regroup.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "datapath/builder.hpp"
#include "datapath/pipeline.hpp"
#include "datapath/signed_digits.hpp"

namespace gw::datapath {

namespace {

std::size_t index(NodeId id) {
    return static_cast<std::size_t>(id);
}

enum class Role : std::uint8_t { other, inner, shared, fixed }; ///< shared roots may be dissolved, fixed ones not

/// The terms of a sum; a leaf of none is the constant.
struct Terms {
    std::vector<NodeId> leaves; ///< of TreeTerm::leaf
    std::vector<TreeTerm> list;
    std::optional<std::uint32_t> constant; ///< its leaf
    Interval constant_value;
};

class Regrouping {
  public:
    Regrouping(const Graph& graph, const TreeOptions& options)
        : graph_(graph), options_(options), roles_(graph.nodes.size(), Role::other), arrivals_(graph.nodes.size(), 0),
          costs_(graph.nodes.size(), 0) {
        assign_roles();
    }

    Graph run() {
        estimate();
        while (dissolve_some()) {
            estimate();
        }
        return built();
    }

  private:
    static bool is_sum(const Node& node) {
        return std::holds_alternative<Add>(node.body) || std::holds_alternative<Negate>(node.body) ||
               std::holds_alternative<Sum3>(node.body);
    }
    bool is_root(std::size_t v) const { return roles_[v] == Role::shared || roles_[v] == Role::fixed; }
    std::size_t stripped(NodeId id) const {
        const auto* shift = std::get_if<Shift>(&graph_.node(id).body);
        return shift ? stripped(shift->a) : index(id);
    }

    void assign_roles() {
        std::vector<std::size_t> sums(graph_.nodes.size(), 0), others(graph_.nodes.size(), 0);
        for (const Output& output : graph_.outputs) {
            ++others[stripped(output.node)];
        }
        for (std::size_t v = graph_.nodes.size(); v-- > 0;) {
            const Node& node = graph_.nodes[v];
            if (std::holds_alternative<Shift>(node.body)) {
                continue; // its readers are those of what it shifts
            }
            // a negation inside sums is a sign: who reads it reads what it negates
            const bool sign = std::holds_alternative<Negate>(node.body) && others[v] == 0;
            for (const NodeId operand : operands(node.body)) {
                (is_sum(node) ? sums : others)[stripped(operand)] += sign ? sums[v] : 1;
            }
        }
        for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
            if (is_sum(graph_.nodes[v])) {
                const bool free = std::holds_alternative<Negate>(graph_.nodes[v].body) || sums[v] < 2;
                roles_[v] = others[v] > 0 ? Role::fixed : free ? Role::inner : Role::shared;
            }
        }
    }

    // ---- lists of terms

    using Digits = std::map<std::pair<std::uint32_t, std::int32_t>, std::int64_t>; ///< (leaf, shift) -> how often

    void expand(NodeId id, std::int32_t shift, bool negative, Digits& digits, Interval& constant) const {
        const Node& node = graph_.node(id);
        if (std::holds_alternative<Constant>(node.body)) {
            const Interval value = fixed::shifted(node.range, shift);
            constant = negative ? constant - value : constant + value;
        } else if (const auto* inner = std::get_if<Shift>(&node.body)) {
            expand(inner->a, shift + inner->shift, negative, digits, constant);
        } else if (roles_[index(id)] == Role::inner) {
            expand_operands(node, shift, negative, digits, constant);
        } else {
            digits[{static_cast<std::uint32_t>(id), shift}] += negative ? -1 : 1;
        }
    }

    void expand_operands(const Node& node, std::int32_t shift, bool negative, Digits& digits,
                         Interval& constant) const {
        if (const auto* add = std::get_if<Add>(&node.body)) {
            expand(add->a, shift, negative != (add->kind == Add::Kind::b_minus_a), digits, constant);
            expand(add->b, shift + add->shift, negative != (add->kind == Add::Kind::a_minus_b), digits, constant);
        } else if (const auto* negate = std::get_if<Negate>(&node.body)) {
            expand(negate->a, shift, !negative, digits, constant);
        } else if (const auto* sum = std::get_if<Sum3>(&node.body)) {
            for (const Sum3::Term& term : sum->terms) {
                expand(term.node, shift + term.shift, negative != term.negative, digits, constant);
            }
        }
    }

    /// x + x becomes 2x, x - x nothing, until each power of two of a leaf stands there once.
    static void settle(Digits& digits) {
        for (auto place = digits.begin(); place != digits.end(); ++place) {
            const auto [leaf, shift] = place->first;
            const std::int64_t carry = place->second / 2;
            if (carry != 0) {
                digits[{leaf, shift + 1}] += carry; // comes behind this one
                place->second -= 2 * carry;
            }
        }
        std::erase_if(digits, [](const auto& digit) { return digit.second == 0; });
        lift(digits);
    }

    /// 4x - x becomes 2x + x: as many terms, but the lowest enters positively and passes by its chain.
    static void lift(Digits& digits) {
        for (const auto& [place, count] : Digits(digits)) {
            const auto [leaf, shift] = place;
            const auto above = digits.find({leaf, shift + 2});
            if (count == -1 && !digits.contains({leaf, shift + 1}) && above != digits.end() && above->second == 1) {
                digits.erase(above);
                digits[place] = digits[{leaf, shift + 1}] = 1;
            }
        }
    }

    Terms terms_of(std::size_t root) const {
        Digits digits;
        Terms terms;
        terms.constant_value = Interval::point(0, 0);
        expand_operands(graph_.nodes[root], 0, false, digits, terms.constant_value);
        settle(digits);
        for (const auto& [place, count] : digits) {
            const NodeId leaf{place.first};
            if (terms.leaves.empty() || terms.leaves.back() != leaf) {
                terms.leaves.push_back(leaf);
            }
            terms.list.push_back({static_cast<std::uint32_t>(terms.leaves.size() - 1), graph_.node(leaf).range,
                                  place.second, count < 0, arrivals_[place.first]});
        }
        Interval& value = terms.constant_value;
        if (!value.is_zero()) {
            for (; value.low % 2 == 0; --value.fraction) {
                value = Interval::point(value.low / 2, value.fraction);
            }
            terms.constant = static_cast<std::uint32_t>(terms.leaves.size());
            terms.list.push_back({*terms.constant, value, 0, false, 0});
        }
        return terms;
    }

    // ---- the search

    double cost(const SumTree& tree) const { return tree.bits + options_.luts_per_ns * tree.arrival; }
    double cost_of(std::size_t root) const {
        const Terms terms = terms_of(root);
        return terms.list.empty() ? 0 : cost(sum_tree(terms.list, options_));
    }

    /// Cost of every root and arrival of every node, as things are.
    void estimate() {
        for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
            if (is_root(v)) {
                const Terms terms = terms_of(v);
                const SumTree tree = terms.list.empty() ? SumTree{} : sum_tree(terms.list, options_);
                costs_[v] = cost(tree);
                arrivals_[v] = tree.arrival;
                for (const TreeTerm& term : terms.list) {
                    arrivals_[v] = std::max(arrivals_[v], term.arrival);
                }
                continue;
            }
            double ready = 0;
            for (const NodeId operand : operands(graph_.nodes[v].body)) {
                ready = std::max(ready, arrivals_[index(operand)]);
            }
            arrivals_[v] = ready + delay(graph_, NodeId{static_cast<std::uint32_t>(v)}, options_.delays);
        }
    }

    /// Roots whose lists name each shared root.
    std::vector<std::vector<std::size_t>> readers() const {
        std::vector<std::vector<std::size_t>> found(graph_.nodes.size());
        for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
            if (is_root(v)) {
                for (const NodeId leaf : terms_of(v).leaves) {
                    if (roles_[index(leaf)] == Role::shared) {
                        found[index(leaf)].push_back(v);
                    }
                }
            }
        }
        return found;
    }

    bool dissolve_some() {
        bool changed = false;
        auto reading = readers();
        for (std::size_t v = graph_.nodes.size(); v-- > 0;) {
            if (roles_[v] != Role::shared) {
                continue;
            }
            double before = costs_[v], after = 0;
            roles_[v] = Role::inner;
            std::vector<double> fresh;
            for (const std::size_t reader : reading[v]) {
                before += costs_[reader];
                after += fresh.emplace_back(cost_of(reader));
            }
            if (after < before) {
                for (std::size_t i = 0; i < fresh.size(); ++i) {
                    costs_[reading[v][i]] = fresh[i];
                }
                reading = readers();
                changed = true;
            } else {
                roles_[v] = Role::shared;
            }
        }
        return changed;
    }

    // ---- the new graph

    Graph built() const {
        Builder builder(graph_.inputs);
        std::vector<NodeId> renamed(graph_.nodes.size());
        std::uint32_t layer = 0;
        for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
            const Node& node = graph_.nodes[v];
            while (layer < node.layer) {
                builder.begin_layer(graph_.layers[++layer]);
            }
            if (is_root(v)) {
                renamed[v] = sum(builder, v, renamed);
            } else if (roles_[v] == Role::other) {
                renamed[v] = copy(builder, node, renamed);
            }
        }
        while (++layer < graph_.layers.size()) {
            builder.begin_layer(graph_.layers[layer]);
        }
        for (const Output& output : graph_.outputs) {
            builder.output(renamed[index(output.node)], output.type);
        }
        return builder.finish();
    }

    NodeId copy(Builder& builder, const Node& node, const std::vector<NodeId>& renamed) const {
        const auto at = [&](NodeId id) { return renamed[index(id)]; };
        if (const auto* input = std::get_if<Input>(&node.body)) {
            return NodeId{input->index};
        }
        if (const auto* shift = std::get_if<Shift>(&node.body)) {
            return roles_[stripped(shift->a)] == Role::inner ? NodeId{} : builder.shift(at(shift->a), shift->shift);
        }
        if (const auto* convert = std::get_if<Convert>(&node.body)) {
            return builder.convert(at(convert->a), convert->type);
        }
        if (const auto* rectify = std::get_if<Rectify>(&node.body)) {
            return builder.rectify(at(rectify->a));
        }
        if (const auto* clip = std::get_if<Clip>(&node.body)) {
            return builder.clip(at(clip->a), clip->limit, graph_.node(clip->a).range.fraction);
        }
        return varied(builder, node, renamed);
    }

    /// Products, comparisons, choices and tables.
    NodeId varied(Builder& builder, const Node& node, const std::vector<NodeId>& renamed) const {
        const auto at = [&](NodeId id) { return renamed[index(id)]; };
        if (const auto* product = std::get_if<Multiply>(&node.body)) {
            return builder.multiply(at(product->a), at(product->b));
        }
        if (const auto* less = std::get_if<Less>(&node.body)) {
            return builder.less(at(less->a), at(less->b), less->or_equal);
        }
        if (const auto* choice = std::get_if<Choose>(&node.body)) {
            return builder.choose(at(choice->when), at(choice->a), at(choice->b), node.range);
        }
        if (const auto* lookup = std::get_if<Lookup>(&node.body)) {
            return moved_table(builder, *lookup, at(lookup->a));
        }
        return builder.constant(node.range.low, node.range.fraction);
    }

    /// The table for an index that may have another range now, and fewer low bits that are always zero.
    NodeId moved_table(Builder& builder, const Lookup& lookup, NodeId now) const {
        const LookupTable& table = graph_.tables[lookup.table];
        const Interval range = builder.range(now);
        const std::int32_t zeros = graph_.node(lookup.a).range.fraction - range.fraction;
        std::vector<std::int64_t> values;
        for (Int128 m = range.low; m <= range.high; ++m) {
            const Int128 place = (zeros >= 0 ? m << zeros : m >> -zeros) - table.first;
            const bool known = place >= 0 && place < static_cast<Int128>(table.values.size());
            values.push_back(known ? table.values[static_cast<std::size_t>(place)] : table.values.front());
        }
        return builder.lookup(now, std::move(values), table.fraction);
    }

    NodeId sum(Builder& builder, std::size_t root, const std::vector<NodeId>& renamed) const {
        const Terms terms = terms_of(root);
        if (terms.list.empty()) {
            return builder.constant(0, 0);
        }
        const SumTree tree = sum_tree(terms.list, options_);
        std::vector<NodeId> made;
        for (const TreeTerm& term : terms.list) {
            const bool constant = term.leaf == terms.constant;
            const NodeId leaf = constant ? builder.constant(terms.constant_value.low, terms.constant_value.fraction)
                                         : renamed[index(terms.leaves[term.leaf])];
            made.push_back(builder.shift(leaf, term.shift));
        }
        for (const TreeStep& step : tree.steps) {
            const bool last = &step == &tree.steps.back();
            made.push_back(chained(builder, step, made, last ? graph_.nodes[root].range : step.range));
        }
        return made.back();
    }

    static NodeId chained(Builder& builder, const TreeStep& step, const std::vector<NodeId>& made,
                          const Interval& bound) {
        const auto& terms = step.operands;
        const NodeId a = made[terms[0].index];
        if (terms.size() == 1) {
            return terms[0].negative ? builder.negate(a) : a;
        }
        const NodeId b = made[terms[1].index];
        if (terms.size() == 2 && !(terms[0].negative && terms[1].negative)) {
            const auto kind = terms[0].negative   ? Add::Kind::b_minus_a
                              : terms[1].negative ? Add::Kind::a_minus_b
                                                  : Add::Kind::a_plus_b;
            return builder.add(a, b, 0, kind, bound);
        }
        // A zero has no bits, wherever its point is: not below the others' last.
        const std::int32_t zeros = -std::max(builder.range(a).fraction, builder.range(b).fraction);
        const Sum3::Term third = terms.size() == 3 ? Sum3::Term{made[terms[2].index], 0, terms[2].negative}
                                                   : Sum3::Term{builder.constant(0, 0), std::max(0, zeros), false};
        return builder.sum3({Sum3::Term{a, 0, terms[0].negative}, Sum3::Term{b, 0, terms[1].negative}, third}, bound);
    }

    const Graph& graph_;
    const TreeOptions& options_;
    std::vector<Role> roles_;
    std::vector<double> arrivals_; ///< ns
    std::vector<double> costs_;    ///< of roots
};

} // namespace

Graph regrouped(const Graph& graph, const TreeOptions& options) {
    return Regrouping(graph, options).run();
}

} // namespace gw::datapath
