// What the values of a network are on data: ranges, distributions, and where wrapping or saturation happens.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "network/network.hpp"
#include "support/array_io.hpp"

namespace gw::inspect {

/// One tensor over all events and elements.
struct TensorProfile {
    std::string name, kind; ///< kind: the op's, or "input"
    std::string type;       ///< of the first element; "..." behind it where others differ
    std::size_t values = 0, zeros = 0;
    double least = 0, most = 0, mean = 0, deviation = 0;
    std::size_t wrapped = 0, saturated = 0; ///< exact results beyond the type, by its overflow mode
    double exact_least = 0, exact_most = 0; ///< before the cast
    /// How many |values| lie in [2^k, 2^(k+1)), k from -12 up; the ends hold what is beyond.
    static constexpr int lowest_octave = -12;
    std::array<std::size_t, 32> octaves{};
};

/// @param rows shape {events, network.input_size()}; at least one event
std::vector<TensorProfile> profile(const network::Network& network, const support::Array& rows);

} // namespace gw::inspect
