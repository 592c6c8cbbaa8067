// A minimum spanning tree over the columns and a root that costs nothing (R. C. Prim, Bell System Technical Journal 36,
// 1957), where the length of an edge is the number of signed digits of what is left to add. C. Sun et al. (da4ml,
// arXiv:2507.04535) grow such a tree from differences and sums of columns, then solve the matrix of edges and the tree
// one after the other under limits of depth for each. Here
// - a parent may be shifted, and bases may stand in the tree that are no columns (Steiner points): for each row the
// weight of few digits that leaves the fewest to all columns near it;
// - a parent is a term of known depth in its children's sums, so Kraft's limit (kraft.hpp) says exactly which edges
// fit, arrival times included, and every digit of every rest is shared in one elimination.
#include "datapath/column_tree.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>

#include "datapath/column_base.hpp"
#include "datapath/signed_digits.hpp"

namespace gw::datapath {

namespace {

constexpr std::int64_t greatest_weight = std::int64_t{1} << 56; ///< so that differences of shifted columns fit

struct Edge {
    std::optional<std::size_t> parent;
    std::int32_t shift = 0;
    bool negative = false;
    std::uint64_t cost = std::numeric_limits<std::uint64_t>::max();
};

class Growth {
  public:
    Growth(ColumnTree tree, const CmvmProblem& problem, const Kraft& kraft, std::uint32_t depth,
           const TreeOptions& options)
        : tree_(std::move(tree)), problem_(problem), kraft_(kraft), options_(options), best_(tree_.branches.size()),
          limits_(best_.size(), kraft.weight(depth)) {
        for (const Source& input : problem.inputs) {
            row_loads_.push_back(kraft.weight(input.depth));
        }
        for (std::size_t j = 0; j < problem.addends.size(); ++j) {
            for (const Source& addend : problem.addends[j]) {
                limits_[j] -= kraft.weight(addend.depth);
            }
        }
    }

    ColumnTree run() {
        attach_all();
        set_depths();
        return std::move(tree_);
    }

  private:
    struct Weight {
        std::uint64_t digits = 0;
        Kraft::Load load = 0;
    };

    /// What is left of `weights` when +-2^shift * parent is taken off.
    Weight weigh_rest(const Branch& branch, const Branch* parent, std::int32_t shift, bool negative) const {
        Weight weight;
        for (std::size_t i = 0; i < branch.weights.size(); ++i) {
            const std::int64_t taken = parent ? parent->weights[i] * (std::int64_t{1} << shift) : 0;
            const std::uint32_t digits = digit_count(branch.weights[i] + (negative ? taken : -taken));
            weight.digits += digits;
            weight.load += row_loads_[i] * digits;
        }
        return weight;
    }

    /// Offers branch u every way from a new parent.
    void consider(std::size_t u, std::optional<std::size_t> parent) {
        const Branch* from = parent ? &tree_.branches[*parent] : nullptr;
        for (std::int32_t shift = 0; shift <= (from ? options_.most_shift : 0); ++shift) {
            for (const bool negative : {false, true}) {
                if (!from && negative) {
                    continue;
                }
                const Weight weight = weigh_rest(tree_.branches[u], from, shift, negative);
                const Kraft::Load load = weight.load + (from ? kraft_.weight(from->depth) : 0);
                const std::uint64_t cost = weight.digits + (from && weight.digits != 0 ? options_.toll : 0);
                if (load <= limits_[u] && cost < best_[u].cost) {
                    best_[u] = {parent, shift, negative, cost};
                }
            }
        }
    }

    void attach_all() {
        std::vector<bool> attached(best_.size(), false);
        for (std::size_t u = 0; u < best_.size(); ++u) {
            consider(u, std::nullopt);
        }
        while (tree_.order.size() < best_.size()) {
            std::size_t next = best_.size();
            for (std::size_t u = 0; u < best_.size(); ++u) {
                if (!attached[u] && (next == best_.size() || best_[u].cost < best_[next].cost)) {
                    next = u;
                }
            }
            if (best_[next].cost == Edge{}.cost) {
                break; // bases that cannot be there in time
            }
            attach(next);
            attached[next] = true;
            for (std::size_t u = 0; u < best_.size(); ++u) {
                if (!attached[u]) {
                    consider(u, next);
                }
            }
        }
        drop_idle_bases();
    }

    void attach(std::size_t u) {
        Branch& branch = tree_.branches[u];
        const Edge& edge = best_[u];
        const Branch* parent = edge.parent ? &tree_.branches[*edge.parent] : nullptr;
        branch.parent = edge.parent;
        branch.shift = edge.shift;
        branch.negative = edge.negative;
        branch.rest = branch.weights;
        if (parent) {
            for (std::size_t i = 0; i < branch.rest.size(); ++i) {
                const std::int64_t taken = parent->weights[i] * (std::int64_t{1} << edge.shift);
                branch.rest[i] -= edge.negative ? -taken : taken;
            }
        }
        const Weight weight = weigh_rest(branch, parent, edge.shift, edge.negative);
        branch.depth =
            kraft_.levels(std::max<Kraft::Load>(1, weight.load + (parent ? kraft_.weight(parent->depth) : 0)));
        tree_.order.push_back(u);
    }

