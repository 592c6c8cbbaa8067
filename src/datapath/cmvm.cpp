// Two-term common subexpression elimination under an exact depth budget.
//
// Each column is a list of terms +-node*2^shift, at first the signed digits of its weights. Again and again the pair of
// terms that saves most is made a node and put in the pair's place wherever it stands (R. Pasko et al., IEEE TCAD
// 18(1), 1999; A. Hosangadi, F. Fallah, R. Kastner, IEEE TCAD 25(10), 2006). What differs here:
// - Counts of pairs are kept exact and updated for removed and added terms only (pair_table.hpp); nothing is ever
// recounted.
// - Gain is the count times the bits in which the two operands overlap, shift included.
// - Depth is a budget, never tried and rejected: terms of depths d fit under depth D in a tree of two-input adders
// exactly if
//   sum 2^d <= 2^D (Kraft's inequality), so a substitution is refused in just the columns where it would break that.
//   Depths start at the inputs' own, so the budget spans layers.
// - The rest of each column is summed by depth, then by the top bit (Huffman's rule), which meets the budget.
#include "datapath/cmvm.hpp"

#include <algorithm>
#include <queue>
#include <tuple>

#include <fmt/format.h>

#include "datapath/cmvm_nodes.hpp"
#include "datapath/pair_table.hpp"
#include "datapath/signed_digits.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"

namespace gw::datapath {

namespace {

using fixed::UInt128;

struct Column {
    std::vector<Term> terms;
    UInt128 load = 0; ///< sum of 2^depth over terms and addends
};

/// 2^depth in units of the shallowest source.
class Kraft {
  public:
    explicit Kraft(const CmvmProblem& problem) {
        bool first = true;
        auto see = [&](const Source& source) {
            base_ = first ? source.depth : std::min(base_, source.depth);
            first = false;
        };
        std::for_each(problem.inputs.begin(), problem.inputs.end(), see);
        for (const auto& addends : problem.addends) {
            std::for_each(addends.begin(), addends.end(), see);
        }
    }
    UInt128 weight(std::uint32_t depth) const {
        if (depth - base_ > most_levels) {
            throw support::unsupported("terms of one sum that arrive too many levels of logic apart");
        }
        return UInt128{1} << (depth - base_);
    }
    /// The load that `extra` levels above the least depth allow; beyond any use it stops growing.
    UInt128 budget(std::uint32_t least, std::uint32_t extra) const {
        return weight(least + std::min(extra, most_extra));
    }
    /// The least depth at which a load fits.
    std::uint32_t levels(UInt128 load) const {
        std::uint32_t depth = base_;
        while (weight(depth) < load) {
            ++depth;
        }
        return depth;
    }

  private:
    static constexpr std::uint32_t most_levels = 110, most_extra = 40;
    std::uint32_t base_ = 0;
};

std::vector<Column> digit_columns(const CmvmProblem& problem, const Kraft& kraft, support::Random* random) {
    std::vector<Column> columns(problem.columns);
    for (std::uint32_t i = 0; i < problem.inputs.size(); ++i) {
        for (std::size_t j = 0; j < problem.columns; ++j) {
            const std::int64_t weight = problem.weights[i * problem.columns + j];
            for (const SignedDigit digit : random ? random_minimal_digits(weight, *random) : canonical_digits(weight)) {
                columns[j].terms.push_back({i, digit.position - problem.weight_fraction, digit.negative});
                columns[j].load += kraft.weight(problem.inputs[i].depth);
            }
        }
    }
    for (std::size_t j = 0; j < problem.addends.size(); ++j) {
        for (const Source& addend : problem.addends[j]) {
            columns[j].load += kraft.weight(addend.depth);
        }
    }
    return columns;
}

std::uint32_t least_depth(const std::vector<Column>& columns, const Kraft& kraft) {
    UInt128 load = 0;
    for (const Column& column : columns) {
        load = std::max(load, column.load);
    }
    return kraft.levels(load);
}

bool same(const Term& x, const Term& y) {
    return x.node == y.node && x.shift == y.shift && x.negative == y.negative;
}

/// The substitution loop.
class Elimination {
  public:
    Elimination(CmvmNodes& nodes, std::vector<Column>& columns, const Kraft& kraft, UInt128 budget)
        : nodes_(nodes), columns_(columns), kraft_(kraft), budget_(budget) {
        for (std::uint32_t j = 0; j < columns.size(); ++j) {
            const auto& terms = columns[j].terms;
            for (std::size_t i = 0; i < terms.size(); ++i) {
                for (std::size_t k = 0; k < i; ++k) {
                    count(terms[i], terms[k]);
                }
                note_column(terms[i].node, j);
            }
        }
    }

    void run() {
        pairs_.start();
        while (const auto best = pairs_.pop_best()) {
            support::throw_if_interrupted();
            substitute(*best);
        }
    }

