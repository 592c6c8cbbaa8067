// Satisfiability of a literal, by CaDiCaL.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "formal/aig.hpp"

namespace gw::formal {

using Clock = std::chrono::steady_clock;

enum class Answer : std::uint8_t { impossible, possible, no_time };

struct Solution {
    Answer answer = Answer::no_time;
    std::vector<bool> inputs; ///< of the graph's inputs in order, where it is possible
};

/// Whether some inputs make all of `wanted` true.
Solution solve(const Aig& aig, const std::vector<Literal>& wanted, Clock::time_point until);

} // namespace gw::formal
