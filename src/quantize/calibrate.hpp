// Magnitudes of a float model's values on data, from which exact numerics choose fraction bits.
#pragma once

#include <span>

#include "quantize/quantize.hpp"

namespace gw::quantize {

/// @param data events in a row, each the model's inputs concatenated; at least one
/// @param bits of an activation, the sign among them; 4 to 32
/// Throws support::Error (kind user) where the data are no whole number of events, not finite, or none.
Calibration calibrate(const import::Graph& graph, std::span<const double> data, int bits);

/// Whether the model itself says how its values are rounded: it needs no calibration.
bool has_quantisers(const import::Graph& graph);

} // namespace gw::quantize
