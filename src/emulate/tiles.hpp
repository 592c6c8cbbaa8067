// Rows -> tiles (program.hpp, Tile), for inputs in 16-bit lanes.
#pragma once

#include "emulate/program.hpp"

namespace gw::emulate {

/// Rows of 16-bit sums, whose `shifted` terms drop up to 16 bits of a product. False, and nothing changed, if some
/// weight has no folded form, or where rows are better left alone.
bool make_folded(Linear& linear);

/// Rows of 32-bit sums with plain terms only, weights of 16 bits. False, and nothing changed, if that is not so.
bool make_pairs(Linear& linear);

/// Sets how folded tiles end, for an output in 16-bit lanes.
void choose_ends(Linear& linear);

} // namespace gw::emulate
