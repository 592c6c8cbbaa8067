// Register-minimal stages for a given number of stages and a given longest path.
#pragma once

#include <cstdint>
#include <vector>

#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"

namespace gw::datapath {

/// Whole, so that paths which are equally long compare equal whichever end they are summed from.
using Picoseconds = std::int64_t;

/// Two nodes that may not stand in one stage: the path from the one to the other is longer than a stage.
struct CriticalPair {
    NodeId from, to;
};

/// Enough such pairs to imply all others through the order of operands and users.
std::vector<CriticalPair> critical_pairs(const Graph& graph, const std::vector<Picoseconds>& delays,
                                         Picoseconds longest);

/// The stages with the fewest register bits among all with `stages` stages in which no path exceeds `longest`. There
/// must be one.
Pipeline retimed(const Graph& graph, const std::vector<CriticalPair>& pairs, std::uint32_t stages);

} // namespace gw::datapath
