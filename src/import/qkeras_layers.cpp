// QKeras's layers: the Keras layer of the same name with quantised weights, and a quantiser where the activation
// stands.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "import/qkeras_layer.hpp"

namespace gw::import {

QkerasWeights::QkerasWeights(KerasLayer& layer, std::initializer_list<const char*> parts) {
    for (const char* part : parts) {
        const std::string key = std::string(part) + "_quantizer";
        quantizers_[part] = read_qkeras_quantizer(layer, key, layer.config.take(key));
    }
}

FloatArray QkerasWeights::apply(const std::string& part, FloatArray weights) const {
    const auto found = quantizers_.find(part);
    return found != quantizers_.end() && found->second ? found->second->apply(weights) : weights;
}

bool QkerasWeights::has(const std::string& part) const {
    const auto found = quantizers_.find(part);
    return found != quantizers_.end() && found->second;
}

void ignore_qkeras_training(KerasLayer& layer) {
    layer.config.ignore({"kernel_range", "bias_range", "depthwise_range", "pointwise_range"});
    layer.config.require_null("mask");
}

namespace {

/// Of the Keras class of the same name without Q. The plain reader sees a linear activation.
ReadKerasLayer of(ReadKerasLayer plain) {
    return [plain = std::move(plain)](KerasLayer& layer) {
        ignore_qkeras_training(layer);
        const QkerasWeights quantised(layer, {"kernel", "bias", "depthwise", "pointwise"});
        layer.on_weight = [&](const std::string& name, FloatArray weights) {
            std::string part = name.substr(0, name.find('_'));
            if (part == "kernel" && !quantised.has("kernel"))
                part = "depthwise"; // Keras 3's name for it
            return quantised.apply(part, std::move(weights));
        };
        layer.linear_activation = true;
        std::vector<LayerId> outputs = plain(layer);
        layer.linear_activation = false;
        layer.on_weight = nullptr;
        if (outputs.size() == 1)
            outputs[0] = qkeras_activated(layer, "activation", outputs[0], "_activation");
        return outputs;
    };
}

std::vector<LayerId> read_activation(KerasLayer& layer) {
    if (!layer.require_inputs(1, 1))
        return {};
    return {qkeras_activated(layer, "activation", layer.inputs[0], "")};
}

/// One weight and one bias for all elements.
std::vector<LayerId> read_scale_shift(KerasLayer& layer) {
    for (const char* part : {"weight", "bias"})
        for (const char* what : {"_initializer", "_regularizer"})
            layer.config.ignore({(std::string(part) + what).c_str()});
    const QkerasWeights quantised(layer, {"weight", "bias"});
    const bool use_bias = layer.config.flag("use_bias", true);
    if (!layer.require_inputs(1, 1))
        return {};
    const auto next = [&](const char* part) {
        FloatArray one = quantised.apply(part, layer.weight(part, {1, 1}));
        return FloatArray{{1}, one.values, one.type, one.units};
    };
    Scale body{next("weight"), {}};
    if (use_bias)
        body.bias = next("bias");
    const LayerId made = layer.add(layer.inputs[0], layer.shape(), std::move(body));
    return {qkeras_activated(layer, "activation", made, "_activation")};
}

/// gamma, beta, mean and variance each quantised.
ReadKerasLayer of_norm(ReadKerasLayer plain) {
    return [plain = std::move(plain)](KerasLayer& layer) {
        layer.config.ignore({"beta_range", "gamma_range", "activation"});
        const QkerasWeights quantised(layer, {"gamma", "beta", "mean", "variance"});
        layer.config.require_null("inverse_quantizer");
        layer.on_weight = [&](const std::string& name, FloatArray weights) {
            FloatArray out = quantised.apply(name.rfind("moving_", 0) == 0 ? name.substr(7) : name, std::move(weights));
            out.type.reset(); // they are multiplied together
            return out;
        };
        std::vector<LayerId> outputs = plain(layer);
        layer.on_weight = nullptr;
        return outputs;
    };
}

/// A sum times the quantised 1 / area.
ReadKerasLayer of_average(ReadKerasLayer plain) {
    return [plain = std::move(plain)](KerasLayer& layer) {
        const auto quantizer =
            read_qkeras_quantizer(layer, "average_quantizer", layer.config.take("average_quantizer"));
        layer.config.take("activation");
        std::vector<LayerId> outputs = plain(layer);
        if (outputs.size() != 1)
            return outputs;
        Layer& made = layer.model.graph.layers[static_cast<std::size_t>(outputs[0])];
        double area = 0;
        if (auto* pool = std::get_if<Pool>(&made.body)) {
            for (const std::uint32_t pad : pool->window.pad_after)
                if (pad != 0 && quantizer)
                    layer.problem("an average_quantizer with padding is not understood");
            area = static_cast<double>(network::elements(pool->window.size));
            if (quantizer)
                pool->kind = Pool::Kind::sum;
        } else if (auto* reduce = std::get_if<Reduce>(&made.body)) {
            const Shape& in = layer.model.graph.layer(made.inputs.front()).shape;
            area = 1;
            for (const std::uint32_t axis : reduce->axes)
                area *= in[axis];
            if (quantizer)
                reduce->kind = Reduce::Kind::sum;
        }
        if (quantizer && area > 0) {
            const FloatArray factor =
                quantizer->apply(FloatArray{{1}, {static_cast<double>(1.0F / static_cast<float>(area))}, {}, {}});
            outputs[0] = layer.add("_average", {outputs[0]}, layer.shape_of(outputs[0]), Scale{factor, {}});
        }
        outputs[0] = qkeras_activated(layer, "activation", outputs[0], "_activation");
        return outputs;
    };
}

} // namespace

void add_qkeras(KerasReaders& readers) {
    KerasReaders own;
    for (const char* name :
         {"Dense", "Conv1D", "Conv2D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Conv2DTranspose"})
        own[std::string("Q") + name] = of(readers.at(name));
    for (const char* name : {"Dense", "Conv2D", "DepthwiseConv2D"})
        own[fmt::format("Q{}Batchnorm", name)] = qkeras_folded(readers.at(name));
    for (const char* name : {"AveragePooling2D", "GlobalAveragePooling2D"})
        own[std::string("Q") + name] = of_average(readers.at(name));
    own["QActivation"] = read_activation;
    own["QScaleShift"] = read_scale_shift;
    own["QBatchNormalization"] = of_norm(readers.at("BatchNormalization"));
    add_qkeras_recurrent(own);
    own["QBidirectional"] = readers.at("Bidirectional");
    // A module names them where the file has one; a registered name or nothing else does in `.h5`.
    for (const auto& [name, reader] : own)
        for (const char* prefix : {"qkeras.", "qkeras>", ""})
            readers[prefix + name] = reader;
}

} // namespace gw::import
