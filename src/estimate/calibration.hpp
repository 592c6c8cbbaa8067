// How the counts of the model (cells.hpp) relate to what synthesis really makes, measured.
#pragma once

#include <array>

#include "estimate/logic.hpp"

namespace gw::estimate {

/// The estimate of eight designs in ten is off by something between these, as a share of the real count.
struct Spread {
    double low = 0, high = 0;
};

struct Calibration {
    std::array<double, role_count> luts{}; ///< factor of each Role's LUTs
    double ff = 1;                         ///< factor of the flip-flops
    Spread lut_error, ff_error;            ///< on designs that the factors were not fitted to
};

const Calibration& calibration();

} // namespace gw::estimate
