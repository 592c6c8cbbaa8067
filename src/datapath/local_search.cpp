// A few walks side by side, each of which opens a part of its graph (reopen.hpp), eliminates anew, and keeps the result
// unless it is worse. After every epoch the walks that fell behind go on from the best. The number of walks is fixed,
// so that threads only share out the work: the same seed and rounds give the same solution on any machine.
#include "datapath/local_search.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <tuple>

#include "datapath/elimination.hpp"
#include "datapath/reopen.hpp"
#include "support/interrupt.hpp"
#include "support/parallel.hpp"

namespace gw::datapath {

namespace {

constexpr std::uint32_t walks = 4, epoch = 64; ///< rounds of each walk between comparisons

using Clock = std::chrono::steady_clock;

struct Walk {
    Solved at;
    support::Random random;
    std::uint32_t rounds = 0; ///< done
};

PairScore drawn_score(Objective objective, support::Random& random) {
    PairScore score;
    const bool usual = random.below(4) != 0;
    score.gain = usual == (objective == Objective::bits) ? PairScore::Gain::bits : PairScore::Gain::count;
    if (random.below(2) != 0) {
        score.draw = random.next();
    }
    return score;
}

/// Sums that outputs need, in two-input adders: what assemble() makes, but for adders that come out twice.
std::size_t adders_in(const SumGraph& graph) {
    std::vector<bool> seen(graph.size(), false);
    std::vector<std::size_t> open(graph.columns());
    std::iota(open.begin(), open.end(), std::size_t{0});
    std::size_t adders = 0;
    while (!open.empty()) {
        const auto& terms = graph.sum(open.back()).terms;
        open.pop_back();
        adders += terms.empty() ? 0 : terms.size() - 1;
        for (const Term& term : terms) {
            if (!graph.is_input(term.node) && !seen[graph.index_of(term.node)]) {
                seen[graph.index_of(term.node)] = true;
                open.push_back(graph.index_of(term.node));
            }
        }
    }
    return adders;
}

void step(Walk& walk, Objective objective) {
    SumGraph next = reopened(walk.at.graph, walk.random);
    eliminate(next, drawn_score(objective, walk.random));
    // Adder by adder takes longer than all before: not for what has no hope.
    const std::size_t adders = adders_in(next), now = adders_in(walk.at.graph);
    if (adders > now + 1 + (objective == Objective::bits ? now / 100 : 0)) {
        return;
    }
    CmvmSolution solution = assemble(next);
    if (!better(walk.at.solution, solution, objective)) {
        walk.at = {std::move(next), std::move(solution)};
    }
}

} // namespace

Solved solved(SumGraph graph, const PairScore& score) {
    eliminate(graph, score);
    CmvmSolution solution = assemble(graph);
    return {std::move(graph), std::move(solution)};
}

bool better(const CmvmSolution& x, const CmvmSolution& y, Objective objective) {
    return objective == Objective::bits ? std::tie(x.adder_bits, x.adders) < std::tie(y.adder_bits, y.adders)
                                        : std::tie(x.adders, x.adder_bits) < std::tie(y.adders, y.adder_bits);
}

CmvmSolution improved(std::vector<Solved> starts, const CmvmOptions& options) {
    const auto is_better = [&](const Solved& x, const Solved& y) {
        return better(x.solution, y.solution, options.objective);
    };
    std::stable_sort(starts.begin(), starts.end(), is_better);
    std::vector<Walk> all;
    for (std::uint32_t w = 0; w < walks; ++w) {
        all.push_back({starts[w % starts.size()], support::Random(options.seed).split(w), 0});
    }
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(options.seconds.value_or(0)));
    const auto goes_on = [&](const Walk& walk) {
        return options.seconds ? Clock::now() < end : walk.rounds < (options.rounds + walks - 1) / walks;
    };
    const auto by_solution = [&](const Walk& x, const Walk& y) { return is_better(x.at, y.at); };
    while (goes_on(all.front())) {
        support::parallel_for(walks, 1, options.threads, [&](std::size_t first, std::size_t last) {
            for (std::size_t w = first; w < last; ++w) {
                for (std::uint32_t k = 0; k < epoch && goes_on(all[w]); ++k, ++all[w].rounds) {
                    support::throw_if_interrupted();
                    step(all[w], options.objective);
                }
            }
        });
        const auto best = std::min_element(all.begin(), all.end(), by_solution);
        const auto worst = std::max_element(all.begin(), all.end(), by_solution);
        if (by_solution(*best, *worst)) {
            worst->at = best->at;
        }
    }
    CmvmSolution result = std::min_element(all.begin(), all.end(), by_solution)->at.solution;
    for (const Walk& walk : all) {
        result.rounds += walk.rounds;
    }
    return result;
}

} // namespace gw::datapath
