#include "shell/ecp5/pll.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::shell {

Ecp5Pll ecp5_pll(double input_mhz, double wanted_mhz) {
    constexpr double slowest_detector = 3.125, slowest = 400, fastest = 800, tolerance = 0.01;
    constexpr std::uint32_t most = 80, most_output = 128;
    Ecp5Pll best;
    double best_error = std::numeric_limits<double>::infinity();
    for (std::uint32_t reference = 1; reference <= most && input_mhz / reference >= slowest_detector; ++reference) {
        const double detector = input_mhz / reference;
        const auto feedback = static_cast<std::uint32_t>(std::max(1.0, std::round(wanted_mhz / detector)));
        const double output = detector * feedback;
        const double error = std::abs(output - wanted_mhz);
        // The middle of the oscillator's range, for all else being equal.
        const auto divisor = static_cast<std::uint32_t>(std::max(1.0, std::floor((slowest + fastest) / 2 / output)));
        const double inside = output * divisor;
        if (feedback > most || divisor > most_output || inside < slowest || inside > fastest || error >= best_error)
            continue;
        best = {reference, feedback, divisor, output};
        best_error = error;
    }
    if (best_error > tolerance * wanted_mhz)
        throw support::user_error(fmt::format("no PLL setting makes {} MHz from {} MHz", wanted_mhz, input_mhz), {},
                                  "give --clock-mhz between 5 and 400");
    return best;
}

} // namespace gw::shell
