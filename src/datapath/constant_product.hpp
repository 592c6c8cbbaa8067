// A vector times a constant matrix as shared adder graphs: how the meaning of an accumulator becomes sums that may be
// reordered.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "datapath/builder.hpp"
#include "datapath/cmvm.hpp"
#include "network/network.hpp"

namespace gw::datapath {

/// Solves constant multiplications, and the same one once only: the positions of a convolution differ at the edges
/// alone.
class Solver {
  public:
    explicit Solver(const CmvmOptions& options) : options_(options) {}
    /// Valid until the next call.
    const CmvmSolution& solve(const CmvmProblem& problem);

  private:
    static constexpr std::size_t most_kept = 16;
    CmvmOptions options_;
    std::deque<std::pair<CmvmProblem, CmvmSolution>> recent_;
};

/// y[j] = sum_i x[i] * weights[i, j] + bias[j], summed as the accumulator says (network/network.hpp).
struct ConstantProduct {
    std::vector<std::int64_t> weights; ///< row-major, as many columns as types
    std::int32_t weight_fraction = 0;
    std::vector<std::int64_t> bias; ///< one a column, or none
    std::int32_t bias_fraction = 0;
    network::Accumulator accumulator;
    std::vector<FixedType> types; ///< to which y is converted behind
};

/// y before the conversion to its types (exactly, or congruent where such a type wraps).
std::vector<NodeId> lower_product(Builder& builder, Solver& solver, const ConstantProduct& product,
                                  const std::vector<NodeId>& x);

/// Whether round(x + k*step) = round(x) + k*step for every integer k.
bool shifts_with_step(fixed::Rounding rounding);

/// x * mantissa * 2^-fraction, exactly.
NodeId times_constant(Builder& builder, Solver& solver, NodeId x, std::int64_t mantissa, std::int32_t fraction);

} // namespace gw::datapath