    void drop_idle_bases() {
        std::vector<bool> used(best_.size(), false);
        std::fill(used.begin(), used.begin() + static_cast<std::ptrdiff_t>(problem_.columns), true);
        for (std::size_t k = tree_.order.size(); k-- > 0;) {
            const Branch& branch = tree_.branches[tree_.order[k]];
            if (used[tree_.order[k]] && branch.parent) {
                used[*branch.parent] = true;
            }
        }
        std::erase_if(tree_.order, [&](std::size_t u) { return !used[u]; });
        for (const std::size_t u : tree_.order) {
            tree_.digits += best_[u].cost;
        }
    }

    /// Every parent may be as late as its children allow: that is room for sharing inside it.
    void set_depths() {
        std::vector<std::optional<std::uint32_t>> latest(best_.size());
        for (std::size_t k = tree_.order.size(); k-- > 0;) {
            const std::size_t u = tree_.order[k];
            Branch& branch = tree_.branches[u];
            // A column that is a parent too is still to meet its addends.
            Kraft::Load limit = limits_[u];
            if (latest[u]) {
                branch.depth = std::max(branch.depth, std::min(*latest[u], kraft_.deepest(limit)));
                limit = kraft_.weight(branch.depth);
            }
            if (branch.parent) {
                const Weight rest = weigh_rest(branch, &tree_.branches[*branch.parent], branch.shift, branch.negative);
                const std::uint32_t allowed = kraft_.deepest(limit - rest.load);
                auto& of_parent = latest[*branch.parent];
                of_parent = std::min(of_parent.value_or(allowed), allowed);
            }
        }
    }

    ColumnTree tree_;
    const CmvmProblem& problem_;
    const Kraft& kraft_;
    TreeOptions options_;
    std::vector<Edge> best_;
    std::vector<Kraft::Load> limits_, row_loads_;
};

void append_digits(std::vector<Term>& terms, const std::vector<std::int64_t>& weights, std::int32_t shift,
                   support::Random* random) {
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
        for (const SignedDigit digit :
             random ? random_minimal_digits(weights[i], *random) : canonical_digits(weights[i])) {
            terms.push_back({i, digit.position + shift, digit.negative});
        }
    }
}

LinearForm form_of(const std::vector<std::int64_t>& weights) {
    LinearForm form;
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
        if (weights[i] != 0) {
            form.emplace_back(i, weights[i]);
        }
    }
    return form;
}

} // namespace

ColumnTree bare_tree(const CmvmProblem& problem) {
    ColumnTree tree;
    for (std::size_t j = 0; j < problem.columns; ++j) {
        Branch& branch = tree.branches.emplace_back();
        std::int64_t any = 0;
        for (std::size_t i = 0; i < problem.inputs.size(); ++i) {
            branch.weights.push_back(problem.weights[i * problem.columns + j]);
            any |= branch.weights.back();
        }
        tree.zeros.push_back(any == 0 ? 0 : std::countr_zero(static_cast<std::uint64_t>(any)));
        for (std::int64_t& weight : branch.weights) {
            weight >>= tree.zeros.back(); // exact
        }
        branch.rest = branch.weights;
        tree.order.push_back(j);
        for (const std::int64_t weight : branch.weights) {
            tree.digits += digit_count(weight);
        }
    }
    return tree;
}

ColumnTree grow_tree(const CmvmProblem& problem, const Kraft& kraft, std::uint32_t depth, const TreeOptions& options) {
    ColumnTree tree = bare_tree(problem);
    const bool too_wide = std::any_of(problem.weights.begin(), problem.weights.end(), [](std::int64_t weight) {
        return weight > greatest_weight || weight < -greatest_weight;
    });
    if (too_wide || problem.inputs.empty() || problem.columns < 2) {
        return tree;
    }
    const auto grown = [&](ColumnTree seedlings) {
        seedlings.order.clear();
        seedlings.digits = 0;
        return Growth(std::move(seedlings), problem, kraft, depth, options).run();
    };
    ColumnTree best = grown(tree);
    if (options.base_digits == 0) {
        return best;
    }
    for (std::size_t k = 0; k < options.bases; ++k) {
        tree.branches.emplace_back().weights = find_base(best, options);
        ColumnTree next = grown(tree);
        if (next.digits >= best.digits) {
            break;
        }
        best = std::move(next);
    }
    return best;
}

SumGraph planted(const CmvmProblem& problem, const Kraft& kraft, std::uint32_t depth, const ColumnTree& tree,
                 support::Random* random) {
    SumGraph graph(problem, kraft, depth);
    std::vector<bool> is_parent(tree.branches.size(), false);
    for (const std::size_t u : tree.order) {
        if (tree.branches[u].parent) {
            is_parent[*tree.branches[u].parent] = true;
        }
    }
    std::vector<std::uint32_t> node(tree.branches.size());
    for (const std::size_t u : tree.order) {
        const Branch& branch = tree.branches[u];
        const bool is_column = u < problem.columns;
        const std::int32_t output_shift = is_column ? tree.zeros[u] - problem.weight_fraction : 0;
        const std::int32_t shift = is_parent[u] ? 0 : output_shift;
        std::vector<Term> terms;
        append_digits(terms, branch.rest, shift, random);
        if (branch.parent) {
            terms.push_back({node[*branch.parent], branch.shift + shift, branch.negative});
        }
        if (!is_parent[u]) {
            graph.set_terms(u, std::move(terms));
            continue;
        }
        node[u] = graph.add_value(form_of(branch.weights), branch.depth);
        graph.set_terms(graph.index_of(node[u]), std::move(terms));
        if (is_column) {
            graph.set_terms(u, {{node[u], output_shift, false}});
        }
    }
    return graph;
}

} // namespace gw::datapath
