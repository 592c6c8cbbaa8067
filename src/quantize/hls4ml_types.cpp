#include "quantize/hls4ml_types.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>

namespace gw::quantize {

using fixed::FixedType;
using import::LayerSettings;
using import::Precision;

namespace {

std::string small_letters(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// Outer optional: whether the settings say anything.
std::optional<Precision> find(const LayerSettings& settings, const std::string& variable) {
    for (const std::string& key : {variable, std::string("default")})
        if (const auto found = settings.precision.find(key); found != settings.precision.end())
            return found->second;
    return std::nullopt;
}

const LayerSettings* find_settings(const std::map<std::string, LayerSettings>& all, const std::string& key) {
    const auto found = all.find(key);
    return found == all.end() ? nullptr : &found->second;
}

} // namespace

Hls4mlTypes::Hls4mlTypes(const std::optional<import::Hls4mlConfig>& config)
    : config_(config.value_or(import::Hls4mlConfig{})) {}

FixedType Hls4mlTypes::default_type() const {
    const auto found = config_.model.precision.find("default");
    return found != config_.model.precision.end() && found->second ? *found->second : fixed::ap_fixed(16, 6);
}

Precision Hls4mlTypes::precision(const import::Layer& layer, const std::string& variable) const {
    if (const LayerSettings* own = find_settings(config_.by_name, small_letters(import::hls4ml_name(layer))))
        if (const auto found = find(*own, variable))
            return *found;
    if (const auto kind = import::hls4ml_class(layer))
        if (const LayerSettings* shared = find_settings(config_.by_type, *kind))
            if (const auto found = find(*shared, variable))
                return *found;
    if (const auto found = find(config_.model, variable); found && *found)
        return *found;
    return default_type();
}

FixedType Hls4mlTypes::or_default(const import::Layer& layer, const std::string& variable) const {
    return precision(layer, variable).value_or(default_type());
}

std::string Hls4mlTypes::strategy(const import::Layer& layer) const {
    const LayerSettings* own = find_settings(config_.by_name, small_letters(import::hls4ml_name(layer)));
    if (own != nullptr && own->strategy)
        return *own->strategy;
    const auto kind = import::hls4ml_class(layer);
    const LayerSettings* shared = kind ? find_settings(config_.by_type, *kind) : nullptr;
    if (shared != nullptr && shared->strategy)
        return *shared->strategy;
    return config_.model.strategy.value_or("latency");
}

template <typename Get> auto Hls4mlTypes::find_setting(const import::Layer& layer, Get get) const {
    using Found = decltype(get(LayerSettings{}));
    const LayerSettings* own = find_settings(config_.by_name, small_letters(import::hls4ml_name(layer)));
    if (own != nullptr)
        if (Found found = get(*own))
            return found;
    const auto kind = import::hls4ml_class(layer);
    const LayerSettings* shared = kind ? find_settings(config_.by_type, *kind) : nullptr;
    return shared != nullptr ? get(*shared) : Found();
}

std::optional<std::uint32_t> Hls4mlTypes::reuse_factor(const import::Layer& layer) const {
    const auto found = find_setting(layer, [](const LayerSettings& settings) { return settings.reuse_factor; });
    return found ? found : config_.model.reuse_factor;
}

std::optional<std::int64_t> Hls4mlTypes::table_size(const import::Layer& layer) const {
    return find_setting(layer, [](const LayerSettings& settings) { return settings.table_size; });
}

std::optional<std::int32_t> Hls4mlTypes::table_range_power2(const import::Layer& layer) const {
    return find_setting(layer, [](const LayerSettings& settings) { return settings.table_range_power2; });
}

std::optional<std::string> Hls4mlTypes::implementation(const import::Layer& layer) const {
    return find_setting(layer, [](const LayerSettings& settings) { return settings.implementation; });
}

std::optional<FixedType> Hls4mlTypes::attribute(const import::Layer& layer, const std::string& key) const {
    return find_setting(layer, [&](const LayerSettings& settings) {
        const auto found = settings.attributes.find(key);
        return found == settings.attributes.end() ? std::optional<FixedType>() : std::optional(found->second);
    });
}

std::optional<FixedType> Hls4mlTypes::maximum() const {
    const auto found = config_.model.precision.find("maximum");
    return found == config_.model.precision.end() ? std::nullopt : found->second;
}

FixedType minimal_type(double value) {
    if (value == 0)
        return fixed::ap_ufixed(1, 1);
    int exponent = 0;
    auto odd = static_cast<std::int64_t>(std::ldexp(std::frexp(std::abs(value), &exponent), 53));
    const int fraction = 53 - std::countr_zero(static_cast<std::uint64_t>(odd)) - exponent;
    // A negative power of two is the lowest value of a type with one bit less.
    const bool is_lowest = value < 0 && (odd & (odd - 1)) == 0;
    const int integer = exponent - (is_lowest ? 1 : 0), sign = value < 0 ? 1 : 0;
    const int width = std::min(sign + integer + fraction, sign + 8);
    return {width, width - sign - integer, sign == 1};
}

FixedType Hls4mlTypes::sum_type(const FixedType& input, const FixedType& weight, const FixedType& bias,
                                std::size_t terms) const {
    const int growth = terms <= 1 ? 0 : static_cast<int>(std::bit_width(terms - 1)); // ceil(log2(terms))
    const bool product_signed = weight.is_signed || input.is_signed;
    const int product_integer = weight.integer() + input.integer() + growth;
    const int product_fraction = weight.fraction + input.fraction;
    const int integer = std::max(product_integer + (bias.is_signed && !product_signed ? 1 : 0),
                                 bias.integer() + (product_signed && !bias.is_signed ? 1 : 0)) +
                        1;
    int width = integer + std::max(product_fraction, bias.fraction);
    int kept_integer = integer;
    if (const auto most = maximum()) {
        width = std::min(width, most->width);
        kept_integer = std::min(integer, most->integer());
    }
    return {width, width - kept_integer, product_signed || bias.is_signed, fixed::Rounding::trn, fixed::Overflow::wrap};
}

} // namespace gw::quantize
