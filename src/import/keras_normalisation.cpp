// Batch, layer, group and RMS normalisation.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "import/keras_layer.hpp"

namespace gw::import {

namespace {

void ignore_training(KerasLayer& layer) {
    layer.config.ignore({"momentum", "beta_initializer", "gamma_initializer", "moving_mean_initializer",
                         "moving_variance_initializer", "beta_regularizer", "gamma_regularizer", "beta_constraint",
                         "gamma_constraint", "synchronized", "renorm_clipping", "renorm_momentum", "fused"});
}

/// The given axis first to last, or back; the layer's own name goes to what stands between.
std::vector<std::uint32_t> to_the_end(std::size_t rank, std::uint32_t axis) {
    std::vector<std::uint32_t> axes;
    for (std::uint32_t k = 0; k < rank; ++k)
        if (k != axis)
            axes.push_back(k);
    axes.push_back(axis);
    return axes;
}

std::vector<std::uint32_t> inverse(const std::vector<std::uint32_t>& axes) {
    std::vector<std::uint32_t> result(axes.size());
    for (std::uint32_t k = 0; k < axes.size(); ++k)
        result[axes[k]] = k;
    return result;
}

double epsilon_of(KerasLayer& layer, double if_absent) {
    const double epsilon = layer.config.number("epsilon").value_or(if_absent);
    if (epsilon >= 0 && epsilon <= 1e6)
        return epsilon;
    layer.config.problem("epsilon", fmt::format("is {}, 0 to a million is expected", epsilon));
    return if_absent;
}

std::vector<LayerId> read_batch_norm(KerasLayer& layer) {
    const Json& given = layer.config.take("axis");
    BatchNorm norm;
    norm.epsilon = epsilon_of(layer, 1e-3);
    const bool center = layer.config.flag("center", true), scale = layer.config.flag("scale", true);
    layer.config.require_flag("renorm", false);
    layer.config.require_null("virtual_batch_size");
    layer.config.require_null("adjustment");
    ignore_training(layer);
    if (!layer.require_rank(1, 7))
        return {};
    const auto axis = layer.axis(given.is_null() ? Json(-1) : given, "axis", layer.shape().size());
    if (!axis)
        return {};
    const Shape shape{layer.shape()[*axis]};
    const auto values = [&](const char* name, bool there, double otherwise) {
        return there ? layer.weight(name, shape).values : std::vector<double>(shape[0], otherwise);
    };
    norm.gamma = values("gamma", scale, 1.0);
    norm.beta = values("beta", center, 0.0);
    norm.mean = values("moving_mean", true, 0.0);
    norm.variance = values("moving_variance", true, 0.0);
    const auto bad = std::find_if(norm.variance.begin(), norm.variance.end(),
                                  [&](double variance) { return variance + norm.epsilon <= 0; });
    if (bad != norm.variance.end())
        layer.problem(fmt::format("a variance of {} with epsilon {} has no square root", *bad, norm.epsilon));
    if (*axis + 1 == layer.shape().size())
        return {layer.add(layer.inputs[0], layer.shape(), std::move(norm))};
    const auto axes = to_the_end(layer.shape().size(), *axis);
    const LayerId turned = layer.permuted("_axis_last", layer.inputs[0], axes);
    const LayerId made = layer.add(turned, layer.shape_of(turned), std::move(norm));
    return {layer.permuted("_axis_back", made, inverse(axes))};
}

std::vector<LayerId> read_layer_norm(KerasLayer& layer) {
    const Json& given = layer.config.take("axis");
    Normalise norm;
    norm.epsilon = epsilon_of(layer, 1e-3);
    const bool center = layer.config.flag("center", true), scale = layer.config.flag("scale", true);
    norm.centred = !layer.config.flag("rms_scaling", false);
    ignore_training(layer);
    if (!layer.require_rank(1, 7))
        return {};
    norm.axes = layer.axes(given.is_null() ? Json(-1) : given, "axis", layer.shape().size());
    if (norm.axes.empty())
        return {};
    Shape own, spread(layer.shape().size(), 1);
    for (const std::uint32_t axis : norm.axes) {
        own.push_back(layer.shape()[axis]);
        spread[axis] = own.back();
    }
    const auto parameter = [&](const char* name) {
        FloatArray array = layer.weight(name, own);
        array.shape = spread;
        return array;
    };
    if (scale)
        norm.gamma = parameter("gamma");
    if (center && norm.centred)
        norm.beta = parameter("beta");
    return {layer.add(layer.inputs[0], layer.shape(), std::move(norm))};
}

std::vector<LayerId> read_rms_norm(KerasLayer& layer) {
    const Json& given = layer.config.take("axis");
    Normalise norm;
    norm.epsilon = epsilon_of(layer, 1e-6);
    norm.centred = false;
    if (!layer.require_rank(1, 7))
        return {};
    const auto axis = layer.axis(given.is_null() ? Json(-1) : given, "axis", layer.shape().size());
    if (!axis)
        return {};
    norm.axes = {*axis};
    FloatArray scale = layer.weight("scale", {layer.shape()[*axis]});
    scale.shape.assign(layer.shape().size(), 1);
    scale.shape[*axis] = layer.shape()[*axis];
    norm.gamma = std::move(scale);
    return {layer.add(layer.inputs[0], layer.shape(), std::move(norm))};
}

/// Over all axes but the groups of the last one, then gamma and beta by channel.
std::vector<LayerId> read_group_norm(KerasLayer& layer) {
    const Json& given = layer.config.take("axis");
    const Json& count = layer.config.take("groups");
    Normalise norm;
    norm.epsilon = epsilon_of(layer, 1e-3);
    const bool center = layer.config.flag("center", true), scale = layer.config.flag("scale", true);
    ignore_training(layer);
    if (!layer.require_rank(1, 7))
        return {};
    const auto axis = layer.axis(given.is_null() ? Json(-1) : given, "axis", layer.shape().size());
    const Shape shape = layer.shape();
    const std::uint32_t channels = shape.back();
    const bool known = count.is_null() || (count.is_number_integer() && count >= -1 && count <= channels);
    const std::uint32_t groups = count.is_null() ? 32 : (known && count > 0 ? count.get<std::uint32_t>() : channels);
    if (!axis || *axis + 1 != shape.size() || !known || channels % groups != 0) {
        layer.config.problem("groups", "must divide the channels, which must be the last axis");
        return {};
    }
    Shape split = shape;
    split.back() = groups;
    split.push_back(channels / groups);
    for (std::uint32_t k = 0; k < split.size(); ++k)
        if (k + 2 != split.size())
            norm.axes.push_back(k);
    Scale by_channel;
    if (scale)
        by_channel.scale = layer.weight("gamma", {channels});
    if (center)
        by_channel.bias = layer.weight("beta", {channels});
    const LayerId apart = layer.add("_groups", {layer.inputs[0]}, split, Reshape{});
    const LayerId made = layer.add(apart, split, std::move(norm));
    const LayerId together = layer.add("_channels", {made}, shape, Reshape{});
    return {layer.add("_scale", {together}, shape, std::move(by_channel))};
}

} // namespace

void add_normalisations(KerasReaders& readers) {
    readers["BatchNormalization"] = read_batch_norm;
    readers["LayerNormalization"] = read_layer_norm;
    readers["RMSNormalization"] = read_rms_norm;
    readers["GroupNormalization"] = read_group_norm;
}

} // namespace gw::import
