// Which type hls4ml 1.3 gives to each variable of a layer: its order of look-up, and its `auto` rules.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "import/graph.hpp"
#include "import/hls4ml_config.hpp"

namespace gw::quantize {

class Hls4mlTypes {
  public:
    /// @param config none: fixed<16,6> for everything
    explicit Hls4mlTypes(const std::optional<import::Hls4mlConfig>& config);

    /// LayerName.variable, LayerName.default, LayerType.variable, LayerType.default, Model.variable, Model.default.
    /// Nothing: the type is to be inferred (`auto`).
    import::Precision precision(const import::Layer& layer, const std::string& variable) const;
    /// As above, `auto` being the model's default.
    fixed::FixedType or_default(const import::Layer& layer, const std::string& variable) const;
    fixed::FixedType default_type() const;
    /// Of the layer, its class or the model.
    std::optional<std::uint32_t> reuse_factor(const import::Layer& layer) const;
    /// latency, resource ..., in small letters.
    std::string strategy(const import::Layer& layer) const;

    /// Points of a layer's tables, softmax's implementation, types given past `Precision` ("table_t"): nothing where
    /// the configuration says nothing. LayerName before LayerType.
    std::optional<std::int64_t> table_size(const import::Layer& layer) const;
    std::optional<std::int32_t> table_range_power2(const import::Layer& layer) const;
    std::optional<std::string> implementation(const import::Layer& layer) const;
    std::optional<fixed::FixedType> attribute(const import::Layer& layer, const std::string& key) const;
    /// The widest that inference may choose.
    std::optional<fixed::FixedType> maximum() const;

    /// The type that holds sum_{i < terms} input * weight + bias, as hls4ml counts bits: for a dense layer's result and
    /// accumulator, and (terms = 1) for a batch normalisation's result.
    fixed::FixedType sum_type(const fixed::FixedType& input, const fixed::FixedType& weight,
                              const fixed::FixedType& bias, std::size_t terms) const;

  private:
    /// What the layer's own section says of something, else its class's.
    template <typename Get> auto find_setting(const import::Layer& layer, Get get) const;

    import::Hls4mlConfig config_;
};

/// The unsigned (for negative numbers signed) type that hls4ml chooses for a parameter of an activation: as many bits
/// as it needs, at most 8 without the sign.
fixed::FixedType minimal_type(double value);

} // namespace gw::quantize
