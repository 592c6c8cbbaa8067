// Dense layers and convolutions; batch normalisations behind float ones multiplied in.
#include <algorithm>

#include <fmt/format.h>

#include "import/arrange.hpp"
#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

/// Weights and bias as integers, and what follows from them.
struct Linear {
    Constant weights;
    std::optional<Constant> bias;
    Units units; ///< of the result
    double error = 0;
    std::int32_t fraction = 0;
};

/// Outputs are the weights' last axis. The error: weights times the input's error, and the constants' own roundings
/// times the largest input.
Linear linear(Site& site, const Value& x, const FloatArray& weights, const std::optional<FloatArray>& bias) {
    const double unit = x.units.front();
    const std::size_t outputs = weights.shape.back();
    Linear out;
    out.weights = site.constant(weights, "weight", weights.units.empty() ? Units{1.0} : weights.units);
    out.units = weights.units.empty() ? Units{1.0} : weights.units;
    for (double& factor : out.units)
        factor *= unit;
    out.fraction = site.builder().fraction(x) + out.weights.type.fraction;
    if (bias) {
        out.bias = site.constant(*bias, "bias", out.units);
        out.fraction = std::max(out.fraction, out.bias->type.fraction);
    }
    const double largest = site.builder().magnitude(x);
    for (std::size_t j = 0; j < outputs; ++j) {
        const double weight_unit = weights.units.empty() ? 1.0 : weights.units[j % weights.units.size()];
        double carried = 0, rounded = 0;
        for (std::size_t k = j; k < weights.values.size(); k += outputs) {
            carried += std::abs(weights.values[k]);
            if (weights.units.empty())
                rounded += std::abs(real(out.weights, k) * weight_unit - weights.values[k]);
        }
        double error = carried * x.error + rounded * largest;
        if (bias)
            error += std::abs(real(*out.bias, j) * out.units[j % out.units.size()] - bias->values[j]);
        out.error = std::max(out.error, error);
    }
    return out;
}

struct Floats {
    FloatArray weights;
    std::optional<FloatArray> bias;
};

Floats folded(Floats from, const import::BatchNorm& norm) {
    const std::size_t outputs = norm.mean.size();
    if (!from.bias)
        from.bias = FloatArray{{static_cast<std::uint32_t>(outputs)}, std::vector<double>(outputs, 0.0), {}};
    for (std::size_t j = 0; j < outputs; ++j) {
        const double scale = norm.gamma[j] / std::sqrt(norm.variance[j] + norm.epsilon);
        for (std::size_t k = j; k < from.weights.values.size(); k += outputs)
            from.weights.values[k] *= scale;
        from.bias->values[j] = (from.bias->values[j] - norm.mean[j]) * scale + norm.beta[j];
    }
    from.bias->type.reset();
    return from;
}

/// What the layer multiplies by, with the normalisation or the bias behind it that no one else reads.
Floats gathered(Site& site, Floats own) {
    if (!own.weights.type && !site.model().options.config)
        if (const auto reader = site.only_reader<import::BatchNorm>()) {
            site.note(fmt::format("layer '{}' folded into '{}'", site.layer(*reader).name, site.name()));
            site.take(*reader);
            return folded(std::move(own), std::get<import::BatchNorm>(site.layer(*reader).body));
        }
    const auto reader = own.bias ? std::nullopt : site.only_reader<import::Scale>();
    if (!reader)
        return own;
    const auto& shift = std::get<import::Scale>(site.layer(*reader).body);
    const std::uint32_t outputs = own.weights.shape.back();
    const std::size_t count = shift.bias ? shift.bias->values.size() : 0;
    const bool fits = !shift.scale && shift.bias && shift.bias->units.empty() && (count == 1 || count == outputs) &&
                      (count == 1 || shift.bias->shape.back() == outputs) && site.layer(*reader).shape == site.shape();
    if (!fits)
        return own;
    own.bias = shift.bias;
    own.bias->values.resize(outputs, own.bias->values.front());
    own.bias->shape = {outputs};
    site.take(*reader);
    return own;
}

