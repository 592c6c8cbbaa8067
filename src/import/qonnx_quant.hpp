// QONNX's Quant, IntQuant and BipolarQuant (github.com/fastmachinelearning/qonnx, docs/qonnx-custom-ops).
//
//   y = (round(clip(x / scale + zero_point)) - zero_point) * scale
//
// clip is to [-2^(b-1), 2^(b-1)-1] if signed (from -2^(b-1)+1 if narrow), else to [0, 2^b-1] ([0, 2^b-2] if narrow);
// signed with one bit means -1 and 1. As every rounding leaves whole numbers alone and is monotone, clipping before it
// equals saturating after it: with a scale 2^-f and no zero point a Quant is the conversion to a FixedType of f
// fraction bits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/graph.hpp"

namespace gw::import {

enum class QuantRounding : std::uint8_t { half_even, ceil, floor, up, down, half_up, half_down };

/// QONNX's names, any case; ROUND is HALF_EVEN. None for others.
std::optional<QuantRounding> parse_quant_rounding(const std::string& name);

struct QuantSpec {
    FloatArray scale;      ///< positive
    double zero_point = 0; ///< a whole number
    int bits = 8;          ///< 1 to 32
    bool is_signed = true, narrow = false;
    QuantRounding rounding = QuantRounding::half_even;
};

/// The types of a Quant on computed values whose last axis has `channels` elements: one, or one per channel. Throws
/// support::Error (kind unsupported) for what no FixedType does: a scale that is no power of two, a zero point, CEIL,
/// UP, unsigned narrow, signed with 1 bit.
std::vector<fixed::FixedType> quant_types(const QuantSpec& spec, std::uint32_t channels);

/// A Quant on constants, computed here: any rounding, any zero point, scales that are powers of two. Throws as
/// quant_types.
FloatArray quantised(const FloatArray& array, const QuantSpec& spec);

} // namespace gw::import
