// Greedy: of all pairs or triples of what is left to add, the one whose chain is cheapest becomes a step. n terms take
// ceil((n - 1) / 2) chains of three, so an even number takes one chain of two: tried first and tried last. A step may
// stand for the negated sum, so that its lowest operand enters positively and passes by; only the last may not.
#include "datapath/sum_tree.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "datapath/cmvm_nodes.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

/// Something still to be added.
struct Part {
    std::uint32_t index = 0;
    bool negative = false;
    LinearForm form; ///< over leaves, in units of the lowest shift
    Interval range;
    double arrival = 0;
};

struct Candidate {
    std::vector<std::size_t> parts; ///< positions in the list, ascending
    bool negated = false;           ///< the step is minus their sum
    TreeStep step;
    LinearForm form;
    double cost = std::numeric_limits<double>::infinity();
};

class Tree {
  public:
    Tree(const std::vector<TreeTerm>& terms, const TreeOptions& options) : terms_(terms), options_(options) {
        for (const TreeTerm& term : terms) {
            unit_ = std::min(unit_, term.shift);
            if (sources_.size() <= term.leaf) {
                sources_.resize(term.leaf + 1);
            }
        }
        for (const TreeTerm& term : terms) {
            sources_[term.leaf].range = fixed::shifted(term.range, unit_);
        }
    }

    SumTree run(bool pair_first) {
        std::vector<Part> parts = begin();
        SumTree tree;
        while (parts.size() > 1 || (parts.size() == 1 && parts[0].negative)) {
            const Candidate best = choose(parts, take(parts.size(), pair_first));
            tree.steps.push_back(best.step);
            tree.bits += best.step.bits;
            tree.arrival = best.step.arrival;
            Part sum{static_cast<std::uint32_t>(terms_.size() + tree.steps.size() - 1), best.negated, best.form,
                     best.step.range, best.step.arrival};
            for (auto place = best.parts.rbegin(); place != best.parts.rend(); ++place) {
                parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(*place));
            }
            parts.push_back(std::move(sum));
        }
        return tree;
    }

  private:
    std::vector<Part> begin() const {
        std::vector<Part> parts;
        for (std::uint32_t i = 0; i < terms_.size(); ++i) {
            const TreeTerm& term = terms_[i];
            const Int128 coefficient = Int128{1} << (term.shift - unit_);
            parts.push_back(
                {i, term.negative, {{term.leaf, coefficient}}, fixed::shifted(term.range, term.shift), term.arrival});
        }
        return parts;
    }

    std::size_t take(std::size_t left, bool pair_first) const {
        if (left <= 2 || options_.most_operands == 2) {
            return std::min<std::size_t>(left, 2);
        }
        return left % 2 == 0 && (pair_first || left == 2) ? 2 : 3;
    }

    Candidate choose(const std::vector<Part>& parts, std::size_t count) const {
        Candidate best;
        std::vector<std::size_t> chosen(count);
        auto visit = [&](auto&& self, std::size_t depth, std::size_t first) -> void {
            if (depth == count) {
                consider(parts, chosen, best);
                return;
            }
            for (std::size_t i = first; i < parts.size(); ++i) {
                chosen[depth] = i;
                self(self, depth + 1, i + 1);
            }
        };
        visit(visit, 0, 0);
        if (best.parts.empty()) { // three negative terms, and nothing else: two of them first
            return choose(parts, count - 1);
        }
        return best;
    }

    void consider(const std::vector<Part>& parts, const std::vector<std::size_t>& chosen, Candidate& best) const {
        const bool last = chosen.size() == parts.size();
        for (const bool negated : {false, true}) {
            if (last && negated) {
                continue;
            }
            Candidate candidate = made(parts, chosen, negated);
            const auto& operands = candidate.step.operands;
            const auto negatives = std::count_if(operands.begin(), operands.end(), [](auto o) { return o.negative; });
            const bool possible = negatives <= 2 && (last || negatives < static_cast<int>(operands.size()));
            if (possible && candidate.cost < best.cost) {
                best = std::move(candidate);
            }
        }
    }

    Candidate made(const std::vector<Part>& parts, const std::vector<std::size_t>& chosen, bool negated) const {
        Candidate candidate{chosen, negated, {}, {}, 0};
        std::vector<Addend> addends;
        double ready = 0;
        for (const std::size_t i : chosen) {
            const Part& part = parts[i];
            const bool negative = part.negative != negated;
            candidate.step.operands.push_back({part.index, negative});
            candidate.form = combined(candidate.form, false, part.form, 0, negative);
            addends.push_back({part.range, negative});
            ready = std::max(ready, part.arrival);
        }
        candidate.step.range = range_of(candidate.form, sources_).value_or(Interval::point(0, 0));
        const std::int32_t bits = chain_bits(addends, candidate.step.range);
        const plan::DelayModel& delays = options_.delays;
        candidate.step.bits = bits;
        candidate.step.arrival =
            ready + delays.adder + delays.carry_per_bit * bits + (chosen.size() == 3 ? delays.mux : 0);
        candidate.cost = bits + options_.luts_per_ns * candidate.step.arrival;
        return candidate;
    }

    const std::vector<TreeTerm>& terms_;
    const TreeOptions& options_;
    std::int32_t unit_ = std::numeric_limits<std::int32_t>::max();
    std::vector<Source> sources_; ///< of leaves, in units of the lowest shift
};

} // namespace

ChainBits chain(std::span<const Addend> addends, const Interval& sum) {
    std::vector<std::pair<std::int32_t, bool>> lowest; // lowest bit, negative
    for (const Addend& addend : addends) {
        if (!addend.range.is_zero()) {
            lowest.emplace_back(-addend.range.fraction, addend.negative);
        }
    }
    std::sort(lowest.begin(), lowest.end());
    const std::int32_t to = top(sum);
    if (lowest.empty()) {
        return {to, to};
    }
    const bool passes = lowest.size() > 1 && !lowest[0].second;
    return {std::min(lowest[passes ? 1 : 0].first, to), to};
}

std::int32_t chain_bits(std::span<const Addend> addends, const Interval& sum) {
    const ChainBits bits = chain(addends, sum);
    return bits.to - bits.from;
}

SumTree sum_tree(const std::vector<TreeTerm>& terms, const TreeOptions& options) {
    if (terms.empty()) {
        throw support::internal_error("a sum of nothing", "datapath");
    }
    Tree tree(terms, options);
    SumTree first = tree.run(true);
    if (terms.size() % 2 != 0 || options.most_operands == 2) {
        return first;
    }
    SumTree last = tree.run(false);
    const auto cost = [&](const SumTree& t) { return t.bits + options.luts_per_ns * t.arrival; };
    return cost(last) < cost(first) ? last : first;
}

} // namespace gw::datapath
