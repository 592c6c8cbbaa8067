// Values to raw mantissas and back. Most values in practice lie on the type's grid and inside its range; those take the
// short way.
#include <array>
#include <cmath>
#include <fmt/format.h>

#include "emulate/emulator.hpp"
#include "support/error.hpp"

namespace gw::emulate {
namespace {

/// What the short way needs of a type.
struct Grid {
    double scale = 1, low = 0, high = 0;
    const fixed::FixedType* type = nullptr;
};

std::vector<Grid> grids(const network::Network& network, const std::vector<network::TensorId>& ids) {
    std::vector<Grid> all;
    for (const network::TensorId id : ids)
        for (std::size_t i = 0; i < network.tensor(id).size(); ++i) {
            const fixed::FixedType& type = network.tensor(id).type(i);
            // Ends that binary64 rounds up would let too large a value through.
            const bool exact = type.width <= 53;
            all.push_back({std::ldexp(1.0, type.fraction), exact ? static_cast<double>(type.lowest()) : 0.0,
                           exact ? static_cast<double>(type.highest()) : 0.0, &type});
        }
    return all;
}

} // namespace

void to_raw(const network::Network& network, std::span<const double> values, std::span<std::int64_t> raw,
            std::size_t first_event) {
    const std::vector<Grid> elements = grids(network, network.inputs);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t element = i % elements.size();
        const Grid& grid = elements[element];
        const double scaled = values[i] * grid.scale;
        const bool underflow = scaled == 0 && values[i] != 0; // only then is the product with a power of two not exact
        if (scaled >= grid.low && scaled <= grid.high && scaled == std::floor(scaled) && !underflow) {
            raw[i] = static_cast<std::int64_t>(scaled);
            continue;
        }
        try {
            raw[i] = static_cast<std::int64_t>(fixed::from_double(values[i], *grid.type));
        } catch (const support::Error& error) {
            throw support::user_error(error.problem(),
                                      fmt::format("event {}, input {}", first_event + i / elements.size(), element),
                                      error.remedy());
        }
    }
}

void to_values(const network::Network& network, std::span<const std::int64_t> raw, std::span<double> values) {
    const std::vector<Grid> elements = grids(network, network.outputs);
    for (std::size_t i = 0; i < raw.size(); ++i)
        values[i] = static_cast<double>(raw[i]) / elements[i % elements.size()].scale;
}

} // namespace gw::emulate
