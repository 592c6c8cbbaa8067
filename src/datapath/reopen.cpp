// Large neighbourhood search (P. Shaw, CP 1998) for shared sums: dissolving a shared sum puts its terms back where it
// stood, never raises a load, and so leaves every limit of depth intact; the elimination that follows finds the same
// sum again or a better one. A column may also be written anew as +-2^s * (any value) + digits, the values being
// whatever the graph holds.
#include "datapath/reopen.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "datapath/signed_digits.hpp"

namespace gw::datapath {

namespace {

class Reopening {
  public:
    Reopening(const SumGraph& solved, support::Random& random)
        : old_(solved), random_(random), open_(solved.size(), false), redrawn_(solved.size(), false) {
        users_.resize(old_.size());
        seen_.resize(old_.size(), false);
        std::vector<std::size_t> columns(old_.columns());
        std::iota(columns.begin(), columns.end(), std::size_t{0});
        for (std::size_t k = columns.size(); k > 1; --k) { // who comes early can be a parent of who comes late
            std::swap(columns[k - 1], columns[random_.below(k)]);
        }
        std::for_each(columns.begin(), columns.end(), [&](std::size_t j) { visit(j); });
    }

    SumGraph run() {
        choose();
        SumGraph graph = old_.without_sums();
        std::vector<std::vector<Term>> terms(old_.size());
        std::vector<std::uint32_t> moved(old_.nodes());
        for (const std::size_t k : order_) {
            bool changed = false;
            for (const Term& term : old_.sum(k).terms) {
                if (old_.is_input(term.node)) {
                    terms[k].push_back(term);
                    continue;
                }
                const std::size_t operand = old_.index_of(term.node);
                if (!open_[operand]) {
                    terms[k].push_back({moved[term.node], term.shift, term.negative});
                    continue;
                }
                changed = true;
                for (const Term& inner : terms[operand]) {
                    terms[k].push_back({inner.node, inner.shift + term.shift, inner.negative != term.negative});
                }
            }
            if (open_[k]) {
                continue;
            }
            std::size_t index = k;
            if (k < old_.columns()) {
                graph.set_terms(k, terms[k]);
                written_.push_back(k);
            } else {
                moved[old_.node_of(k)] = graph.add_copy(old_, old_.node_of(k), terms[k]);
                index = graph.index_of(moved[old_.node_of(k)]);
            }
            graph.sum(index).is_open = changed;
            if (redrawn_[k]) {
                redraw(graph, index);
            }
        }
        return graph;
    }

  private:
    /// Operands before users, by depth-first search; values are nested as deep as adders are.
    void visit(std::size_t k) {
        if (seen_[k]) {
            return;
        }
        seen_[k] = true;
        for (const Term& term : old_.sum(k).terms) {
            if (!old_.is_input(term.node)) {
                visit(old_.index_of(term.node));
                users_[old_.index_of(term.node)].push_back(k);
            }
        }
        order_.push_back(k);
    }

    void open(std::size_t k) {
        if (k >= old_.columns() && !open_[k] && to_open_ > 0) {
            open_[k] = true;
            --to_open_;
        }
    }
    void open_operands(std::size_t k) {
        const auto& terms = old_.sum(k).terms;
        const std::size_t first = terms.empty() ? 0 : random_.below(terms.size());
        for (std::size_t n = 0; n < terms.size(); ++n) {
            const Term& term = terms[(first + n) % terms.size()];
            if (!old_.is_input(term.node)) {
                open(old_.index_of(term.node));
            }
        }
    }

    /// A column that is some value as it stands: that value.
    std::size_t behind(std::size_t k) const {
        const auto& terms = old_.sum(k).terms;
        return terms.size() == 1 && !old_.is_input(terms[0].node) ? old_.index_of(terms[0].node) : k;
    }

    void choose() {
        to_open_ = std::size_t{2} << random_.below(8);
        switch (random_.below(4)) {
        case 0: // anything
            for (std::size_t n = to_open_; n > 0; --n) {
                open(order_[random_.below(order_.size())]);
            }
            break;
        case 1: // what a few columns are made of
            for (std::uint64_t n = 2 + random_.below(3); n > 0; --n) {
                open_operands(random_.below(old_.columns()));
            }
            break;
        case 2: // the neighbourhood of a few values
            while (to_open_ > 0 && random_.below(16) != 0) {
                const std::size_t centre = order_[random_.below(order_.size())];
                open(centre);
                open_operands(centre);
                for (const std::size_t user : users_[centre]) {
                    open(user);
                    open_operands(user);
                }
            }
            break;
        default: // a few columns, written anew
            for (std::uint64_t n = 1 + random_.below(3); n > 0; --n) {
                redrawn_[behind(random_.below(old_.columns()))] = true;
            }
        }
    }

    /// Writes a sum anew: its digits, or those of what is left when a multiple of some value is taken off. It stays as
    /// it is where they would not be there in time.
    void redraw(SumGraph& graph, std::size_t index) {
        const bool is_column = index < graph.columns();
        std::vector<std::int64_t> rest = is_column ? old_.column_weights(index) : weights_of(graph, index);
        const std::int32_t fraction = is_column ? old_.problem().weight_fraction : 0;
        std::vector<Term> terms;
        if (const auto parent = draw_parent(graph, rest, graph.node_of(index))) {
            terms.push_back({parent->node, parent->shift - fraction, parent->negative});
        }
        Kraft::Load load = terms.empty() ? 0 : graph.kraft().weight(graph.depth(terms[0].node));
        for (std::uint32_t i = 0; i < rest.size(); ++i) {
            for (const SignedDigit digit : random_minimal_digits(rest[i], random_)) {
                terms.push_back({i, digit.position - fraction, digit.negative});
                load += graph.kraft().weight(graph.depth(i));
            }
        }
        if (load <= graph.sum(index).limit) {
            graph.set_terms(index, std::move(terms));
        }
    }

