#include "quantize/exact/site.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "quantize/calibrate.hpp"
#include "quantize/constants.hpp"

namespace gw::quantize::exact {

using fixed::Overflow;
using fixed::Rounding;

namespace {

/// hls4ml's configurations say TRN and WRAP by saying nothing; exact numerics never wrap unasked.
FixedType never_wrapping(FixedType type) {
    if (type.overflow == Overflow::wrap)
        type.overflow = Overflow::sat;
    return type;
}

/// ... and constants are known now, so rounding them to nearest costs nothing.
FixedType for_constants(FixedType type) {
    if (type.rounding == Rounding::trn)
        type.rounding = Rounding::rnd_conv;
    return never_wrapping(type);
}

/// How far the results may be from what the type holds.
double cast_error(const Builder& builder, const Value& value, const FixedType& type) {
    const double step = std::ldexp(1.0, -type.fraction);
    double worst = 0;
    for (const fixed::Interval& x : builder.exact_ranges(value)) {
        const double low = fixed::to_double(x.low, x.fraction), high = fixed::to_double(x.high, x.fraction);
        worst = std::max({worst, high - fixed::to_double(type.highest(), type.fraction),
                          fixed::to_double(type.lowest(), type.fraction) - low});
        if (x.fraction > type.fraction)
            worst = std::max(worst, step);
    }
    return worst;
}

bool does_something(const import::LayerBody& body) {
    const auto* linear = std::get_if<import::Linear>(&body);
    if (linear != nullptr)
        return linear->origin == import::Linear::Origin::activation;
    return !std::holds_alternative<import::Reshape>(body) && !std::holds_alternative<import::Rearrange>(body) &&
           !std::holds_alternative<import::Concatenate>(body) && !std::holds_alternative<import::Constant>(body);
}

} // namespace

Model::Model(const import::Graph& from, const Options& given)
    : graph(from), options(given), types(given.config), uses(from.uses()),
      has_quantisers(quantize::has_quantisers(from)), builder(from.file), values(from.layers.size()),
      merged(from.layers.size()) {}

Value Site::plain(Value value) {
    if (value.plain())
        return value;
    const Constant units = constant(value.units, {static_cast<std::uint32_t>(value.units.size())}, "unit");
    double relative = 0;
    for (std::size_t i = 0; i < value.units.size(); ++i)
        relative = std::max(relative, std::abs(real(units, i) - value.units[i]) / value.units[i]);
    const double error = value.error + relative * builder().magnitude(value);
    Value scaled = builder().emit(name("_unit"), value.shape, builder().fraction(value) + units.type.fraction,
                                  network::Affine{value.tensor, {}, units, {}});
    scaled.error = error;
    return scaled;
}

Constant Site::constant(const FloatArray& array, const std::string& variable, const Units& units) {
    std::vector<double> values = array.values;
    const bool divided = units.size() > 1 || units.front() != 1.0;
    for (std::size_t k = 0; k < values.size() && divided; ++k)
        values[k] /= units[k % units.size()];
    if (array.type && (!divided || !array.units.empty())) {
        FixedType type = *array.type;
        type.rounding = Rounding::rnd_conv; // a quotient is not quite whole
        return trimmed(converted(values, array.shape, type));
    }
    if (model_.options.config && !divided)
        if (const auto type = model_.types.precision(layer(), variable))
            return trimmed(converted(values, array.shape, for_constants(*type)));
    return constant(values, array.shape, variable);
}

Constant Site::constant(const std::vector<double>& values, const Shape& shape, const std::string& variable) {
    const int bits = model_.options.default_weight_fraction;
    if (auto kept = exact_if_cheap(values, shape, std::max(16, bits)))
        return trimmed(std::move(*kept));
    double most = 0;
    for (const double value : values)
        most = std::max(most, std::abs(value));
    int exponent = 0;
    std::frexp(most, &exponent);
    int fraction = bits;
    if (quantised())
        fraction = 26 - exponent;
    else if (model_.options.calibrated)
        fraction = std::max(bits, bits - exponent);
    note(fmt::format("layer '{}': {} rounded to {} fraction bits", name(), variable, fraction));
    return trimmed(rounded(values, shape, fraction));
}

std::optional<double> Site::magnitude_seen() const {
    const auto& calibrated = model_.options.calibrated;
    if (!calibrated || layer().inputs.empty())
        return std::nullopt;
    return calibrated->magnitudes.at(static_cast<std::size_t>(layer().inputs.front()));
}

std::int32_t Site::kept() const {
    const auto& calibrated = model_.options.calibrated;
    if (!calibrated)
        return quantised() ? model_.options.default_activation_fraction + 10
                           : model_.options.default_activation_fraction;
    int exponent = 0;
    std::frexp(calibrated->magnitudes.at(index_), &exponent);
    return calibrated->bits - 1 - exponent;
}

std::optional<FixedType> Site::configured() const {
    if (!model_.options.config || !does_something(layer().body))
        return std::nullopt;
    const auto type = model_.types.precision(layer(), "result");
    return type ? std::optional(never_wrapping(*type)) : std::nullopt;
}

Value Site::settled(Value value, bool rounds) {
    if (const auto type = configured()) {
        value = plain(std::move(value));
        if (!value.open)
            value = builder().emit(name("_typed"), value.shape, builder().fraction(value),
                                   network::Requantise{value.tensor, {}});
        const double error = value.error + cast_error(builder(), value, *type);
        builder().retype(value, {*type});
        value.error = error;
        value.open = false;
        return value;
    }
    constexpr std::int32_t comfortable = 40; // bits of a value that is multiplied further
    const bool wide = !quantised() && builder().width(value) > comfortable;
    const bool undecided = !quantised() || !quantiser_follows();
    if (!value.open || !((rounds && undecided) || wide) || builder().fraction(value) <= kept() + (rounds ? 0 : 8))
        return value;
    const std::int32_t fraction = kept() + (rounds ? 0 : 8);
    note(fmt::format("layer '{}': no type given, rounded to {} fraction bits", name(), fraction));
    builder().round(value, fraction);
    return value;
}

std::optional<std::size_t> Site::sole_reader() const {
    if (model_.uses[index_] != 1)
        return std::nullopt;
    const auto id = static_cast<import::LayerId>(index_);
    for (std::size_t k = index_ + 1; k < model_.graph.layers.size(); ++k)
        for (const import::LayerId from : model_.graph.layers[k].inputs)
            if (from == id)
                return k;
    return std::nullopt;
}

} // namespace gw::quantize::exact
