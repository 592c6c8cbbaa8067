// Uniform quantisers of QONNX (github.com/fastmachinelearning/qonnx, docs/qonnx-custom-ops: Quant, IntQuant).
//
//   y = (round(clip(x / scale + zero_point)) - zero_point) * scale
//
// clip is to [-2^(b-1), 2^(b-1)-1] if signed (from -2^(b-1)+1 if narrow), else to [0, 2^b-1] ([0, 2^b-2] if narrow);
// signed with one bit means -1 and 1 (x / scale + zero_point >= 0). As every rounding leaves whole numbers alone and is
// monotone, clipping before it equals saturating after it: with a scale 2^-f and no zero point a Quant is the
// conversion to a FixedType of f fraction bits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/graph.hpp"

namespace gw::import {

enum class QuantRounding : std::uint8_t { half_even, ceil, floor, up, down, half_up, half_down };

/// QONNX's names, any case; ROUND is HALF_EVEN. None for others.
std::optional<QuantRounding> parse_quant_rounding(const std::string& name);
double round_as(double x, QuantRounding rounding);

/// All three arrays are broadcast onto the values.
struct QuantSpec {
    FloatArray scale;                          ///< positive
    FloatArray zero_point = {{}, {0}, {}, {}}; ///< whole numbers, in version 1 of Trunc also parts of them
    FloatArray bits = {{}, {8}, {}, {}};       ///< whole numbers from 1 to 32
    bool is_signed = true, narrow = false;
    QuantRounding rounding = QuantRounding::half_even;

    bool bipolar() const; ///< -1 and 1
};

/// The index of an array's element for each element of `whole`, on which it is broadcast. Throws support::Error (kind
/// unsupported) where it does not fit.
std::vector<std::size_t> broadcast_indices(const Shape& shape, const Shape& whole);

/// A Quant on computed values of a shape; arrays fit it. Throws support::Error (kind unsupported) for what no layer
/// does. One signed bit is -1 and 0 here.
Quantise quantise_layer(const QuantSpec& spec, const Shape& shape);

/// On constants, computed here, in float32 as QONNX does; the codes are multiplied by the scale exactly.
FloatArray quantised(const FloatArray& array, const QuantSpec& spec);

/// Codes times scales with what is known of their common unit.
/// @param code_bits that hold every code
FloatArray with_unit(FloatArray values, const FloatArray& scale, int code_bits);

/// f where value = 2^-f.
std::optional<std::int32_t> fraction_of(double value);

} // namespace gw::import
