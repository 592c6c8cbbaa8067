#include "import/qonnx_quant.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.hpp"

namespace gw::import {

using fixed::FixedType;
using fixed::Overflow;
using fixed::Rounding;

namespace {

double in_float32(double x) {
    return static_cast<double>(static_cast<float>(x));
}

/// The type's part of a rounding; CEIL and UP stand in the layer.
Rounding fixed_rounding(QuantRounding rounding) {
    switch (rounding) {
    case QuantRounding::half_even:
        return Rounding::rnd_conv;
    case QuantRounding::down:
        return Rounding::trn_zero;
    case QuantRounding::half_up:
        return Rounding::rnd_inf;
    case QuantRounding::half_down:
        return Rounding::rnd_zero;
    case QuantRounding::floor:
    case QuantRounding::ceil:
    case QuantRounding::up:
        break;
    }
    return Rounding::trn;
}

double code_of(double x, double bits, const QuantSpec& spec) {
    if (spec.is_signed && bits == 1)
        return x >= 0 ? 1 : -1;
    const double half = std::exp2(bits - 1);
    const double low = spec.is_signed ? -half + (spec.narrow ? 1 : 0) : 0;
    const double high = spec.is_signed ? half - 1 : 2 * half - (spec.narrow ? 2 : 1);
    return round_as(std::clamp(x, low, high), spec.rounding);
}

bool all_zero(const FloatArray& array) {
    return std::all_of(array.values.begin(), array.values.end(), [](double value) { return value == 0; });
}

} // namespace

std::optional<std::int32_t> fraction_of(double value) {
    int exponent = 0;
    if (!(value > 0) || std::frexp(value, &exponent) != 0.5)
        return std::nullopt;
    return 1 - exponent;
}

std::optional<QuantRounding> parse_quant_rounding(const std::string& name) {
    std::string word = name;
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
    static const std::pair<const char*, QuantRounding> names[] = {
        {"ROUND", QuantRounding::half_even}, {"HALF_EVEN", QuantRounding::half_even},
        {"CEIL", QuantRounding::ceil},       {"FLOOR", QuantRounding::floor},
        {"UP", QuantRounding::up},           {"DOWN", QuantRounding::down},
        {"HALF_UP", QuantRounding::half_up}, {"HALF_DOWN", QuantRounding::half_down}};
    for (const auto& [known, rounding] : names)
        if (word == known)
            return rounding;
    return std::nullopt;
}

double round_as(double x, QuantRounding rounding) {
    switch (rounding) {
    case QuantRounding::half_even:
        return std::nearbyint(x); // the default floating-point environment: ties to even
    case QuantRounding::ceil:
        return std::ceil(x);
    case QuantRounding::floor:
        return std::floor(x);
    case QuantRounding::up:
        return std::copysign(std::ceil(std::abs(x)), x);
    case QuantRounding::down:
        return std::trunc(x);
    case QuantRounding::half_up:
        return std::copysign(std::floor(std::abs(x) + 0.5), x);
    case QuantRounding::half_down:
        return std::copysign(std::ceil(std::abs(x) - 0.5), x);
    }
    throw support::internal_error("unknown rounding mode");
}

bool QuantSpec::bipolar() const {
    return is_signed && std::all_of(bits.values.begin(), bits.values.end(), [](double width) { return width == 1; });
}

std::vector<std::size_t> broadcast_indices(const Shape& shape, const Shape& whole) {
    const std::size_t missing = whole.size() - std::min(whole.size(), shape.size());
    const std::size_t extra = shape.size() - std::min(whole.size(), shape.size());
    std::vector<std::size_t> steps(whole.size(), 0);
    std::size_t step = 1;
    for (std::size_t k = shape.size(); k-- > 0;) {
        const bool fits = k >= extra ? (shape[k] == 1 || shape[k] == whole[k - extra + missing]) : shape[k] == 1;
        if (!fits)
            throw support::unsupported(fmt::format("a scale of shape [{}] does not fit values of shape [{}]",
                                                   fmt::join(shape, ", "), fmt::join(whole, ", ")));
        if (shape[k] != 1)
            steps[k - extra + missing] = step;
        step *= shape[k];
    }
    std::vector<std::size_t> out(network::elements(whole), 0);
    for (std::size_t i = 0; i < out.size(); ++i)
        for (std::size_t k = whole.size(), rest = i; k-- > 0; rest /= whole[k])
            out[i] += rest % whole[k] * steps[k];
    return out;
}

Quantise quantise_layer(const QuantSpec& spec, const Shape& shape) {
    const auto scale_at = broadcast_indices(spec.scale.shape, shape);
    const auto bits_at = broadcast_indices(spec.bits.shape, shape);
    const bool limited = !spec.is_signed && spec.narrow;
    Quantise layer;
    if (spec.rounding == QuantRounding::ceil)
        layer.rounding = Quantise::Rounding::up;
    if (spec.rounding == QuantRounding::up)
        layer.rounding = Quantise::Rounding::from_zero;
    bool as_types = all_zero(spec.zero_point) && !limited;
    for (const double scale : spec.scale.values)
        as_types = as_types && fraction_of(scale).has_value();
    if (!as_types)
        layer.scale = FloatArray{spec.scale.shape, spec.scale.values, {}, {}};
    if (!all_zero(spec.zero_point))
        layer.zero_point = FloatArray{spec.zero_point.shape, spec.zero_point.values, {}, {}};
    const bool alike = spec.bits.values.size() == 1 && (!as_types || spec.scale.values.size() == 1);
    for (std::size_t i = 0; i < (alike ? 1 : network::elements(shape)); ++i) {
        const double bits = spec.bits.values[alike ? 0 : bits_at[i]];
        if (limited && bits != spec.bits.values.front())
            throw support::unsupported("unsigned narrow ranges of several widths are not understood");
        const std::int32_t fraction = as_types ? *fraction_of(spec.scale.values[alike ? 0 : scale_at[i]]) : 0;
        layer.types.push_back({static_cast<std::int32_t>(bits), fraction, spec.is_signed, fixed_rounding(spec.rounding),
                               spec.narrow && spec.is_signed ? Overflow::sat_sym : Overflow::sat});
    }
    if (limited)
        layer.highest = std::exp2(spec.bits.values.front()) - 2;
    return layer;
}

FloatArray quantised(const FloatArray& array, const QuantSpec& spec) {
    FloatArray out{array.shape, {}, std::nullopt, {}};
    const auto scale_at = broadcast_indices(spec.scale.shape, array.shape);
    const auto zero_at = broadcast_indices(spec.zero_point.shape, array.shape);
    const auto bits_at = broadcast_indices(spec.bits.shape, array.shape);
    int code_bits = 2;
    for (std::size_t i = 0; i < array.values.size(); ++i) {
        const double scale = spec.scale.values[scale_at[i]], zero = spec.zero_point.values[zero_at[i]];
        const double code =
            code_of(in_float32(in_float32(array.values[i] / scale) + zero), spec.bits.values[bits_at[i]], spec) - zero;
        code_bits = std::max(code_bits, code == 0 ? 0 : std::ilogb(code) + 3);
        out.values.push_back(code * scale);
    }
    return with_unit(std::move(out), spec.scale, code_bits);
}

FloatArray with_unit(FloatArray values, const FloatArray& scale, int code_bits) {
    const auto powers = std::all_of(scale.values.begin(), scale.values.end(),
                                    [](double value) { return fraction_of(value).has_value(); });
    if (powers) {
        std::int32_t finest = *fraction_of(scale.values.front());
        for (const double value : scale.values)
            finest = std::max(finest, *fraction_of(value));
        values.type = FixedType{64, finest, true, Rounding::trn, Overflow::sat};
    } else if (scale.values.size() == 1) {
        values.units = scale.values;
        values.type = FixedType{code_bits, 0, true, Rounding::rnd_conv, Overflow::sat};
    }
    return values;
}

} // namespace gw::import
