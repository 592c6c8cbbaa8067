// HGQ2's quantisers (hgq.quantizer): kinds kbi (keep negative, bits, integer bits) and kif (integer and fraction bits),
// one width an element or a group of elements, trained and so kept among the weights.
#pragma once

#include <optional>
#include <vector>

#include "import/keras_layer.hpp"

namespace gw::import {

struct Hgq2Quantizer {
    Shape shape; ///< of the widths; activations: the event axis, 1, in front
    std::vector<fixed::FixedType> types;
    std::vector<bool> wraps; ///< for weights: whether a value beyond the range wraps (else it is kept)
    double scaler = 1;
    std::optional<std::pair<double, double>> affine; ///< output * first + second

    /// Constants as the layer uses them, with a type that holds them.
    FloatArray apply(const FloatArray& weights) const;
};

/// Reads a QuantizerConfig and its widths. None for a quantiser that does nothing, and where a problem was noted.
/// @param weights the quantiser's group, the part `quantizer` in it
std::optional<Hgq2Quantizer> read_hgq2_quantizer(KerasLayer& layer, const std::string& key, const Json& config,
                                                 const KerasWeights& weights);

/// The quantiser as a layer behind `input`.
LayerId quantised(KerasLayer& layer, const std::string& suffix, LayerId input,
                  const std::optional<Hgq2Quantizer>& quantizer);

} // namespace gw::import