    static std::vector<std::int64_t> weights_of(const SumGraph& graph, std::size_t index) {
        std::vector<std::int64_t> weights(graph.problem().inputs.size(), 0);
        for (const auto& [input, coefficient] : graph.form(graph.node_of(index))) {
            weights[input] = static_cast<std::int64_t>(coefficient);
        }
        return weights;
    }

    /// A multiple of one of the columns written before or of the values built before.
    struct Parent {
        std::optional<std::size_t> column;
        std::uint32_t node = 0;
        std::int32_t shift = 0;
        bool negative = false;
    };

    Parent draw_candidate(const SumGraph& graph) {
        const std::uint64_t first = old_.node_of(old_.columns()), values = graph.nodes() - first;
        Parent parent{{}, 0, static_cast<std::int32_t>(random_.below(6)), random_.below(2) != 0};
        if (!written_.empty() && (values == 0 || random_.below(2) != 0)) {
            parent.column = written_[random_.below(written_.size())];
            parent.shift = static_cast<std::int32_t>(random_.below(2));
        } else if (values != 0) {
            parent.node = static_cast<std::uint32_t>(first + random_.below(values));
        } else {
            parent.node = static_cast<std::uint32_t>(random_.below(old_.node_of(0)));
        }
        return parent;
    }

    /// The best of some candidates, taken off `rest`; none where all leave more digits than there were. @param self
    /// what is written anew: all that stands before it cannot hold it.
    std::optional<Term> draw_parent(SumGraph& graph, std::vector<std::int64_t>& rest, std::uint32_t self) {
        constexpr std::int32_t tries = 24;
        std::optional<Parent> best;
        std::vector<std::int64_t> least = rest;
        for (std::int32_t k = 0; k < tries; ++k) {
            const Parent parent = draw_candidate(graph);
            if (!parent.column && parent.node == self) {
                continue;
            }
            std::vector<std::int64_t> left = rest;
            if (parent.column) {
                if (graph.kraft().weight(depth_of(graph, *parent.column)) > graph.sum(*parent.column).limit) {
                    continue; // as a value it would come too late for its own addends
                }
                const auto weights = old_.column_weights(*parent.column);
                for (std::size_t i = 0; i < left.size(); ++i) {
                    take(left[i], weights[i], parent);
                }
            } else {
                for (const auto& [input, coefficient] : graph.form(parent.node)) {
                    take(left[input], static_cast<std::int64_t>(coefficient), parent);
                }
            }
            if (digits_of(left) + 1 < digits_of(least)) {
                best = parent;
                least = std::move(left);
            }
        }
        if (!best) {
            return std::nullopt;
        }
        rest = std::move(least);
        const std::uint32_t node = best->column ? made_value(graph, *best->column) : best->node;
        return Term{node, best->shift, best->negative};
    }

    static void take(std::int64_t& weight, std::int64_t of_parent, const Parent& parent) {
        const std::int64_t taken = of_parent * (std::int64_t{1} << parent.shift);
        weight -= parent.negative ? -taken : taken;
    }

    /// The least depth at which a column without its addends can be there.
    static std::uint32_t depth_of(const SumGraph& graph, std::size_t column) {
        return graph.kraft().levels(std::max<Kraft::Load>(1, graph.sum(column).load));
    }

    /// The node of a whole column: what stood in the output becomes a value that others may use.
    static std::uint32_t made_value(SumGraph& graph, std::size_t column) {
        const std::int32_t fraction = graph.problem().weight_fraction;
        LinearForm form;
        const std::vector<std::int64_t> weights = graph.column_weights(column);
        for (std::uint32_t i = 0; i < weights.size(); ++i) {
            if (weights[i] != 0) {
                form.emplace_back(i, weights[i]);
            }
        }
        std::vector<Term> terms = graph.sum(column).terms;
        for (Term& term : terms) {
            term.shift += fraction;
        }
        const std::uint32_t node = graph.add_value(std::move(form), depth_of(graph, column));
        graph.set_terms(graph.index_of(node), std::move(terms));
        graph.set_terms(column, {{node, -fraction, false}});
        return node;
    }

    static std::uint64_t digits_of(const std::vector<std::int64_t>& weights) {
        std::uint64_t digits = 0;
        for (const std::int64_t weight : weights) {
            digits += digit_count(weight);
        }
        return digits;
    }

    const SumGraph& old_;
    support::Random& random_;
    std::vector<std::size_t> order_, written_;
    std::vector<std::vector<std::size_t>> users_;
    std::vector<bool> seen_, open_, redrawn_;
    std::size_t to_open_ = 0; ///< values that may still be opened
};

} // namespace

SumGraph reopened(const SumGraph& solved, support::Random& random) {
    return Reopening(solved, random).run();
}

} // namespace gw::datapath
