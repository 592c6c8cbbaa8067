// Units of quantised weights, found in their values.
#pragma once

#include "import/graph.hpp"

namespace gw::import {

/// The weights of a dense layer, a convolution or a sum that are whole multiples of few numbers get these as units, one
/// for all or one an output, and a type for the multiples. All other constants keep only types of powers of two.
void find_units(Graph& graph);

} // namespace gw::import
