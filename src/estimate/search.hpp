// Looking for a plan: what a latency and a device allow, by estimates alone.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "estimate/estimate.hpp"
#include "network/network.hpp"
#include "plan/plan.hpp"

namespace gw::estimate {

struct Wanted {
    plan::Plan base;                  ///< delays and part; the rest is searched
    std::optional<double> clock_ns;   ///< this clock only
    std::optional<double> latency_ns; ///< at most
    const Device* device = nullptr;   ///< must hold the design
    /// Told at the beginning of each lowering, for people.
    std::function<void(const std::string& step)> on_step = [](const std::string&) {};
};

struct Candidate {
    plan::Plan plan;
    Estimate estimate;
    std::optional<Fit> fit; ///< where a device was named
    bool meets_latency = true;

    bool good() const { return meets_latency && (!fit || fit->fits); }
};

struct Found {
    std::vector<Candidate> candidates; ///< those that no other beats in latency, LUT and FF; fastest first
    std::optional<std::size_t> chosen; ///< of them, the good one with the fewest LUTs, then FFs
    std::size_t tried = 0;
    double estimating_ms = 0; ///< of all estimates together, without lowering and pipelining
    double total_ms = 0;
    std::string missed, remedy; ///< where none was chosen: which wish no plan grants, and what would
};

/// The network must be sound. Throws support::Error where it cannot be lowered, no stage can be as short as the
/// clock that was asked for, or the device is of a family without estimates.
Found search(const network::Network& network, const Wanted& wanted);

} // namespace gw::estimate
