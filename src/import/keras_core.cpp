// Dense and its kin, embeddings, and layers that do nothing at inference.
#include <fmt/format.h>

#include "import/keras_layer.hpp"

namespace gw::import {

namespace {

void ignore_training(KerasLayer& layer) {
    layer.config.ignore({"kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer",
                         "activity_regularizer", "kernel_constraint", "bias_constraint", "lora_alpha"});
    layer.config.require_null("lora_rank");
    layer.config.require_null("quantization_config");
}

std::vector<LayerId> read_dense(KerasLayer& layer) {
    const std::uint32_t units = layer.config.count("units").value_or(0);
    if (units == 0)
        layer.config.problem("units", "is missing");
    const bool use_bias = layer.config.flag("use_bias", true);
    ignore_training(layer);
    if (!layer.require_rank(1, 7) || units == 0) {
        layer.config.ignore({"activation"});
        return {};
    }
    Shape shape = layer.shape();
    Dense dense{layer.weight("kernel", {shape.back(), units}), std::nullopt};
    if (use_bias)
        dense.bias = layer.weight("bias", {units});
    shape.back() = units;
    return {layer.activated(layer.add(layer.inputs[0], shape, std::move(dense)))};
}

/// "...x,xy->...y" with the ellipsis written out and the batch letter gone.
std::optional<Einsum> parse_equation(KerasLayer& layer, const std::string& equation) {
    const std::size_t comma = equation.find(','), arrow = equation.find("->");
    if (comma == std::string::npos || arrow == std::string::npos || comma > arrow)
        return std::nullopt;
    Einsum einsum{
        equation.substr(0, comma), equation.substr(comma + 1, arrow - comma - 1), equation.substr(arrow + 2), {}, {}};
    const std::size_t rank = layer.shape().size() + 1;
    const std::string spare = "0123456789";
    const std::size_t dots = einsum.left.find("...");
    if (dots != std::string::npos) {
        const std::size_t missing = rank - std::min(rank, einsum.left.size() - 3);
        const std::size_t out = einsum.output.find("...");
        if (out == std::string::npos || missing > spare.size())
            return std::nullopt;
        einsum.left.replace(dots, 3, spare.substr(0, missing));
        einsum.output.replace(out, 3, spare.substr(0, missing));
    }
    const bool good = einsum.left.size() == rank && !einsum.output.empty() && einsum.left[0] == einsum.output[0] &&
                      einsum.right.find(einsum.left[0]) == std::string::npos;
    if (!good)
        return std::nullopt;
    einsum.left.erase(0, 1);
    einsum.output.erase(0, 1);
    return einsum;
}

std::vector<LayerId> read_einsum(KerasLayer& layer) {
    const std::string equation = layer.config.text("equation").value_or("");
    const std::string bias_axes = layer.config.text("bias_axes").value_or("");
    const Json& output_shape = layer.config.take("output_shape");
    ignore_training(layer);
    std::optional<Einsum> einsum;
    if (layer.require_rank(1, 7))
        einsum = parse_equation(layer, equation);
    // The extents of the kernel's letters: of the input where it has them, else of the output.
    std::map<char, std::uint32_t> extent;
    for (std::size_t k = 0; einsum && k < einsum->left.size(); ++k)
        extent[einsum->left[k]] = layer.shape()[k];
    const Json shape_list = output_shape.is_array() ? output_shape : Json::array({output_shape});
    for (std::size_t k = 0; einsum && k < shape_list.size() && k < einsum->output.size(); ++k) {
        const Json& size = shape_list[shape_list.size() - 1 - k];
        if (size.is_number_integer() && size > 0 && size <= 1'000'000)
            extent.emplace(einsum->output[einsum->output.size() - 1 - k], size.get<std::uint32_t>());
    }
    const auto shape_of = [&](const std::string& letters, bool& known) {
        Shape shape;
        for (const char letter : letters) {
            known = known && extent.count(letter) != 0;
            shape.push_back(extent[letter]);
        }
        return shape;
    };
    bool known = einsum.has_value();
    const Shape kernel = einsum ? shape_of(einsum->right, known) : Shape{};
    const Shape output = einsum ? shape_of(einsum->output, known) : Shape{};
    if (!known) {
        layer.config.problem("equation", fmt::format("is '{}', which is not understood", equation));
        layer.config.ignore({"activation"});
        return {};
    }
    einsum->weights = layer.weight("kernel", kernel);
    if (!bias_axes.empty()) {
        // The bias has the axes from its first one on; those that it lacks are 1.
        Shape bias;
        for (const char letter : einsum->output)
            if (!bias.empty() || bias_axes.find(letter) != std::string::npos)
                bias.push_back(bias_axes.find(letter) != std::string::npos ? extent[letter] : 1);
        einsum->bias = layer.weight("bias", bias);
    }
    return {layer.activated(layer.add(layer.inputs[0], output, std::move(*einsum)))};
}

std::vector<LayerId> read_embedding(KerasLayer& layer) {
    const std::uint32_t entries = layer.config.count("input_dim").value_or(1),
                        width = layer.config.count("output_dim").value_or(1);
    layer.config.ignore({"embeddings_initializer", "embeddings_regularizer", "activity_regularizer",
                         "embeddings_constraint", "input_length", "lora_alpha"});
    layer.config.require_flag("mask_zero", false);
    layer.config.require_null("lora_rank");
    layer.config.require_null("quantization_config");
    if (!layer.require_inputs(1, 1))
        return {};
    Shape shape = layer.shape();
    shape.push_back(width);
    return {layer.add(layer.inputs[0], shape, Embedding{layer.weight("embeddings", {entries, width})})};
}

/// A layer whose configuration changes nothing at inference.
ReadKerasLayer identity(std::initializer_list<const char*> keys) {
    const std::vector<const char*> ignored(keys);
    return [ignored](KerasLayer& layer) -> std::vector<LayerId> {
        for (const char* key : ignored)
            layer.config.ignore({key});
        if (!layer.require_inputs(1, 1))
            return {};
        return {layer.add(layer.inputs[0], layer.shape(), Linear{Linear::Origin::dropout})};
    };
}

std::vector<LayerId> read_rescaling(KerasLayer& layer) {
    const auto array = [&](const char* key, double if_absent) {
        const Json& value = layer.config.take(key);
        FloatArray result{{1}, {if_absent}, {}};
        if (value.is_number())
            result.values = {value.get<double>()};
        else if (!value.is_null())
            layer.config.problem(key, fmt::format("is {}, one number is understood", brief(value)));
        return result;
    };
    Scale scale{array("scale", 1.0), array("offset", 0.0)};
    if (!layer.require_inputs(1, 1))
        return {};
    return {layer.add(layer.inputs[0], layer.shape(), std::move(scale))};
}

} // namespace

void add_core(KerasReaders& readers) {
    readers["Dense"] = read_dense;
    readers["EinsumDense"] = read_einsum;
    readers["Embedding"] = read_embedding;
    readers["Rescaling"] = read_rescaling;
    readers["Dropout"] = identity({"rate", "seed", "noise_shape"});
    for (const char* name : {"SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout"})
        readers[name] = identity({"rate", "seed", "noise_shape", "data_format"});
    for (const char* name : {"GaussianNoise", "GaussianDropout"})
        readers[name] = identity({"stddev", "rate", "seed"});
    readers["ActivityRegularization"] = identity({"l1", "l2"});
    readers["Identity"] = identity({});
}

} // namespace gw::import
