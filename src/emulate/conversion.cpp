// Values to raw mantissas and back. Most values in practice lie on the type's grid and inside its range; those take the
// short way.
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

#include "emulate/emulator.hpp"
#include "support/error.hpp"

namespace gw::emulate {
namespace {

/// What the short way needs of a type.
struct Grid {
    double scale = 1, step = 1; ///< 2^fraction and 2^-fraction
    double low = 0, high = 0;
    const fixed::FixedType* type = nullptr;
};

std::vector<Grid> grids(const network::Network& network, const std::vector<network::TensorId>& ids) {
    std::vector<Grid> all;
    for (const network::TensorId id : ids)
        for (std::size_t i = 0; i < network.tensor(id).size(); ++i) {
            const fixed::FixedType& type = network.tensor(id).type(i);
            // Ends that binary64 rounds up would let too large a value through.
            const bool exact = type.width <= 53;
            all.push_back({std::ldexp(1.0, type.fraction), std::ldexp(1.0, -type.fraction),
                           exact ? static_cast<double>(type.lowest()) : 0.0,
                           exact ? static_cast<double>(type.highest()) : 0.0, &type});
        }
    return all;
}

} // namespace

void to_raw(const network::Network& network, std::span<const double> values, std::span<std::int64_t> raw,
            std::size_t first_event) {
    const std::vector<Grid> elements = grids(network, network.inputs);
    for (std::size_t event = 0, i = 0; i < values.size(); ++event)
        for (std::size_t element = 0; element < elements.size(); ++element, ++i) {
            const Grid& grid = elements[element];
            const double scaled = values[i] * grid.scale;
            if (scaled >= grid.low && scaled <= grid.high) {
                const auto whole = static_cast<std::int64_t>(scaled);
                // Only an underflow makes the product with a power of two inexact.
                if (static_cast<double>(whole) == scaled && (whole != 0 || values[i] == 0)) {
                    raw[i] = whole;
                    continue;
                }
            }
            try {
                raw[i] = static_cast<std::int64_t>(fixed::from_double(values[i], *grid.type));
            } catch (const support::Error& error) {
                throw support::user_error(
                    error.problem(), fmt::format("event {}, input {}", first_event + event, element), error.remedy());
            }
        }
}

void to_values(const network::Network& network, std::span<const std::int64_t> raw, std::span<double> values) {
    const std::vector<Grid> elements = grids(network, network.outputs);
    for (std::size_t i = 0; i < raw.size();)
        for (const Grid& grid : elements) {
            const bool normal = std::abs(grid.type->fraction) <= 1000; // beyond, the step passes binary64's ends
            values[i] =
                normal ? static_cast<double>(raw[i]) * grid.step : fixed::to_double(raw[i], grid.type->fraction);
            ++i;
        }
}

} // namespace gw::emulate
