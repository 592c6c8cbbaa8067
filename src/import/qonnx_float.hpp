// QONNX's FloatQuant: rounding to a small floating-point format, a staircase of one variable.
#pragma once

#include "import/layers.hpp"
#include "import/qonnx_quant.hpp"

namespace gw::import {

struct FloatSpec {
    double scale = 1;
    int exponent_bits = 4, mantissa_bits = 3;
    double bias = 7;    ///< of the exponent
    double largest = 0; ///< values end here, or at the format's own largest
    QuantRounding rounding = QuantRounding::half_even;
};

/// scale * the value of the format that x / scale, a float32 as QONNX has it, is rounded to.
double float_quantised(double x, const FloatSpec& spec);

/// The same as a staircase. Throws support::Error (kind unsupported) where it has more than 4096 steps.
Steps float_steps(const FloatSpec& spec);

} // namespace gw::import
