// Local search over solved SumGraphs.
#pragma once

#include <vector>

#include "datapath/pair_table.hpp"
#include "datapath/sum_graph.hpp"

namespace gw::datapath {

/// A solved graph and its adders.
struct Solved {
    SumGraph graph;
    CmvmSolution solution;
};

Solved solved(SumGraph graph, const PairScore& score);
/// Whether x has less of what is wanted.
bool better(const CmvmSolution& x, const CmvmSolution& y, Objective objective);

/// The best that options.rounds, or as many as options.seconds allow, make of the starts; starts are not empty.
CmvmSolution improved(std::vector<Solved> starts, const CmvmOptions& options);

} // namespace gw::datapath
