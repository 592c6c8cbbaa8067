// QKeras's quantisers (qkeras.quantizers, 0.9 and v3) at inference: as functions of constants, and as layers. What
// their straight-through estimators add in binary32, x + (q - x), is taken as q.
//
//   qkeras_call.cpp        name and arguments
//   qkeras_quantizer.cpp   those that are casts to a fixed-point type
//   qkeras_steps.cpp       those that are staircases: signs, powers of two, u-law, hard swish
//   qkeras_scale.cpp       scales found from the weights (alpha "auto" and "auto_po2")
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "import/qkeras_call.hpp"

namespace gw::import {

struct QkerasQuantizer {
    /// Constants quantised, of the file's own shape. Types hold every result; a scale a channel that is no power of two
    /// becomes units.
    std::function<FloatArray(const FloatArray&)> apply;
    /// The layers that do the same behind an input, named with a suffix.
    std::function<LayerId(KerasLayer&, std::string, LayerId)> add;
};

/// From a dictionary, or a text such as "quantized_bits(4, 0, alpha=1)". None where the value is null; what is not
/// understood is noted as a problem of `key`.
std::optional<QkerasQuantizer> read_qkeras_quantizer(KerasLayer& layer, const std::string& key, const Json& value);
/// Whether the value names one of QKeras's quantisers, and not an activation of Keras.
bool is_qkeras_quantizer(const Json& value);

/// An activation behind `input`: a quantiser, a function of QKeras's own ("hard_sigmoid" is another one than Keras's),
/// or one of Keras. `input` itself where it is linear.
LayerId qkeras_activated(KerasLayer& layer, const std::string& key, LayerId input, const std::string& suffix);

// Parts of it
// ---------------------------------------------------------------------------------------------------------------------

/// Each constant by itself, in the narrowest type that holds all results.
std::function<FloatArray(const FloatArray&)> each(std::function<double(double)> value);
/// These values in the narrowest type that holds all; no type where that needs more than 60 bits.
FloatArray typed(const Shape& shape, std::vector<double> values);

/// output = values[number of thresholds that are <= x]
QkerasQuantizer qkeras_steps(std::vector<double> thresholds, std::vector<double> values);
/// A function of few values, monotone between neighbouring `turns` (which ascend) and constant outside of them.
QkerasQuantizer qkeras_staircase(std::function<double(double)> value, const std::vector<double>& turns);

/// quantized_relu with use_sigmoid, quantized_ulaw, quantized_hswish, quantized_po2, quantized_relu_po2; binary,
/// ternary and their stochastic forms. A number as scale.
QkerasQuantizer qkeras_stepwise(QkerasArguments& arguments);
/// A scale found from the weights: quantized_bits, quantized_linear, binary, ternary.
QkerasQuantizer qkeras_scaled(QkerasArguments& arguments);

} // namespace gw::import
