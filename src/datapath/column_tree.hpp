// Which columns are built from which: y[u] = +-2^s y[p] + the rest, where the rest has fewer digits than the column.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "datapath/sum_graph.hpp"
#include "support/rng.hpp"

namespace gw::datapath {

/// A vector of weights that may be built: a column without its common factor 2^k, or a base that only helps columns.
struct Branch {
    std::vector<std::int64_t> weights; ///< one an input, as integers
    std::optional<std::size_t> parent; ///< index of another branch; none: built from its digits
    std::int32_t shift = 0;            ///< weights = +-2^shift * (the parent's) + rest
    bool negative = false;
    std::vector<std::int64_t> rest;
    std::uint32_t depth = 0; ///< levels by which it must be there
};

struct ColumnTree {
    std::vector<Branch> branches;    ///< the columns in their order, then bases
    std::vector<std::size_t> order;  ///< every branch that is built, parents first
    std::vector<std::int32_t> zeros; ///< by column: the column is its branch * 2^zeros
    std::uint64_t digits = 0;        ///< of all rests, and `toll` for every branch with a parent and a rest: the cost
};

struct TreeOptions {
    std::uint32_t toll = 2;        ///< digits that a parent must save: it is a term that no other sum shares
    std::int32_t most_shift = 0;   ///< parents may be shifted up by as much
    std::uint32_t base_digits = 0; ///< signed digits that a base may have for each input, 1 or 2; 0: no bases
    std::size_t bases = 1;         ///< at most
    std::size_t pivots = 4;        ///< columns from which each base is looked for
};

/// The tree without any edge: every column is built from its digits.
ColumnTree bare_tree(const CmvmProblem& problem);
/// A cheap tree whose every column can be there by `depth`.
ColumnTree grow_tree(const CmvmProblem& problem, const Kraft& kraft, std::uint32_t depth, const TreeOptions& options);

/// The tree as sums of digits. @param random where given, minimal digit forms are drawn instead of the canonical one
SumGraph planted(const CmvmProblem& problem, const Kraft& kraft, std::uint32_t depth, const ColumnTree& tree,
                 support::Random* random);

} // namespace gw::datapath
