// Scales and shifts: batch normalisation, constants added or multiplied.
#include <algorithm>

#include "floating/broadcast.hpp"
#include "quantize/constants.hpp"
#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

Constant flat(Constant constant) {
    constant.shape = {static_cast<std::uint32_t>(constant.raw.size())};
    return constant;
}

/// As Affine takes it: one value, one for each index of the last axis, or one each.
FloatArray spread(const FloatArray& array, const Shape& shape) {
    const std::size_t count = array.values.size();
    const std::size_t last = shape.empty() ? 1 : shape.back();
    if (count == 1 || (count == last && array.shape.back() == last))
        return array;
    FloatArray out{{static_cast<std::uint32_t>(network::elements(shape))}, {}, array.type, {}};
    const floating::Broadcast at(array.shape, shape);
    for (std::size_t i = 0; i < network::elements(shape); ++i) {
        out.values.push_back(array.values[at(i)]);
        if (!array.units.empty())
            out.units.push_back(array.units[at(i) % array.units.size()]);
    }
    return out;
}

/// Applies both; x plain, or with one unit.
Value scaled(Site& site, const Value& x, const FloatArray* scale, const FloatArray* bias) {
    std::optional<Constant> factor, shift;
    double error = x.error, rounding = 0;
    Units units = x.units;
    if (scale != nullptr) {
        const bool has_unit = scale->units.size() == 1; // else multiplied in
        factor = has_unit ? site.constant(*scale, "scale", scale->units)
                          : (scale->units.empty() ? site.constant(*scale, "scale")
                                                  : site.constant(scale->values, scale->shape, "scale"));
        if (has_unit)
            units.front() *= scale->units.front();
        double most = 0;
        for (std::size_t i = 0; i < scale->values.size(); ++i) {
            most = std::max(most, std::abs(scale->values[i]));
            if (!has_unit)
                rounding = std::max(rounding, std::abs(real(*factor, i) - scale->values[i]));
        }
        error = error * most + rounding * site.builder().magnitude(x);
    }
    if (bias != nullptr) {
        shift = site.constant(*bias, "bias", units);
        double worst = 0;
        for (std::size_t i = 0; i < bias->values.size(); ++i)
            worst = std::max(worst, std::abs(real(*shift, i) * units.front() - bias->values[i]));
        error += worst;
    }
    Value y = affine(site, site.name(), x, std::move(factor), std::move(shift));
    y.units = units;
    y.error = error;
    return y;
}

} // namespace

Value affine(Site& site, const std::string& name, const Value& x, std::optional<Constant> scale,
             std::optional<Constant> bias) {
    std::int32_t fraction = site.builder().fraction(x);
    network::Affine op{x.tensor, {}, {}, {}};
    if (scale) {
        op.scale = flat(std::move(*scale));
        fraction += op.scale->type.fraction;
    }
    if (bias) {
        op.bias = flat(std::move(*bias));
        fraction = std::max(fraction, op.bias->type.fraction);
    }
    Value y = site.builder().emit(name, x.shape, fraction, std::move(op));
    y.units = x.units;
    return y;
}

Value lower(const import::BatchNorm& norm, Site& site) {
    const Value& x = site.in();
    const Shape shape{static_cast<std::uint32_t>(norm.mean.size())};
    FloatArray scale{shape, {}, {}}, bias{shape, {}, {}};
    const bool per_channel = x.units.size() == norm.mean.size() && x.units.size() > 1;
    for (std::size_t j = 0; j < norm.mean.size(); ++j) {
        const double factor = norm.gamma[j] / std::sqrt(norm.variance[j] + norm.epsilon);
        scale.values.push_back(per_channel ? factor * x.units[j] : factor);
        bias.values.push_back(norm.beta[j] - norm.mean[j] * factor);
    }
    Value from = per_channel ? x : site.uniform(x);
    if (per_channel)
        from.units = {1.0};
    double moved = 0;
    if (site.quantised()) { // the mean gives beta itself, on which quantisers' boundaries like to stand
        const Constant factors = site.constant(scale, "scale");
        for (std::size_t j = 0; j < norm.mean.size(); ++j) {
            const double factor = real(factors, j) / (per_channel ? x.units[j] : 1.0);
            const double own = norm.beta[j] - norm.mean[j] * factor;
            moved = std::max(moved, std::abs(own - bias.values[j]));
            bias.values[j] = own;
        }
        if (const auto kept = exact_if_cheap(bias.values, shape, 48))
            bias.type = kept->type;
    }
    Value y = scaled(site, from, &scale, &bias);
    y.error += moved;
    return site.settled(std::move(y));
}

Value lower(const import::Scale& layer, Site& site) {
    const Value x = broadcast(site, site.name("_wide"), site.uniform(site.in()), site.shape());
    std::optional<FloatArray> scale, bias;
    if (layer.scale)
        scale = spread(*layer.scale, site.shape());
    if (layer.bias)
        bias = spread(*layer.bias, site.shape());
    return site.settled(scaled(site, x, scale ? &*scale : nullptr, bias ? &*bias : nullptr));
}

} // namespace gw::quantize::exact
