// When beats move, and how many must be able to wait: an analysis without simulation of hardware.
#pragma once

#include <cstdint>

#include "stream/design.hpp"

namespace gw::stream {

struct Schedule {
    /// Clock cycles from one frame to the next, where frames come without a pause: the steps of the busiest actor, or
    /// the beats of an input.
    std::uint64_t cycles_per_frame = 1;
    std::string busiest; ///< the actor's or the channel's name
    /// From the first beat in to the last beat of the same frame out, both included, in an empty design.
    std::uint64_t latency_cycles = 1;
};

/// Gives every channel the depth that it needs, and says how fast the design then is.
///
/// The design is run in max-plus time with channels of any capacity and inputs that come evenly, one frame in
/// cycles_per_frame; the most beats that ever wait in a channel become its depth. That run is one that the bounded
/// channels allow, so the bounded design has a run that ends; and since what actors read and write does not depend on
/// time, then none of its runs can end early: it has no deadlock, whatever the waits at its ports (T. M. Parks,
/// "Bounded scheduling of process networks", 1995).
Schedule schedule(Design& design);

} // namespace gw::stream
