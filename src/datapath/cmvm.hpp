// Constant matrix-vector multiplication as a graph of shared two-input adders.
//
//   y[j] = sum_i x[i] * weights[i, j] * 2^-weight_fraction + sum of the column's addends
//
// solve() is pure: problem in, steps out; problems() checks a solution against the matrix without knowing how it was
// found; emit() writes it into a Builder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datapath/builder.hpp"

namespace gw::datapath {

/// What enters a sum: a value's range and the number of logic levels before it is there.
struct Source {
    Interval range;
    std::uint32_t depth = 0;

    friend bool operator==(const Source&, const Source&) = default;
};

struct CmvmProblem {
    std::vector<Source> inputs;
    std::size_t columns = 0;
    std::vector<std::int64_t> weights; ///< row-major, inputs x columns
    std::int32_t weight_fraction = 0;
    /// Terms of one column only (a bias, a product rounded on its own): empty, or one list a column.
    std::vector<std::vector<Source>> addends;
    /// Where given for column j, only y[j] mod 2^modulus[j] matters: sums are cut there. Empty, or one a column.
    std::vector<std::optional<std::int32_t>> modulus;

    friend bool operator==(const CmvmProblem&, const CmvmProblem&) = default;
};

/// What a solution is to have few of; the other counts among equals.
enum class Objective : std::uint8_t { bits, adders };

struct CmvmOptions {
    std::uint32_t extra_depth = 0; ///< adder levels above the least that the deepest column needs
    Objective objective = Objective::bits;
    /// Rounds of local search after the first solution. The result depends on the rounds and the seed, never on the
    /// threads.
    std::uint32_t rounds = 0;
    /// Where given, rounds go on until so many seconds of search have passed, whatever `rounds` says. How many there
    /// was time for (CmvmSolution::rounds), and with them the result, depends on the machine.
    std::optional<double> seconds;
    std::uint64_t seed = 1; ///< of the local search
    unsigned threads = 1;   ///< of the local search; 0: one a core
};

/// +-node * 2^shift. Nodes: the inputs, then all addends column by column, then the steps.
struct Term {
    std::uint32_t node = 0;
    std::int32_t shift = 0;
    bool negative = false;
};

/// One adder: a + b*2^shift or as `kind` says, shift >= 0; then cut to its low bits where `modulus` is given.
struct Step {
    std::uint32_t a = 0, b = 0;
    std::int32_t shift = 0;
    Add::Kind kind = Add::Kind::a_plus_b;
    std::optional<std::int32_t> modulus;
    Interval range;
    std::uint32_t depth = 0;
};

struct CmvmSolution {
    std::vector<Step> steps;
    std::vector<std::optional<Term>> outputs; ///< none: the column is zero. A negative term costs a negation
    std::uint32_t depth = 0;                  ///< of the deepest output, negation included
    std::uint64_t adder_bits = 0;             ///< bits of carry chain: the cost
    std::size_t adders = 0;                   ///< steps and negations
    std::uint32_t rounds = 0;                 ///< of local search that were done
};

CmvmSolution solve(const CmvmProblem& problem, const CmvmOptions& options = {});

/// All that is wrong with a solution, a line each: linear forms that are not the matrix's columns, addends missing or
/// used twice, ranges too narrow, depths untrue or over the budget.
std::vector<std::string> problems(const CmvmProblem& problem, const CmvmOptions& options, const CmvmSolution& solution);

/// The levels that no graph of adders can be under: the greatest ceil(log2 sum 2^depth(term)) of a column's canonical
/// digits and addends.
std::uint32_t least_depth(const CmvmProblem& problem);

/// What no graph of two-input adders of shifted operands can be under, however it was found.
struct CmvmBounds {
    std::size_t adders = 0;
    std::uint32_t depth = 0;
};
CmvmBounds lower_bounds(const CmvmProblem& problem);

/// Writes the solution into the builder. @return the node of each column, exactly the sum (or congruent to it, where
/// cut).
std::vector<NodeId> emit(Builder& builder, const CmvmProblem& problem, const CmvmSolution& solution,
                         const std::vector<NodeId>& inputs, const std::vector<std::vector<NodeId>>& addends = {});

/// The solution as a datapath of its own: the narrowest types that hold the inputs' ranges and the outputs.
Graph graph_of(const CmvmProblem& problem, const CmvmSolution& solution);

} // namespace gw::datapath
