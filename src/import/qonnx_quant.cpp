#include "import/qonnx_quant.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::import {

using fixed::FixedType;
using fixed::Overflow;
using fixed::Rounding;

namespace {

/// f where scale = 2^-f.
std::int32_t fraction_of(double scale) {
    int exponent = 0;
    if (!(scale > 0) || std::frexp(scale, &exponent) != 0.5)
        throw support::unsupported(fmt::format("scale {} is no power of two", scale), "",
                                   "train with power-of-two scales");
    return 1 - exponent;
}

std::optional<Rounding> fixed_rounding(QuantRounding rounding) {
    switch (rounding) {
    case QuantRounding::half_even:
        return Rounding::rnd_conv;
    case QuantRounding::floor:
        return Rounding::trn;
    case QuantRounding::down:
        return Rounding::trn_zero;
    case QuantRounding::half_up:
        return Rounding::rnd_inf;
    case QuantRounding::half_down:
        return Rounding::rnd_zero;
    case QuantRounding::ceil:
    case QuantRounding::up:
        break;
    }
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

double code_of(double x, const QuantSpec& spec) {
    if (spec.is_signed && spec.bits == 1)
        return x >= 0 ? 1 : -1;
    const double low = spec.is_signed ? -std::ldexp(1, spec.bits - 1) + (spec.narrow ? 1 : 0) : 0;
    const double high =
        spec.is_signed ? std::ldexp(1, spec.bits - 1) - 1 : std::ldexp(1, spec.bits) - (spec.narrow ? 2 : 1);
    return round_as(std::clamp(x, low, high), spec.rounding);
}

/// How many steps of `shape` (aligned to the right of `whole`, size 1 being spread) belong to each element of `whole`.
class Spread {
  public:
    Spread(const Shape& shape, const Shape& whole) : steps_(whole.size(), 0), whole_(whole) {
        const std::size_t missing = whole.size() - std::min(whole.size(), shape.size());
        const std::size_t extra = shape.size() - std::min(whole.size(), shape.size());
        std::size_t step = 1;
        for (std::size_t k = shape.size(); k-- > 0;) {
            const bool fits = k >= extra ? (shape[k] == 1 || shape[k] == whole[k - extra + missing]) : shape[k] == 1;
            if (!fits)
                throw support::unsupported(fmt::format("a scale of shape [{}] does not fit values of shape [{}]",
                                                       fmt::join(shape, ", "), fmt::join(whole, ", ")));
            if (shape[k] != 1)
                steps_[k - extra + missing] = step;
            step *= shape[k];
        }
    }
    std::size_t operator()(std::size_t element) const {
        std::size_t index = 0;
        for (std::size_t k = whole_.size(); k-- > 0;) {
            index += element % whole_[k] * steps_[k];
            element /= whole_[k];
        }
        return index;
    }

  private:
    std::vector<std::size_t> steps_;
    const Shape& whole_;
};

} // namespace

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

std::vector<FixedType> quant_types(const QuantSpec& spec, std::uint32_t channels) {
    const auto rounding = fixed_rounding(spec.rounding);
    if (!rounding)
        throw support::unsupported("rounding modes CEIL and UP are not understood on computed values", "",
                                   "use ROUND or FLOOR");
    if (spec.zero_point != 0)
        throw support::unsupported(fmt::format("zero point {} is not understood (only 0 is)", spec.zero_point));
    if (!spec.is_signed && spec.narrow)
        throw support::unsupported("an unsigned narrow range is not understood on computed values");
    if (spec.is_signed && spec.bits == 1)
        throw support::unsupported("one signed bit (-1 and 1) is not understood on computed values");
    const std::size_t count = spec.scale.values.size();
    if (count != 1 && (count != channels || spec.scale.shape.back() != channels))
        throw support::unsupported(
            fmt::format("a scale of shape [{}] does not fit {} channels", fmt::join(spec.scale.shape, ", "), channels));
    std::vector<FixedType> out;
    for (double scale : spec.scale.values)
        out.push_back({spec.bits, fraction_of(scale), spec.is_signed, *rounding,
                       spec.narrow ? Overflow::sat_sym : Overflow::sat});
    return out;
}

FloatArray quantised(const FloatArray& array, const QuantSpec& spec) {
    FloatArray out{array.shape, {}, std::nullopt};
    std::int32_t fraction = fraction_of(spec.scale.values.front());
    for (double scale : spec.scale.values)
        fraction = std::max(fraction, fraction_of(scale));
    const Spread scale_of(spec.scale.shape, array.shape);
    for (std::size_t i = 0; i < array.values.size(); ++i) {
        const double scale = spec.scale.values[scale_of(i)];
        out.values.push_back((code_of(array.values[i] / scale + spec.zero_point, spec) - spec.zero_point) * scale);
    }
    out.type = FixedType{64, fraction, true, Rounding::trn, Overflow::sat};
    return out;
}

} // namespace gw::import