template <typename Op>
Value emitted(Site& site, const std::string& name, const Shape& shape, const Value& x, Linear made, Op op) {
    op.input = x.tensor;
    op.weights = std::move(made.weights);
    op.bias = std::move(made.bias);
    Value y = site.builder().emit(name, shape, made.fraction, std::move(op));
    y.units = std::move(made.units);
    if (std::all_of(y.units.begin(), y.units.end(), [&](double unit) { return unit == y.units.front(); }))
        y.units.resize(1);
    y.error = made.error;
    return y;
}

} // namespace

Value dense(Site& site, const std::string& name, const Value& x, const FloatArray& weights,
            const std::optional<FloatArray>& bias) {
    const Value input = site.uniform(x);
    Shape shape = x.shape;
    shape.back() = weights.shape.back();
    return emitted(site, name, shape, input, linear(site, input, weights, bias), network::Dense{});
}

Value lower(const import::Dense& layer, Site& site) {
    const Floats floats = gathered(site, {layer.weights, layer.bias});
    return site.settled(dense(site, site.name(), site.in(), floats.weights, floats.bias));
}

Value lower(const import::Conv& conv, Site& site) {
    const Value x = site.uniform(site.in());
    const Floats floats = gathered(site, {conv.weights, conv.bias});
    network::Conv op{};
    op.window = {conv.window.size, conv.window.strides, conv.window.dilation, conv.window.pad_before};
    op.groups = conv.groups;
    return site.settled(
        emitted(site, site.name(), site.shape(), x, linear(site, x, floats.weights, floats.bias), std::move(op)));
}

/// A convolution of the input with zeros between its positions, by the window turned round: output q sums what stands
/// at q + k * dilation of an image whose position (size - 1) * dilation - pad_before + p * strides is input p.
Value lower(const import::ConvTranspose& conv, Site& site) {
    const Value x = site.uniform(site.in());
    const std::size_t axes = conv.window.size.size();
    std::vector<std::vector<std::optional<std::uint32_t>>> from(axes);
    Shape wide;
    for (std::size_t a = 0; a < axes; ++a) {
        const auto& window = conv.window;
        const std::uint32_t reach = (window.size[a] - 1) * window.dilation[a];
        from[a].resize(site.shape()[a] + reach);
        for (std::uint32_t p = 0; p < x.shape[a]; ++p) {
            const std::int64_t at = std::int64_t{reach} - window.pad_before[a] + std::int64_t{p} * window.strides[a];
            if (at >= 0 && at < static_cast<std::int64_t>(from[a].size()))
                from[a][static_cast<std::size_t>(at)] = p;
        }
    }
    from.push_back(import::whole(x.shape.back()));
    auto spread = import::picked(x.shape, from);
    const Value image = arranged(site, site.name("_spread"), {x}, spread.shape, std::move(spread.body.sources));
    FloatArray turned = conv.weights;
    const std::size_t taps = network::elements(conv.window.size), row = turned.values.size() / taps;
    for (std::size_t t = 0; t < taps; ++t)
        std::copy_n(conv.weights.values.begin() + static_cast<std::ptrdiff_t>(t * row), row,
                    turned.values.begin() + static_cast<std::ptrdiff_t>((taps - 1 - t) * row));
    const Floats floats = gathered(site, {turned, conv.bias});
    network::Conv op{};
    op.window = {conv.window.size, std::vector<std::uint32_t>(axes, 1), conv.window.dilation,
                 std::vector<std::uint32_t>(axes, 0)};
    op.groups = conv.groups;
    return site.settled(emitted(site, site.name(), site.shape(), image,
                                linear(site, image, floats.weights, floats.bias), std::move(op)));
}

} // namespace gw::quantize::exact
