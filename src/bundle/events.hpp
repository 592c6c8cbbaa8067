// Events as files: what belongs to which network input, and outputs back to files.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "network/network.hpp"
#include "support/array_io.hpp"

namespace gw::bundle {

/// Reads the inputs of `network` and lays them side by side: one row an event, all inputs concatenated in network
/// order.
///
/// Either one file per input, in input order (.npy, .csv), or one file that has an array per input name (.npz, .h5). A
/// file with a single array serves a network with a single input whatever the array's name, as does an array "x", by
/// which training data go. The first axis counts events; the others may be flattened. Throws support::Error (kind user)
/// where shapes, names or event counts do not fit, or a value is NaN or infinite.
/// @return shape {events, network.input_size()}
support::Array read_events(const network::Network& network, const std::vector<std::filesystem::path>& files);

/// Splits rows of concatenated outputs into one array per network output, of shape {events, output shape ...}.
/// @param rows shape {events, network.output_size()}
std::map<std::string, support::Array> split_outputs(const network::Network& network, const support::Array& rows);

/// Writes outputs as float64: .npy or .csv (one output only) or .npz (any number). Atomic.
void write_outputs(const std::filesystem::path& file, const network::Network& network, const support::Array& rows);

/// Throws (kind user) unless `file` has an ending that write_outputs can serve for this network: asked before the work.
void require_output_format(const std::filesystem::path& file, const network::Network& network);

} // namespace gw::bundle
