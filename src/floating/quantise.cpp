// Quantisers. Where one has a scale, its framework divides and adds the zero point in float32, and so do we: a quotient
// within float32's rounding of a tie is that tie. The value divided is not rounded to float32 first, for a code times
// its scale, divided by a multiple of the scale, is then what it should be.
#include <algorithm>
#include <cmath>

#include "floating/broadcast.hpp"
#include "floating/layers.hpp"

namespace gw::floating {
namespace {

using Rounding = import::Quantise::Rounding;

double in_float32(double x) {
    return static_cast<double>(static_cast<float>(x));
}

double cast(double x, const fixed::FixedType& type) {
    return fixed::to_double(fixed::from_double(x, type), type.fraction);
}

double rounded(double x, const fixed::FixedType& type, Rounding rounding) {
    constexpr std::int32_t wide = 60; // saturating there changes no code
    if (rounding == Rounding::of_type)
        return cast(x, {wide, type.fraction, true, type.rounding, fixed::Overflow::sat});
    const double steps = std::ldexp(x, type.fraction);
    const double whole = rounding == Rounding::up ? std::ceil(steps) : std::copysign(std::ceil(std::abs(steps)), steps);
    return std::ldexp(whole, -type.fraction);
}

double rounded_code(const import::Quantise& quantise, const fixed::FixedType& type, double x, double zero) {
    double code = x;
    if (quantise.zero_after_rounding)
        code = cast(rounded(x, type, quantise.rounding) + zero, type);
    else if (quantise.rounding != Rounding::of_type)
        code = cast(rounded(x, type, quantise.rounding), type);
    else
        code = cast(x, type);
    return quantise.highest ? std::min(code, *quantise.highest) : code;
}

} // namespace

double code_of(const import::Quantise& quantise, const fixed::FixedType& type, double x, std::optional<double> scale,
               std::optional<double> zero) {
    if (scale)
        x = in_float32(x / *scale);
    if (zero && !quantise.zero_after_rounding)
        x = scale ? in_float32(x + *zero) : x + *zero;
    return rounded_code(quantise, type, x, zero.value_or(0));
}

Values compute(const import::Quantise& quantise, const Context& context) {
    Values y = context.x();
    const import::Shape one{1};
    const Broadcast scale(quantise.scale ? quantise.scale->shape : one, context.out());
    const Broadcast zero(quantise.zero_point ? quantise.zero_point->shape : one, context.out());
    for (std::size_t i = 0; i < y.size(); ++i) {
        const fixed::FixedType& type = quantise.types[quantise.types.size() == 1 ? 0 : i];
        const auto by = quantise.scale ? std::optional(quantise.scale->values[scale(i)]) : std::nullopt;
        const auto offset = quantise.zero_point ? std::optional(quantise.zero_point->values[zero(i)]) : std::nullopt;
        const double code = code_of(quantise, type, y[i], by, offset);
        y[i] = quantise.codes ? code : (code - offset.value_or(0)) * by.value_or(1);
    }
    return y;
}

} // namespace gw::floating
