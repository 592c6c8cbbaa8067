// Exact numerics: sums and products exact, roundings only where the model, the configuration or a stated default says
// so.
#pragma once

#include "quantize/quantize.hpp"

namespace gw::quantize {

/// Throws support::Error (kind unsupported) where a value would need more than 64 bits.
Quantised lower_exactly(const import::Graph& graph, const Options& options);

} // namespace gw::quantize
