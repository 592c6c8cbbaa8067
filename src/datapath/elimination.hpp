// Two-term common subexpression elimination over a SumGraph, under its limits of depth.
#pragma once

#include "datapath/pair_table.hpp"
#include "datapath/sum_graph.hpp"

namespace gw::datapath {

/// Makes values of pairs of terms until no pair occurs twice where its limits allow it.
void eliminate(SumGraph& graph, const PairScore& score);

} // namespace gw::datapath