  private:
    struct Occurrence {
        std::uint32_t column;
        Term a, b;
    };

    static Pair pair_of(Term x, Term y) {
        if (y.node < x.node || (y.node == x.node && y.shift < x.shift)) {
            std::swap(x, y);
        }
        return {x.node, y.node, y.shift - x.shift, x.negative != y.negative};
    }

    void count(const Term& x, const Term& y) {
        const Pair pair = pair_of(x, y);
        const std::int32_t low = std::max(nodes_.lsb(pair.a), nodes_.lsb(pair.b) + pair.shift);
        const std::int32_t high = std::min(nodes_.top(pair.a), nodes_.top(pair.b) + pair.shift);
        pairs_.add(pair, static_cast<std::uint32_t>(std::max(1, high - low)));
    }

    void note_column(std::uint32_t node, std::uint32_t column) {
        if (columns_of_.size() <= node) {
            columns_of_.resize(node + 1);
        }
        auto& list = columns_of_[node];
        if (list.empty() || list.back() != column) {
            list.push_back(column);
        }
    }

    void collect(const Pair& pair, std::uint32_t j, std::vector<Occurrence>& found) const {
        const auto& terms = columns_[j].terms;
        const std::size_t before = found.size();
        std::vector<Term> firsts;
        std::copy_if(terms.begin(), terms.end(), std::back_inserter(firsts),
                     [&](const Term& term) { return term.node == pair.a; });
        std::sort(firsts.begin(), firsts.end(), [](const Term& x, const Term& y) { return x.shift < y.shift; });
        for (const Term& a : firsts) {
            const Term b{pair.b, a.shift + pair.shift, a.negative != pair.opposite};
            const auto is_b = [&](const Term& term) { return same(term, b); };
            // In 1 0 1 0 1 the middle digit can serve one pair only.
            const bool taken =
                pair.a == pair.b && std::any_of(found.begin() + static_cast<std::ptrdiff_t>(before), found.end(),
                                                [&](const Occurrence& other) { return same(other.b, a); });
            if (!taken && std::any_of(terms.begin(), terms.end(), is_b)) {
                found.push_back({j, a, b});
            }
        }
    }

    /// The occurrences that leave their columns inside the budget.
    std::vector<Occurrence> affordable(const Pair& pair) const {
        const auto &of_a = columns_of_[pair.a], &of_b = columns_of_[pair.b];
        std::vector<Occurrence> found;
        for (const std::uint32_t j : of_a.size() < of_b.size() ? of_a : of_b) {
            collect(pair, j, found);
        }
        const UInt128 extra = growth(pair);
        std::size_t kept = 0;
        UInt128 load = 0;
        for (std::size_t k = 0; k < found.size(); ++k) {
            if (k == 0 || found[k].column != found[k - 1].column) {
                load = columns_[found[k].column].load;
            }
            if (load + extra <= budget_) {
                load += extra;
                found[kept++] = found[k];
            }
        }
        found.resize(kept);
        return found;
    }

    /// By how much a substitution raises a column's load.
    UInt128 growth(const Pair& pair) const {
        const std::uint32_t a = nodes_.depth(pair.a), b = nodes_.depth(pair.b);
        return kraft_.weight(std::max(a, b) + 1) - kraft_.weight(a) - kraft_.weight(b);
    }

    void substitute(const Pair& pair) {
        const std::vector<Occurrence> places = affordable(pair);
        if (places.size() < 2) {
            return; // loads only grow: what does not fit now never will
        }
        // Differences take the sign in which more columns need them, so that few columns end negative.
        const auto negatives =
            std::count_if(places.begin(), places.end(), [](const Occurrence& place) { return place.a.negative; });
        const bool flip = 2 * static_cast<std::size_t>(negatives) > places.size();
        const UInt128 extra = growth(pair);
        const Term joined = nodes_.join({pair.a, 0, flip}, {pair.b, pair.shift, flip != pair.opposite});
        for (const Occurrence& place : places) {
            remove(place.column, place.a);
            remove(place.column, place.b);
            const bool negative = joined.negative != (place.a.negative != flip);
            insert(place.column, {joined.node, joined.shift + place.a.shift, negative});
            columns_[place.column].load += extra;
        }
    }

    void remove(std::uint32_t j, const Term& term) {
        auto& terms = columns_[j].terms;
        const auto place =
            std::find_if(terms.begin(), terms.end(), [&](const Term& other) { return same(term, other); });
        std::swap(*place, terms.back());
        terms.pop_back();
        for (const Term& other : terms) {
            pairs_.remove(pair_of(term, other));
        }
    }

    void insert(std::uint32_t j, const Term& term) {
        for (const Term& other : columns_[j].terms) {
            count(term, other);
        }
        columns_[j].terms.push_back(term);
        note_column(term.node, j);
    }

