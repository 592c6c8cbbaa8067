#include "import/keras_config.hpp"

#include <cmath>

#include <fmt/format.h>

namespace gw::import {

namespace {

constexpr std::uint32_t largest_extent = 1U << 20;

/// A shape with the event axis in front, [null, 27], without it.
Shape event_shape(const Json& value, const std::string& where, Problems& problems) {
    Shape shape;
    bool good = value.is_array() && !value.empty() && value.size() <= 8;
    for (std::size_t i = 1; good && i < value.size(); ++i) {
        good = value[i].is_number_integer() && value[i] > 0 && value[i] <= largest_extent;
        if (good)
            shape.push_back(value[i].get<std::uint32_t>());
    }
    if (!good)
        problems.add(fmt::format("{}: {} is no shape [null, size...] of known sizes", where, brief(value)));
    return shape;
}

/// "relu", or Keras's long form of a layer used as an activation, which is refused.
std::string activation_of(Attributes& config, bool required) {
    const Json& value = config.take("activation");
    if (value.is_null() && !required)
        return "linear";
    if (value.is_string() && (value == "linear" || value == "relu" || value == "relu6"))
        return value.get<std::string>();
    config.problem("activation", fmt::format("is {}; linear, relu and relu6 are understood", brief(value)));
    return "linear";
}

/// float32 as a name or as a DTypePolicy object.
void check_dtype(Attributes& config) {
    const Json& value = config.take("dtype");
    const Json* name = &value;
    if (value.is_object() && value.contains("config") && value["config"].is_object() &&
        value["config"].contains("name"))
        name = &value["config"]["name"];
    if (!name->is_null() && *name != "float32" && *name != "float64")
        config.problem("dtype", fmt::format("is {}; float32 and float64 are understood", brief(*name)));
}

void read_dense(Attributes& config, KerasLayer& layer) {
    layer.units = config.count("units").value_or(0);
    if (layer.units == 0)
        config.problem("units", "is missing");
    layer.use_bias = config.flag("use_bias", true);
    layer.activation = activation_of(config, false);
    config.ignore({"kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer",
                   "activity_regularizer", "kernel_constraint", "bias_constraint", "lora_alpha"});
    config.require_null("lora_rank");
    config.require_null("quantization_config");
}

void read_batch_norm(Attributes& config, KerasLayer& layer) {
    const Json& axis = config.take("axis");
    const Json& only = axis.is_array() && axis.size() == 1 ? axis[0] : axis;
    if (only.is_number_integer() && only >= -8 && only <= 8)
        layer.axis = only.get<int>();
    else if (!only.is_null())
        config.problem("axis", fmt::format("is {}, one whole number is expected", brief(axis)));
    layer.epsilon = config.number("epsilon").value_or(1e-3);
    layer.center = config.flag("center", true);
    layer.scale = config.flag("scale", true);
    config.require_flag("renorm", false);
    config.require_null("virtual_batch_size");
    config.require_null("adjustment");
    config.ignore({"momentum", "beta_initializer", "gamma_initializer", "moving_mean_initializer",
                   "moving_variance_initializer", "beta_regularizer", "gamma_regularizer", "beta_constraint",
                   "gamma_constraint", "synchronized", "renorm_clipping", "renorm_momentum", "fused"});
}

void read_relu(Attributes& config, KerasLayer& layer) {
    layer.max_value = config.number("max_value");
    if (layer.max_value && *layer.max_value <= 0)
        config.problem("max_value", fmt::format("is {}, a positive number is expected", *layer.max_value));
    config.require_number("negative_slope", 0);
    config.require_number("threshold", 0);
}

/// The configuration of one layer; consumes what its class is known to have.
void read_layer_config(const Json& json, KerasLayer& layer, Problems& problems) {
    Attributes config(json, fmt::format("{} layer '{}'", layer.class_name, layer.name), problems);
    config.ignore({"name", "trainable"});
    check_dtype(config);
    const Json& batch_shape = config.take("batch_shape");
    const Json& old_shape = config.take("batch_input_shape");
    if (!batch_shape.is_null() || !old_shape.is_null())
        layer.input_shape = event_shape(batch_shape.is_null() ? old_shape : batch_shape, config.where(), problems);
    const std::string& name = layer.class_name;
    if (name == "InputLayer") {
        config.require_flag("sparse", false);
        config.require_flag("ragged", false);
        config.require_flag("optional", false);
    } else if (name == "Dense") {
        read_dense(config, layer);
    } else if (name == "BatchNormalization") {
        read_batch_norm(config, layer);
    } else if (name == "Activation") {
        layer.activation = activation_of(config, true);
    } else if (name == "ReLU") {
        read_relu(config, layer);
    } else if (name == "Dropout") {
        config.ignore({"rate", "seed", "noise_shape"});
    } else if (name == "Flatten") {
        config.ignore({"data_format"});
    } else {
        problems.add(
            fmt::format("layer '{}' is of class {}, which is not understood; InputLayer, Dense, BatchNormalization, "
                        "Activation, ReLU, Dropout and Flatten are",
                        layer.name, name));
        return;
    }
    config.finish();
}

/// Names of the layers in a value that holds Keras histories [name, node, tensor] at any depth (Keras 2), or Keras 3
/// tensors.
void collect_sources(const Json& value, const std::string& where, std::vector<std::string>& names, Problems& problems) {
    if (value.is_array() && value.size() >= 3 && value[0].is_string()) {
        if (value[1] != 0 || value[2] != 0)
            problems.add(fmt::format("{}: {} is a shared layer or a second output, which is not understood", where,
                                     brief(value)));
        if (value.size() > 3 && !(value[3].is_object() && value[3].empty()))
            problems.add(fmt::format("{}: call arguments {} are not understood", where, brief(value[3])));
        names.push_back(value[0].get<std::string>());
    } else if (value.is_array()) {
        for (const Json& item : value)
            collect_sources(item, where, names, problems);
    } else if (value.is_object() && value.value("class_name", Json()) == "__keras_tensor__" &&
               value.contains("config") && value["config"].is_object()) {
        collect_sources(value["config"].value("keras_history", Json()), where, names, problems);
    } else {
        problems.add(fmt::format("{}: {} names no layer", where, brief(value)));
    }
}

/// One call of a layer: {"args": [tensor], "kwargs": {"mask": null}} (Keras 3) or [["name", 0, 0, {}]] (Keras 2).
void read_call(const Json& node, KerasLayer& layer, Problems& problems) {
    const std::string where = fmt::format("{} layer '{}'", layer.class_name, layer.name);
    if (!node.is_object())
        return collect_sources(node, where, layer.sources, problems);
    Attributes call(node, where + ", inbound_nodes", problems);
    collect_sources(call.take("args"), where, layer.sources, problems);
    Attributes options(call.take("kwargs"), where + ", call", problems);
    options.require_null("mask");
    options.require_flag("training", false);
    options.finish();
    call.finish();
}

KerasLayer read_layer(const Json& json, bool functional, Problems& problems) {
    KerasLayer layer;
    if (!json.is_object()) {
        problems.add(fmt::format("a layer is expected, not {}", brief(json)));
        return layer;
    }
    const Json config = json.value("config", Json::object());
    const auto text = [](const Json& object, const char* key) {
        return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>()
                                                                                     : "";
    };
    layer.class_name = text(json, "class_name");
    layer.name = text(config, "name").empty() ? text(json, "name") : text(config, "name");
    Attributes outer(json, fmt::format("{} layer '{}'", layer.class_name, layer.name), problems);
    outer.ignore({"class_name", "config", "name", "build_config", "shared_object_id", "registered_name"});
    if (layer.name.empty())
        problems.add(fmt::format("a layer of class '{}' has no name", layer.class_name));
    const std::string module = outer.text("module").value_or("keras");
    if (module.rfind("keras", 0) != 0 && module.rfind("tensorflow", 0) != 0 && module.rfind("tf_keras", 0) != 0)
        layer.class_name = module + "." + layer.class_name;
    const Json& nodes = outer.take("inbound_nodes");
    outer.finish();
    read_layer_config(config, layer, problems);
    if (functional && nodes.is_array() && nodes.size() > 1)
        problems.add(
            fmt::format("layer '{}' is used {} times; shared layers are not understood", layer.name, nodes.size()));
    else if (functional && nodes.is_array() && nodes.size() == 1)
        read_call(nodes[0], layer, problems);
    return layer;
}

/// A Sequential model is a chain; its input may be a layer, or only a shape at the first layer or at the model.
void chain(KerasConfig& config, const Json& built_shape, Problems& problems) {
    if (config.layers.empty())
        return problems.add("the model has no layers");
    if (config.layers.front().class_name != "InputLayer") {
        KerasLayer input;
        input.class_name = "InputLayer";
        input.name = config.layers.front().name + "_input";
        input.input_shape = config.layers.front().input_shape;
        if (input.input_shape.empty() && !built_shape.is_null())
            input.input_shape = event_shape(built_shape, "build_input_shape", problems);
        if (input.input_shape.empty())
            problems.add("the model does not say the shape of its input: build it before saving it");
        config.layers.insert(config.layers.begin(), input);
    }
    for (std::size_t i = 1; i < config.layers.size(); ++i)
        config.layers[i].sources = {config.layers[i - 1].name};
    config.inputs = {config.layers.front().name};
    config.outputs = {config.layers.back().name};
}

} // namespace

KerasConfig read_keras_config(const Json& model, Problems& problems) {
    KerasConfig out;
    Attributes top(model, "model", problems);
    const std::string kind = top.text("class_name").value_or("");
    const bool functional = kind == "Functional" || kind == "Model";
    if (!functional && kind != "Sequential") {
        problems.add(fmt::format("the model is of class '{}'; Sequential and Functional are understood", kind));
        return out;
    }
    top.ignore({"module", "registered_name", "build_config", "compile_config", "keras_version", "backend", "name"});
    Attributes config(top.take("config"), "model configuration", problems);
    top.finish();
    config.ignore({"trainable"});
    check_dtype(config);
    out.name = config.text("name").value_or("network");
    const Json& layers = config.take("layers");
    if (!layers.is_array())
        config.problem("layers", "is not a list");
    for (const Json& layer : layers)
        out.layers.push_back(read_layer(layer, functional, problems));
    if (functional) {
        collect_sources(config.take("input_layers"), "input_layers", out.inputs, problems);
        collect_sources(config.take("output_layers"), "output_layers", out.outputs, problems);
    } else {
        const Json& shape = config.take("build_input_shape");
        const Json build = model.value("build_config", Json::object());
        chain(out, shape.is_null() && build.is_object() ? build.value("input_shape", Json()) : shape, problems);
    }
    config.finish();
    return out;
}

} // namespace gw::import
