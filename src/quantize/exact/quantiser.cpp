// Inputs and quantisers. A quantiser whose scale is a power of two times its input's is a cast; any other multiplies
// by their ratio first, to the precision of a binary32.
#include <algorithm>

#include <fmt/format.h>

#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

std::optional<int> power_of_two(double value) {
    int exponent = 0;
    if (std::frexp(value, &exponent) != 0.5)
        return std::nullopt;
    return exponent - 1;
}

/// The types as casts of a value that is 2^-shift of what the quantiser sees.
std::vector<FixedType> shifted(std::vector<FixedType> types, int shift) {
    for (FixedType& type : types)
        type.fraction += shift;
    return types;
}

/// One scale, or one an index of the last axis; none where they vary otherwise.
std::optional<Units> scales_of(const import::Quantise& quantise, const Shape& shape) {
    if (!quantise.scale)
        return Units{1.0};
    const std::size_t count = quantise.scale->values.size(), last = shape.empty() ? 1 : shape.back();
    if (count == 1 || (count == last && quantise.scale->shape.back() == last))
        return quantise.scale->values;
    return std::nullopt;
}

bool has_zero_point(const import::Quantise& quantise) {
    return quantise.zero_point && std::any_of(quantise.zero_point->values.begin(), quantise.zero_point->values.end(),
                                              [](double value) { return value != 0; });
}

/// The shift of all scales relative to the value's units, if it is one power of two.
std::optional<int> shift_between(const Units& from, const Units& to) {
    std::optional<int> all;
    for (std::size_t k = 0; k < std::max(from.size(), to.size()); ++k) {
        const auto own = power_of_two(from[k % from.size()] / to[k % to.size()]);
        if (!own || (all && *own != *all))
            return std::nullopt;
        all = own;
    }
    return all;
}

/// The step of the coarsest element, in real units.
double step_of(const import::Quantise& quantise) {
    double most = 0;
    for (const FixedType& type : quantise.types)
        most = std::max(most, std::ldexp(1.0, -type.fraction));
    double scale = 1;
    if (quantise.scale)
        scale = *std::max_element(quantise.scale->values.begin(), quantise.scale->values.end());
    return most * scale;
}

Value cast_to(Site& site, const Value& x, std::vector<FixedType> types) {
    Value y = x;
    if (!x.open) {
        y = site.builder().emit(site.name(), x.shape, site.builder().fraction(x), network::Requantise{x.tensor, {}});
        y.units = x.units;
    }
    site.builder().retype(y, std::move(types));
    y.open = false;
    return y;
}

Constant zero_points(Site& site, const import::Quantise& quantise, double sign) {
    FloatArray points = *quantise.zero_point;
    for (double& value : points.values)
        value *= sign;
    if (points.values.size() != 1 && points.values.size() != site.shape().back())
        throw site.refuse("zero points that vary over other axes than the last have no exact numerics");
    return site.constant(points.values, {static_cast<std::uint32_t>(points.values.size())}, "zero point");
}

} // namespace

/// The types that a value of an input is read as: those of the quantiser that all its readers agree on.
Value lower(const import::Input&, Site& site) {
    const Model& model = site.model();
    const auto own = static_cast<import::LayerId>(&site.layer() - model.graph.layers.data());
    const import::Quantise* shared = nullptr;
    bool alike = std::find(model.graph.outputs.begin(), model.graph.outputs.end(), own) == model.graph.outputs.end();
    bool scaled = false;
    std::vector<std::size_t> readers;
    for (std::size_t k = 0; k < model.graph.layers.size(); ++k) {
        const Layer& reader = model.graph.layers[k];
        if (std::find(reader.inputs.begin(), reader.inputs.end(), own) == reader.inputs.end())
            continue;
        const auto* quantise = std::get_if<import::Quantise>(&reader.body);
        scaled = scaled || (quantise != nullptr && (quantise->scale || quantise->zero_point));
        alike = alike && quantise != nullptr && (shared == nullptr || shared->types == quantise->types);
        shared = quantise;
        readers.push_back(k);
    }
    if (alike && shared != nullptr && !scaled) {
        for (const std::size_t k : readers)
            site.take(k);
        return site.builder().input(site.name(), site.shape(), shared->types);
    }
    FixedType type = model.options.default_input;
    if (model.has_quantisers) // what the model does not round is not ours to round: as fine as a binary32 near 1
        type = fixed::ap_fixed(32, 10, fixed::Rounding::rnd_conv, fixed::Overflow::sat);
    if (scaled)
        type = fixed::ap_fixed(48, 16, fixed::Rounding::rnd_conv, fixed::Overflow::sat);
    if (model.options.calibrated) {
        int exponent = 0;
        std::frexp(model.options.calibrated->magnitudes[static_cast<std::size_t>(own)], &exponent);
        type = fixed::ap_fixed(model.options.calibrated->bits, exponent + 1, fixed::Rounding::rnd_conv,
                               fixed::Overflow::sat);
    }
    if (model.options.config) {
        type = model.types.or_default(site.layer(), "result");
        if (type.overflow == fixed::Overflow::wrap)
            type.overflow = fixed::Overflow::sat;
    } else {
        site.note(fmt::format("input '{}': no type given, {} taken", site.name(), fixed::to_string(type)));
    }
    Value x = site.builder().input(site.name(), site.shape(), {type});
    const bool nearest = type.rounding != fixed::Rounding::trn && type.rounding != fixed::Rounding::trn_zero;
    x.error = std::ldexp(1.0, -type.fraction - (nearest ? 1 : 0));
    return x;
}

Value lower(const import::Quantise& quantise, Site& site) {
    Value x = site.in();
    const auto from = static_cast<std::size_t>(site.layer().inputs.front());
    x.open = x.open && site.model().uses[from] == 1;
    const auto scales = scales_of(quantise, x.shape);
    if (!scales)
        throw site.refuse("scales that vary over other axes than the last have no exact numerics");
    const double error = x.error > 0 ? x.error + step_of(quantise) : 0;
    const bool pointed = has_zero_point(quantise);
    if (const auto shift = shift_between(x.units, *scales); shift && !pointed) {
        Value y = cast_to(site, x, shifted(quantise.types, *shift));
        y.error = error;
        return y;
    }
    std::vector<double> ratios;
    for (std::size_t k = 0; k < std::max(x.units.size(), scales->size()); ++k)
        ratios.push_back(x.units[k % x.units.size()] / (*scales)[k % scales->size()]);
    const Constant ratio = site.constant(ratios, {static_cast<std::uint32_t>(ratios.size())}, "ratio of scales");
    Value y = affine(site, site.name("_scaled"), x, ratio,
                     pointed ? std::optional(zero_points(site, quantise, 1)) : std::nullopt);
    site.builder().retype(y, quantise.types);
    if (pointed)
        y = affine(site, site.name(), y, std::nullopt, zero_points(site, quantise, -1));
    y.open = false;
    y.units = *scales;
    y.error = error;
    return y;
}

} // namespace gw::quantize::exact
