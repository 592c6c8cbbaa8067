// Moves of local search: parts of a solved SumGraph opened again, to be eliminated anew.
#pragma once

#include "datapath/sum_graph.hpp"
#include "support/rng.hpp"

namespace gw::datapath {

/// The same outputs with some sums dissolved into those that use them, or with columns written anew from another value
/// and the digits of the rest. What and how much is drawn. Limits are kept, so eliminate() may follow at once.
SumGraph reopened(const SumGraph& solved, support::Random& random);

} // namespace gw::datapath
