// Sums of a finished graph, added up anew with carry chains of three operands.
#pragma once

#include "datapath/graph.hpp"
#include "datapath/sum_tree.hpp"

namespace gw::datapath {

/// The same outputs, bit for bit, with the sums regrouped: constants of one sum become one, single-use sums are taken
/// apart and built as cheapest, and a sum that several share stays shared only where that takes fewer LUTs.
Graph regrouped(const Graph& graph, const TreeOptions& options);

} // namespace gw::datapath
