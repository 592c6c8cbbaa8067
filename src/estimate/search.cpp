// Few numbers make a plan, so all of their useful values are tried. Lowering depends on the depth and the operands of a
// chain, not on the clock: one graph serves all clocks.
#include "estimate/search.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "datapath/lower.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"

namespace gw::estimate {

namespace {

using Clock = std::chrono::steady_clock;

/// Periods in ns of usual clocks, 667 to 40 MHz, the LHC's multiples among them.
constexpr std::array<double, 12> usual_clocks{1.5, 2.0, 2.5, 2.7778, 3.125, 4.0, 5.0, 6.25, 8.0, 10.0, 12.5, 25.0};
constexpr std::uint32_t most_extra_depth = 2;

double milliseconds(Clock::time_point since) {
    return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

/// Whether b is needless beside a.
bool beats(const Candidate& a, const Candidate& b) {
    const auto figures = [](const Candidate& c) {
        return std::tuple(c.estimate.latency_ns, c.estimate.lut.value, c.estimate.ff.value);
    };
    const auto [time, lut, ff] = figures(a);
    const auto [other_time, other_lut, other_ff] = figures(b);
    return time <= other_time && lut <= other_lut && ff <= other_ff && figures(a) != figures(b);
}

void keep_best(std::vector<Candidate>& candidates) {
    const auto needless = [&](const Candidate& one) {
        return std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& by) {
            return beats(by, one) ||
                   (&by < &one && !beats(one, by) && by.estimate.latency_ns == one.estimate.latency_ns &&
                    by.estimate.lut.value == one.estimate.lut.value && by.estimate.ff.value == one.estimate.ff.value);
        });
    };
    std::vector<Candidate> kept;
    std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(kept),
                 [&](const Candidate& c) { return !needless(c); });
    std::sort(kept.begin(), kept.end(), [](const Candidate& a, const Candidate& b) {
        return std::tie(a.estimate.latency_ns, a.estimate.lut.value) <
               std::tie(b.estimate.latency_ns, b.estimate.lut.value);
    });
    candidates = std::move(kept);
}

/// What no candidate grants, and what would help.
void explain(Found& found, const Wanted& wanted) {
    const auto& all = found.candidates;
    const auto fits = [](const Candidate& c) { return !c.fit || c.fit->fits; };
    const auto share = [](const Candidate& c) { return c.fit ? std::max({c.fit->lut, c.fit->ff, c.fit->bram}) : 0; };
    const auto smallest = std::min_element(all.begin(), all.end(),
                                           [&](const Candidate& a, const Candidate& b) { return share(a) < share(b); });
    if (std::none_of(all.begin(), all.end(), fits)) {
        found.missed = fmt::format("no plan fits {}: the smallest takes {:.0f} % of its LUTs, {:.0f} % of its "
                                   "registers and {:.0f} % of its block memories",
                                   wanted.device->name, 100 * smallest->fit->lut, 100 * smallest->fit->ff,
                                   100 * smallest->fit->bram);
        found.remedy = "choose a larger device, or train the network with fewer or narrower weights";
        return;
    }
    // fastest first
    const auto fastest = std::find_if(all.begin(), all.end(), fits);
    found.missed =
        fmt::format("no plan reaches a latency of {:g} ns{}: the fastest takes {:.4g} ns, {} stages of {:g} ns",
                    *wanted.latency_ns, wanted.device ? fmt::format(" on {}", wanted.device->name) : "",
                    fastest->estimate.latency_ns, fastest->estimate.stages, fastest->plan.clock_ns);
    found.remedy = fmt::format("allow --latency {:.4g}{}, or train a network with fewer layers or narrower values",
                               fastest->estimate.latency_ns, wanted.clock_ns ? ", another --clock" : "");
}

void choose(Found& found, const Wanted& wanted) {
    for (std::size_t i = 0; i < found.candidates.size(); ++i) {
        const auto size = [&](std::size_t at) {
            const Estimate& estimate = found.candidates[at].estimate;
            return std::tuple(estimate.lut.value, estimate.ff.value, estimate.latency_ns);
        };
        if (found.candidates[i].good() && (!found.chosen || size(i) < size(*found.chosen)))
            found.chosen = i;
    }
    if (!found.chosen)
        explain(found, wanted);
}

} // namespace

Found search(const network::Network& network, const Wanted& wanted) {
    const auto started = Clock::now();
    const std::vector<double> clocks =
        wanted.clock_ns ? std::vector{*wanted.clock_ns} : std::vector(usual_clocks.begin(), usual_clocks.end());
    const Family family = wanted.device ? wanted.device->family : Family::ultrascale_plus;
    if (family == Family::ecp5)
        throw support::unsupported(
            fmt::format("estimates are of LUTs with six inputs, and {} has LUTs with four", wanted.device->name), {},
            "build the model, and gatewright synth --family ecp5 counts its cells");
    Found found;
    double shortest_path = std::numeric_limits<double>::infinity();
    for (std::uint32_t operands = 2; operands <= (family == Family::ultrascale_plus ? 3U : 2U); ++operands)
        for (std::uint32_t depth = 0; depth <= most_extra_depth; ++depth) {
            plan::Plan plan = wanted.base;
            plan.stages.reset();
            plan.chain_operands = operands;
            plan.extra_depth = depth;
            wanted.on_step(fmt::format("lower to chains of {} operands, {} levels above the fewest", operands, depth));
            const datapath::Graph graph = datapath::lower(network, plan);
            for (const double clock : clocks) {
                support::throw_if_interrupted();
                plan.clock_ns = clock;
                const datapath::Pipeline pipeline = datapath::pipeline(graph, plan);
                const auto estimating = Clock::now();
                Candidate candidate{plan, estimate(graph, pipeline, plan, family), {}, true};
                found.estimating_ms += milliseconds(estimating);
                ++found.tried;
                shortest_path = std::min(shortest_path, candidate.estimate.path_ns);
                if (!candidate.estimate.meets_clock())
                    continue;
                if (wanted.device)
                    candidate.fit = fit(candidate.estimate, *wanted.device);
                candidate.meets_latency =
                    !wanted.latency_ns || candidate.estimate.latency_ns <= *wanted.latency_ns + 1e-9;
                found.candidates.push_back(std::move(candidate));
            }
        }
    if (found.candidates.empty())
        throw support::user_error(
            fmt::format("no stage of {} can be as short as the clock: one takes {:.3g} ns by the delay model",
                        network.name, shortest_path),
            {}, fmt::format("choose a clock of at least {:.3g} ns", shortest_path + 0.0005));
    keep_best(found.candidates);
    choose(found, wanted);
    found.total_ms = milliseconds(started);
    return found;
}

} // namespace gw::estimate
