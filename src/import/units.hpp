// Units of quantised weights, found in their values.
#pragma once

#include "import/graph.hpp"

namespace gw::import {

/// The weights of a dense layer, a convolution, a sum or a scaling that are whole multiples of few numbers get these as
/// units, one for all or one an output, and a type for the multiples. Biases keep only types of powers of two. Nothing
/// changes in a graph without quantisers.
void find_units(Graph& graph);

} // namespace gw::import
