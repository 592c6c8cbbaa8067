// How to add up many terms with carry chains that take two or three at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "datapath/graph.hpp"
#include "plan/plan.hpp"

namespace gw::datapath {

/// One operand of a carry chain: the range of its values without the sign.
struct Addend {
    Interval range;
    bool negative = false;
};

/// The bits in which a chain adds: below the second lowest operand the lowest one passes by, unless it is negative.
struct ChainBits {
    std::int32_t from = 0, to = 0; ///< powers of two, from <= to
};
ChainBits chain(std::span<const Addend> addends, const Interval& sum);
/// Their number: the LUTs that the sum takes.
std::int32_t chain_bits(std::span<const Addend> addends, const Interval& sum);

/// +-leaf * 2^shift. Terms of one leaf depend on each other; different leaves are taken to be independent.
struct TreeTerm {
    std::uint32_t leaf = 0;
    Interval range; ///< of the leaf
    std::int32_t shift = 0;
    bool negative = false;
    double arrival = 0; ///< ns, when the leaf is there
};

/// One carry chain of a tree: the operands' numbers (terms first, then steps) with signs, as the step adds them.
struct TreeStep {
    struct Operand {
        std::uint32_t index = 0;
        bool negative = false;
    };
    std::vector<Operand> operands; ///< two or three, at least one positive where there are three
    Interval range;
    std::int32_t bits = 0;
    double arrival = 0;
};

struct SumTree {
    std::vector<TreeStep> steps; ///< the last one is the sum
    std::int32_t bits = 0;       ///< LUTs of all steps
    double arrival = 0;          ///< of the sum
};

struct TreeOptions {
    plan::DelayModel delays;
    std::size_t most_operands = 3; ///< of one chain: 2 or 3
    double luts_per_ns = 0;        ///< what an earlier sum may cost
};

/// @param terms one or more; a single term gives no steps if it is positive
SumTree sum_tree(const std::vector<TreeTerm>& terms, const TreeOptions& options);

} // namespace gw::datapath
