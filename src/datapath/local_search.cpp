// A few walks side by side, each of which opens a part of its graph (reopen.hpp), eliminates anew, and keeps the result
// unless it is worse. After every epoch the walks that fell behind go on from the best. The number of walks is fixed,
// so that threads only share out the work: the same seed and rounds give the same solution on any machine.
#include "datapath/local_search.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "datapath/elimination.hpp"
#include "datapath/reopen.hpp"
#include "support/interrupt.hpp"
#include "support/parallel.hpp"

namespace gw::datapath {

namespace {

constexpr std::uint32_t walks = 4, epoch = 16; ///< rounds of each walk between comparisons

using Clock = std::chrono::steady_clock;

struct Walk {
    Solved at;
    support::Random random;
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

void step(Walk& walk, Objective objective) {
    const PairScore score = drawn_score(objective, walk.random);
    Solved next = solved(reopened(walk.at.graph, walk.random), score);
    if (!better(walk.at.solution, next.solution, objective)) {
        walk.at = std::move(next);
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
        all.push_back({starts[w % starts.size()], support::Random(options.seed).split(w)});
    }
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(options.seconds.value_or(0)));
    const auto goes_on = [&](std::uint32_t done) {
        return options.seconds ? Clock::now() < end : done < options.rounds;
    };
    const auto by_solution = [&](const Walk& x, const Walk& y) { return is_better(x.at, y.at); };
    std::uint32_t done = 0;
    for (; goes_on(done); done += walks * epoch) {
        support::parallel_for(walks, 1, options.threads, [&](std::size_t begin, std::size_t end_walk) {
            for (std::size_t w = begin; w < end_walk; ++w) {
                for (std::uint32_t k = 0; k < epoch; ++k) {
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
    result.rounds = done;
    return result;
}

} // namespace gw::datapath
