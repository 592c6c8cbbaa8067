// Bases: vectors of weights that are no column but are worth building, because columns are near them.
#pragma once

#include <cstdint>
#include <vector>

#include "datapath/column_tree.hpp"

namespace gw::datapath {

/// One weight an input: the vector that would save `tree` the most digits, of those that a few columns lead to.
std::vector<std::int64_t> find_base(const ColumnTree& tree, const TreeOptions& options);

} // namespace gw::datapath
