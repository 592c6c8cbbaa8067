// QDenseBatchnorm, QConv2DBatchnorm, QDepthwiseConv2DBatchnorm. At inference both folding modes, whatever
// ema_freeze_delay is, take the moving moments:
//     inv = gamma / sqrt(moving_variance + epsilon)
//     kernel = quantised(inv * kernel), bias = quantised(inv * (bias - moving_mean) + beta)
// in binary32, before the quantisers.
#include <cmath>

#include <fmt/format.h>

#include "import/keras_window.hpp"
#include "import/qkeras_layer.hpp"

namespace gw::import {

namespace {

using Floats = std::vector<float>;

struct Moments {
    Floats factor, mean, beta;
};

void ignore_training(KerasLayer& layer) {
    for (const char* part : {"beta", "gamma"})
        for (const char* what : {"_initializer", "_regularizer", "_constraint"})
            layer.config.ignore({(std::string(part) + what).c_str()});
    layer.config.ignore({"ema_freeze_delay", "momentum", "moving_mean_initializer", "moving_variance_initializer",
                         "synchronized", "renorm_clipping", "renorm_momentum", "fused"});
    layer.config.require_flag("renorm", false);
    layer.config.require_null("virtual_batch_size");
    layer.config.require_null("adjustment");
    const auto mode = layer.config.text("folding_mode").value_or("ema_stats_folding");
    if (mode != "ema_stats_folding" && mode != "batch_stats_folding")
        layer.config.problem("folding_mode", fmt::format("is '{}', which is not understood", mode));
}

/// What follows the layer's own variables in the file.
Moments read_moments(KerasLayer& layer, std::uint32_t outputs) {
    const bool center = layer.config.flag("center", true), scale = layer.config.flag("scale", true);
    const auto epsilon = static_cast<float>(layer.config.number("epsilon").value_or(1e-3));
    KerasWeights weights = layer.weights.part({"batchnorm"});
    const auto next = [&](const char* name, bool there, float otherwise) {
        if (!there)
            return Floats(outputs, otherwise);
        const FloatArray read = weights.next(name, {outputs}, layer.where(), layer.model.problems);
        return Floats(read.values.begin(), read.values.end());
    };
    Moments out;
    out.factor = next("gamma", scale, 1);
    out.beta = next("beta", center, 0);
    out.mean = next("moving_mean", true, 0);
    const Floats variance = next("moving_variance", true, 1);
    for (std::size_t j = 0; j < outputs; ++j) {
        if (variance[j] + epsilon <= 0)
            layer.problem(fmt::format("a variance of {} with epsilon {} has no square root", variance[j], epsilon));
        out.factor[j] *= 1 / std::sqrt(variance[j] + epsilon);
    }
    // The count of training steps.
    if (const auto left = layer.weights.next_shape(); left && left->empty())
        layer.weights.next("iteration", {}, layer.where(), layer.model.problems);
    return out;
}

void fold(FloatArray& kernel, std::optional<FloatArray>& bias, const Moments& moments) {
    const std::size_t outputs = moments.mean.size();
    for (std::size_t k = 0; k < kernel.values.size(); ++k)
        kernel.values[k] = static_cast<double>(moments.factor[k % outputs] * static_cast<float>(kernel.values[k]));
    if (!bias)
        bias = FloatArray{{static_cast<std::uint32_t>(outputs)}, std::vector<double>(outputs, 0.0), {}, {}};
    for (std::size_t j = 0; j < outputs; ++j)
        bias->values[j] = static_cast<double>(
            moments.factor[j] * (static_cast<float>(bias->values[j]) - moments.mean[j]) + moments.beta[j]);
}

/// {window..., 1, channels * multiplier} as the file has it: {window..., channels, multiplier}.
FloatArray depthwise(const QkerasWeights& quantised, FloatArray kernel, std::uint32_t channels) {
    const Shape shape = kernel.shape;
    kernel.shape.back() /= channels;
    kernel.shape[shape.size() - 2] = channels;
    return flattened_depthwise(quantised.apply("depthwise", std::move(kernel)));
}

} // namespace

ReadKerasLayer qkeras_folded(ReadKerasLayer plain) {
    return [plain = std::move(plain)](KerasLayer& layer) -> std::vector<LayerId> {
        ignore_qkeras_training(layer);
        ignore_training(layer);
        const Json& given_axis = layer.config.take("axis");
        const QkerasWeights quantised(layer, {"kernel", "bias", "depthwise"});
        layer.linear_activation = true;
        std::vector<LayerId> outputs = plain(layer);
        layer.linear_activation = false;
        if (outputs.size() != 1)
            return outputs;
        Layer& made = layer.model.graph.layers[static_cast<std::size_t>(outputs[0])];
        const auto axis = layer.axis(given_axis.is_null() ? Json(-1) : given_axis, "axis", made.shape.size());
        auto* conv = std::get_if<Conv>(&made.body);
        auto* dense = std::get_if<Dense>(&made.body);
        if (!axis || *axis + 1 != made.shape.size() || (conv == nullptr && dense == nullptr)) {
            layer.config.problem("axis", "is not that of the channels, which must be the last one");
            return outputs;
        }
        const Moments moments = read_moments(layer, made.shape.back());
        FloatArray& kernel = conv != nullptr ? conv->weights : dense->weights;
        std::optional<FloatArray>& bias = conv != nullptr ? conv->bias : dense->bias;
        fold(kernel, bias, moments);
        kernel = quantised.has("depthwise") && conv != nullptr ? depthwise(quantised, kernel, conv->groups)
                                                               : quantised.apply("kernel", kernel);
        bias = quantised.apply("bias", *bias);
        return {qkeras_activated(layer, "activation", outputs[0], "_activation")};
    };
}

} // namespace gw::import