    CmvmNodes& nodes_;
    std::vector<Column>& columns_;
    const Kraft& kraft_;
    UInt128 budget_;
    PairTable pairs_;
    std::vector<std::vector<std::uint32_t>> columns_of_; ///< columns in which a node has stood, ascending
};

/// Sums the terms of one column: the two shallowest first, among them the two with the lowest top bit.
std::optional<Term> sum_column(CmvmNodes& nodes, const std::vector<Term>& terms,
                               const std::optional<std::int32_t>& modulus) {
    using Entry = std::tuple<std::uint32_t, std::int32_t, std::size_t>; // depth, top bit, index into `all`
    std::vector<Term> all;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    auto push = [&](const Term& term) {
        queue.emplace(nodes.depth(term.node), nodes.top(term.node) + term.shift, all.size());
        all.push_back(term);
    };
    std::for_each(terms.begin(), terms.end(), push);
    while (queue.size() > 1) {
        const Term x = all[std::get<2>(queue.top())];
        queue.pop();
        const Term y = all[std::get<2>(queue.top())];
        queue.pop();
        push(nodes.join(x, y, modulus));
    }
    return all.empty() ? std::nullopt : std::optional(all.back());
}

CmvmSolution solve_once(const CmvmProblem& problem, const CmvmOptions& options, support::Random* random) {
    const Kraft kraft(problem);
    CmvmNodes nodes(problem);
    std::vector<Column> columns = digit_columns(problem, kraft, random);
    const UInt128 budget = kraft.budget(least_depth(columns, kraft), options.extra_depth);
    Elimination(nodes, columns, kraft, budget).run();

    CmvmSolution solution;
    for (std::size_t j = 0; j < problem.columns; ++j) {
        std::vector<Term> terms = columns[j].terms;
        const std::size_t addends = problem.addends.empty() ? 0 : problem.addends[j].size();
        for (std::uint32_t k = 0; k < addends; ++k) {
            terms.push_back({nodes.first_addend(j) + k, 0, false});
        }
        const auto output = sum_column(nodes, terms, problem.modulus.empty() ? std::nullopt : problem.modulus[j]);
        if (output) {
            solution.depth = std::max(solution.depth, nodes.depth(output->node) + (output->negative ? 1 : 0));
            if (output->negative) {
                ++solution.adders;
                solution.adder_bits +=
                    static_cast<std::uint64_t>(std::max(1, nodes.top(output->node) - nodes.lsb(output->node)));
            }
        }
        solution.outputs.push_back(output);
    }
    for (const Step& step : nodes.steps()) {
        ++solution.adders;
        solution.adder_bits += nodes.adder_bits(step);
    }
    solution.steps = nodes.take_steps();
    return solution;
}

} // namespace

std::uint32_t least_depth(const CmvmProblem& problem) {
    const Kraft kraft(problem);
    return least_depth(digit_columns(problem, kraft, nullptr), kraft);
}

CmvmSolution solve(const CmvmProblem& problem, const CmvmOptions& options) {
    const bool sound = problem.weights.size() == problem.inputs.size() * problem.columns &&
                       (problem.addends.empty() || problem.addends.size() == problem.columns) &&
                       (problem.modulus.empty() || problem.modulus.size() == problem.columns);
    if (!sound) {
        throw support::internal_error("a constant multiplication whose lists have the wrong lengths");
    }
    CmvmSolution best = solve_once(problem, options, nullptr);
    for (std::uint32_t k = 0; k < options.restarts; ++k) {
        support::Random random = support::Random(options.seed).split(k);
        CmvmSolution next = solve_once(problem, options, &random);
        if (std::tie(next.adder_bits, next.adders) < std::tie(best.adder_bits, best.adders)) {
            best = std::move(next);
        }
    }
    return best;
}

std::vector<NodeId> emit(Builder& builder, const CmvmProblem& problem, const CmvmSolution& solution,
                         const std::vector<NodeId>& inputs, const std::vector<std::vector<NodeId>>& addends) {
    std::vector<NodeId> nodes = inputs;
    for (const auto& column : addends) {
        nodes.insert(nodes.end(), column.begin(), column.end());
    }
    for (const Step& step : solution.steps) {
        const auto bound = step.modulus ? std::nullopt : std::optional(step.range);
        NodeId node = builder.add(nodes[step.a], nodes[step.b], step.shift, step.kind, bound);
        if (step.modulus) {
            const std::int32_t width = *step.modulus + step.range.fraction;
            node = width <= 0 ? builder.constant(0, 0) : builder.convert(node, FixedType{width, step.range.fraction});
        }
        nodes.push_back(node);
    }
    std::vector<NodeId> results;
    results.reserve(problem.columns);
    for (const auto& output : solution.outputs) {
        if (!output) {
            results.push_back(builder.constant(0, 0));
            continue;
        }
        const NodeId value = builder.shift(nodes[output->node], output->shift);
        results.push_back(output->negative ? builder.negate(value) : value);
    }
    return results;
}

} // namespace gw::datapath
