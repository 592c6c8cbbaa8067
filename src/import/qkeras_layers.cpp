// QKeras's layers: the Keras layer of the same name with quantised weights, and a quantiser where the activation
// stands.
#include <algorithm>

#include <fmt/format.h>

#include "import/qkeras_quantizer.hpp"

namespace gw::import {

namespace {

/// The activation that may be a quantiser, behind `input`.
LayerId activated(KerasLayer& layer, LayerId input, const std::string& suffix) {
    const Json& value = layer.config.take("activation");
    if (value.is_null() || value == "linear")
        return input;
    if (!is_qkeras_quantizer(value))
        return layer.activated(input); // takes it again
    const auto quantizer = read_qkeras_quantizer(layer, "activation", value);
    return quantizer ? quantizer->add(layer, suffix, input) : input;
}

/// Of the Keras class of the same name without Q. The plain reader sees a linear activation.
ReadKerasLayer of(ReadKerasLayer plain) {
    return [plain = std::move(plain)](KerasLayer& layer) {
        layer.config.ignore({"kernel_range", "bias_range", "depthwise_range", "pointwise_range"});
        layer.config.require_null("mask");
        std::map<std::string, std::optional<QkerasQuantizer>> quantizers;
        for (const char* part : {"kernel", "bias", "depthwise", "pointwise"}) {
            const std::string key = std::string(part) + "_quantizer";
            quantizers[part] = read_qkeras_quantizer(layer, key, layer.config.take(key));
        }
        layer.on_weight = [&](const std::string& name, FloatArray weights) {
            std::string part = name.substr(0, name.find('_'));
            if (part == "kernel" && !quantizers["kernel"] && quantizers["depthwise"])
                part = "depthwise"; // Keras 3's name for it
            const auto& quantizer = quantizers[part];
            return quantizer ? quantizer->apply(weights) : weights;
        };
        const bool quantises = is_qkeras_quantizer(layer.config.take("activation"));
        layer.linear_activation = quantises;
        std::vector<LayerId> outputs = plain(layer);
        layer.linear_activation = false;
        layer.on_weight = nullptr;
        if (quantises && outputs.size() == 1)
            outputs[0] = activated(layer, outputs[0], "_activation");
        return outputs;
    };
}

std::vector<LayerId> read_activation(KerasLayer& layer) {
    if (!layer.require_inputs(1, 1))
        return {};
    return {activated(layer, layer.inputs[0], "")};
}

/// gamma, beta, mean and variance each quantised.
ReadKerasLayer of_norm(ReadKerasLayer plain) {
    return [plain = std::move(plain)](KerasLayer& layer) {
        layer.config.ignore({"beta_range", "gamma_range", "activation"});
        std::map<std::string, std::optional<QkerasQuantizer>> quantizers;
        for (const char* part : {"gamma", "beta", "mean", "variance"}) {
            const std::string key = std::string(part) + "_quantizer";
            quantizers[part] = read_qkeras_quantizer(layer, key, layer.config.take(key));
        }
        layer.config.require_null("inverse_quantizer");
        layer.on_weight = [&](const std::string& name, FloatArray weights) {
            const std::string part = name.rfind("moving_", 0) == 0 ? name.substr(7) : name;
            const auto& quantizer = quantizers[part];
            if (!quantizer)
                return weights;
            FloatArray out = quantizer->apply(weights);
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
        const Json& activation = layer.config.take("activation");
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
        if (!activation.is_null() && activation != "linear")
            outputs[0] = activated(layer, outputs[0], "_activation");
        return outputs;
    };
}

} // namespace

void add_qkeras(KerasReaders& readers) {
    std::map<std::string, ReadKerasLayer> own;
    for (const char* name :
         {"Dense", "Conv1D", "Conv2D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Conv2DTranspose"})
        own[std::string("Q") + name] = of(readers.at(name));
    for (const char* name : {"AveragePooling2D", "GlobalAveragePooling2D"})
        own[std::string("Q") + name] = of_average(readers.at(name));
    own["QActivation"] = read_activation;
    own["QBatchNormalization"] = of_norm(readers.at("BatchNormalization"));
    // A module names them where the file has one; a registered name or nothing else does in `.h5`.
    for (const auto& [name, reader] : own)
        for (const char* prefix : {"qkeras.", "qkeras>", ""})
            readers[prefix + name] = reader;
}

} // namespace gw::import
