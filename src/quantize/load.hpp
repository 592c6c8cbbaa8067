// From a model file of any kind to the Network: what the commands call.
#pragma once

#include <filesystem>

#include "quantize/quantize.hpp"

namespace gw::quantize {

/// Whether the file is Gatewright's own kind, whose types are settled. Throws support::Error if it cannot be read.
bool is_network_file(const std::filesystem::path& file);

/// Reads a model file, told apart by its ending, and a .json by its contents.
/// `.keras`, `.h5`, `.hdf5`, `.json` (weights: the configuration's KerasH5, else the .h5 beside it), `.onnx`.
/// Throws support::Error naming the file and everything in it that is not understood.
import::Graph import_model(const std::filesystem::path& file, const std::optional<import::Hls4mlConfig>& config);

/// import_model and quantize; a Gatewright network file (.json) is loaded as it is, options that would change it being
/// refused.
Quantised load_network(const std::filesystem::path& file, const Options& options);

} // namespace gw::quantize
