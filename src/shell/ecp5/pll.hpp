// The ECP5's phase-locked loop: divisors for a wanted clock.
#pragma once

#include <cstdint>

namespace gw::shell {

/// output = input * feedback / reference; the oscillator inside runs at output * output_divisor.
struct Ecp5Pll {
    std::uint32_t reference = 1, feedback = 1, output_divisor = 1;
    double output_mhz = 0;
};

/// The divisors that come closest to `wanted_mhz`, within the limits of FPGA-DS-02012 (phase detector from 3.125 MHz
/// on, oscillator 400 to 800 MHz). The same limits as Project Trellis' ecppll. Throws support::Error (user) where none
/// comes within 1 %.
Ecp5Pll ecp5_pll(double input_mhz, double wanted_mhz);

} // namespace gw::shell
