// Events for test benches, with what the network makes of them by its plain evaluation.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "network/network.hpp"
#include "support/array_io.hpp"

namespace gw::bundle {

struct Vectors {
    std::uint32_t count = 0;
    std::vector<std::int64_t> inputs, outputs; ///< raw mantissas, one event after the other
};

/// All inputs at zero, at their lowest, at their highest; then random ones over the inputs' types.
Vectors make_vectors(const network::Network& network, std::uint32_t count, std::uint64_t seed);

/// Raw mantissas as values. @return shape {events, types.size()}
support::Array values_of(const std::vector<std::int64_t>& raw, const std::vector<fixed::FixedType>& types);

/// tb_data/inputs.txt and outputs.txt of the HLS test bench: one event a line, raw mantissas with blanks between. At
/// most 1.5 MB each: of long events only the first ones, but one at least.
std::map<std::string, std::string> bench_files(const network::Network& network, const Vectors& vectors);

} // namespace gw::bundle
