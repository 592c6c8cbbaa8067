// Inputs: in the type that the quantisers behind them ask for, else in one that is stated.
#include <algorithm>

#include <fmt/format.h>

#include "quantize/exact/extent.hpp"
#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

/// A conversion to its types and no more.
bool is_cast(const import::Quantise& quantise) {
    return !quantise.scale && !quantise.zero_point && !quantise.highest &&
           quantise.rounding == import::Quantise::Rounding::of_type;
}

/// As far as any of the quantisers distinguishes values, and to 2^-16 of the smallest of their steps.
FixedType before(const Model& model, const std::vector<std::size_t>& readers) {
    constexpr std::int32_t finer = 16, most_bits = 40;
    Extent extent;
    for (const std::size_t k : readers) {
        const auto& quantise = std::get<import::Quantise>(model.graph.layers[k].body);
        const std::vector<double> one{1}, none{0};
        double zero = 0;
        for (const double point : quantise.zero_point ? quantise.zero_point->values : none)
            zero = std::max(zero, std::abs(point));
        for (const double scale : quantise.scale ? quantise.scale->values : one)
            for (const FixedType& type : quantise.types)
                extent.include(type, scale, zero);
    }
    const std::int32_t integer = extent.integer_bits(), fraction = std::max(extent.fraction_bits(finer), finer);
    return fixed::ap_fixed(std::min(integer + fraction, most_bits), integer, fixed::Rounding::rnd_conv,
                           fixed::Overflow::sat);
}

} // namespace

/// The types that a value of an input is read as: those of the quantiser that all its readers agree on.
Value lower(const import::Input&, Site& site) {
    const Model& model = site.model();
    const LayerId own = site.id();
    const import::Quantise* shared = nullptr;
    bool alike = std::find(model.graph.outputs.begin(), model.graph.outputs.end(), own) == model.graph.outputs.end();
    bool scaled = false, quantised = alike;
    std::vector<std::size_t> readers;
    for (std::size_t k = 0; k < model.graph.layers.size(); ++k) {
        const Layer& reader = model.graph.layers[k];
        if (std::find(reader.inputs.begin(), reader.inputs.end(), own) == reader.inputs.end())
            continue;
        const auto* quantise = std::get_if<import::Quantise>(&reader.body);
        scaled = scaled || (quantise != nullptr && !is_cast(*quantise));
        quantised = quantised && quantise != nullptr;
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
        type = quantised ? before(model, readers)
                         : fixed::ap_fixed(48, 16, fixed::Rounding::rnd_conv, fixed::Overflow::sat);
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

} // namespace gw::quantize::exact
