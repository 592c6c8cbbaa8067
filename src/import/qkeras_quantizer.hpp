// QKeras's quantisers (qkeras.quantizers, 0.9 and v3) at inference: as functions of a constant, and as layers.
#pragma once

#include <functional>
#include <optional>

#include "import/keras_layer.hpp"

namespace gw::import {

struct QkerasQuantizer {
    std::function<double(double)> value;                           ///< of one weight
    fixed::FixedType type;                                         ///< holds every result
    std::function<LayerId(KerasLayer&, std::string, LayerId)> add; ///< the layers that do the same behind an input

    FloatArray apply(const FloatArray& weights) const;
};

/// From a dictionary, or a text such as "quantized_bits(4, 0, alpha=1)". None where the value is null; what is not
/// understood is noted as a problem of `key`.
std::optional<QkerasQuantizer> read_qkeras_quantizer(KerasLayer& layer, const std::string& key, const Json& value);
/// Whether the value names one of QKeras's quantisers, and not an activation of Keras.
bool is_qkeras_quantizer(const Json& value);

} // namespace gw::import
