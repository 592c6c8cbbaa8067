// Bounds that hold for every graph of two-input adders and subtractors with shifts, whatever it shares.
//
// Adders. (1) Inputs that some column connects, directly or through others, must be connected by adders: one for each
// used input but one a component. (2) Outputs that differ by more than a power of two and a sign are different adders,
// unless they are an input; and the first of them to be built needs one adder less than it has inputs, its own among
// them.
// Depth. A sum has at most as many signed digits as its operands together, and the canonical form has the fewest (G. W.
// Reitwiesner, 1960); so under depth D there are at most 2^D digits, fewer where inputs arrive late.
#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <set>

#include "datapath/cmvm.hpp"

namespace gw::datapath {

namespace {

std::vector<std::int64_t> column_of(const CmvmProblem& problem, std::size_t j) {
    std::vector<std::int64_t> column;
    for (std::size_t i = 0; i < problem.inputs.size(); ++i) {
        column.push_back(problem.weights[i * problem.columns + j]);
    }
    return column;
}

/// The column without what a shift and a negation give for nothing.
std::vector<std::int64_t> normalised(std::vector<std::int64_t> column) {
    std::uint64_t any = 0;
    for (const std::int64_t weight : column) {
        any |= static_cast<std::uint64_t>(weight);
    }
    const auto first = std::find_if(column.begin(), column.end(), [](std::int64_t weight) { return weight != 0; });
    const bool flip = first != column.end() && *first < 0;
    for (std::int64_t& weight : column) {
        weight >>= any == 0 ? 0 : std::countr_zero(any); // exact
        if (flip && weight != std::numeric_limits<std::int64_t>::min()) {
            weight = -weight;
        }
    }
    return column;
}

std::size_t connected_inputs_less_components(const CmvmProblem& problem) {
    std::vector<std::size_t> group(problem.inputs.size());
    std::iota(group.begin(), group.end(), std::size_t{0});
    const auto root = [&](std::size_t i) {
        while (group[i] != i) {
            i = group[i] = group[group[i]];
        }
        return i;
    };
    std::size_t joins = 0;
    for (std::size_t j = 0; j < problem.columns; ++j) {
        std::optional<std::size_t> first;
        for (std::size_t i = 0; i < problem.inputs.size(); ++i) {
            if (problem.weights[i * problem.columns + j] == 0) {
                continue;
            }
            first = first.value_or(root(i));
            if (root(i) != root(*first)) {
                group[root(i)] = root(*first);
                ++joins;
            }
        }
    }
    return joins;
}

} // namespace

CmvmBounds lower_bounds(const CmvmProblem& problem) {
    std::set<std::vector<std::int64_t>> distinct;
    std::size_t fewest_inputs = std::numeric_limits<std::size_t>::max();
    for (std::size_t j = 0; j < problem.columns; ++j) {
        std::vector<std::int64_t> column = normalised(column_of(problem, j));
        const auto used = static_cast<std::size_t>(
            std::count_if(column.begin(), column.end(), [](std::int64_t weight) { return weight != 0; }));
        const bool is_input = used == 1 && std::find(column.begin(), column.end(), 1) != column.end();
        if (used != 0 && !is_input) {
            fewest_inputs = std::min(fewest_inputs, used);
            distinct.insert(std::move(column));
        }
    }
    CmvmBounds bounds;
    bounds.depth = least_depth(problem);
    bounds.adders = connected_inputs_less_components(problem);
    if (!distinct.empty()) {
        bounds.adders = std::max(bounds.adders, distinct.size() + std::max<std::size_t>(fewest_inputs, 2) - 2);
    }
    return bounds;
}

} // namespace gw::datapath
