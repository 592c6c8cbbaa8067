// hls4ml numerics: the Network that hls4ml 1.3's C simulation computes (backend Vitis, io_parallel).
#pragma once

#include "quantize/quantize.hpp"

namespace gw::quantize {

/// Throws support::Error (kind unsupported) for models that hls4ml would not take as we read them: quantiser nodes,
/// ONNX files.
Quantised lower_as_hls4ml(const import::Graph& graph, const std::optional<import::Hls4mlConfig>& config);

} // namespace gw::quantize
