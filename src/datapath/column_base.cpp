// Alternation, as in k-means (S. Lloyd, IEEE Trans. Inf. Theory 28(2), 1982) with one centre, in the metric of signed
// digits: given the signs with which columns would use the base, each row's weight is the candidate that leaves the
// fewest digits; given the weights, each column takes the better sign, or none where it is better off in the tree.
#include "datapath/column_base.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "datapath/signed_digits.hpp"

namespace gw::datapath {

namespace {

/// A vector of few digits that, taken off, leaves the columns near it fewer digits than the tree does so far.
class BaseSearch {
  public:
    /// @param digits signed digits that each weight of the base may have: 1 or 2
    BaseSearch(const ColumnTree& tree, const TreeOptions& options, std::uint32_t digits)
        : tree_(tree), toll_(options.toll) {
        std::int64_t most = 0;
        for (const Branch& branch : tree.branches) {
            std::uint64_t cost = branch.parent ? toll_ : 0;
            for (std::size_t i = 0; i < branch.weights.size(); ++i) {
                most = std::max(most, std::abs(branch.weights[i]));
                cost += digit_count(branch.rest[i]);
            }
            costs_.push_back(cost);
        }
        const bool two = digits > 1 && most < two_digits_below;
        candidates_ = {0};
        for (std::int64_t high = 1; high <= 2 * most; high *= 2) {
            candidates_.insert(candidates_.end(), {high, -high});
            for (std::int64_t low = 1; low < high && two; low *= 2) {
                candidates_.insert(candidates_.end(), {high + low, high - low, low - high, -high - low});
            }
        }
    }

    /// The base to which column `pivot` leads: signs by likeness to the column, weights by row, and so on in turn.
    std::vector<std::int64_t> run(std::size_t pivot) {
        std::vector<std::int64_t> base = tree_.branches[pivot].weights;
        for (int round = 0; round < 3; ++round) {
            choose_signs(base);
            for (std::size_t i = 0; i < base.size(); ++i) {
                base[i] = best_for_row(i);
            }
        }
        return base;
    }
    /// Digits that the base saves its columns, less its own.
    std::int64_t saving(const std::vector<std::int64_t>& base) {
        std::int64_t saved = choose_signs(base);
        for (const std::int64_t weight : base) {
            saved -= digit_count(weight);
        }
        return saved;
    }

  private:
    /// By column: +1, -1, or 0 where the base is of no use. @return digits saved
    std::int64_t choose_signs(const std::vector<std::int64_t>& base) {
        signs_.clear();
        std::int64_t saved = 0;
        for (std::size_t u = 0; u < costs_.size(); ++u) {
            std::uint64_t less = toll_, more = toll_;
            for (std::size_t i = 0; i < base.size(); ++i) {
                less += digit_count(tree_.branches[u].weights[i] - base[i]);
                more += digit_count(tree_.branches[u].weights[i] + base[i]);
            }
            const std::uint64_t least = std::min(less, more);
            saved += least < costs_[u] ? static_cast<std::int64_t>(costs_[u] - least) : 0;
            signs_.push_back(least >= costs_[u] ? 0 : less <= more ? 1 : -1);
        }
        return saved;
    }

    std::int64_t best_for_row(std::size_t i) const {
        std::int64_t best = 0;
        std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
        for (const std::int64_t candidate : candidates_) {
            std::uint64_t digits = digit_count(candidate);
            for (std::size_t u = 0; u < signs_.size(); ++u) {
                digits += signs_[u] == 0 ? 0 : digit_count(tree_.branches[u].weights[i] - signs_[u] * candidate);
            }
            if (digits < least) {
                least = digits;
                best = candidate;
            }
        }
        return best;
    }

    static constexpr std::int64_t two_digits_below = 1 << 16; ///< candidates grow with the square of the width
    const ColumnTree& tree_;
    std::uint64_t toll_;
    std::vector<std::uint64_t> costs_; ///< by branch, in the tree so far
    std::vector<std::int64_t> candidates_, signs_;
};

} // namespace

std::vector<std::int64_t> find_base(const ColumnTree& tree, const TreeOptions& options) {
    BaseSearch search(tree, options, options.base_digits);
    std::vector<std::int64_t> best;
    std::int64_t most = std::numeric_limits<std::int64_t>::min();
    const std::size_t columns = tree.zeros.size(), pivots = std::min(options.pivots, columns);
    for (std::size_t k = 0; k < pivots; ++k) {
        std::vector<std::int64_t> base = search.run(k * columns / pivots);
        const std::int64_t saving = search.saving(base);
        if (saving > most) {
            most = saving;
            best = std::move(base);
        }
    }
    return best;
}

} // namespace gw::datapath
