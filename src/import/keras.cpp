#include "import/keras.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "import/keras_config.hpp"
#include "import/keras_weights.hpp"
#include "import/probe.hpp"
#include "import/zip.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

/// Adds the layers of a configuration to a graph, one at a time, in an order in which they can run.
class Builder {
  public:
    Builder(const KerasConfig& config, const KerasWeights& weights, Graph& graph, Problems& problems)
        : config_(config), weights_(weights), graph_(graph), problems_(problems) {}

    void build() {
        // Keras writes layers in such an order already, but does not promise it: go round until nothing more can be
        // placed.
        std::vector<const KerasLayer*> waiting;
        for (const KerasLayer& layer : config_.layers)
            waiting.push_back(&layer);
        for (std::size_t before = 0; before != waiting.size();) {
            before = waiting.size();
            std::erase_if(waiting, [&](const KerasLayer* layer) { return place(*layer); });
        }
        for (const KerasLayer* layer : waiting)
            problems_.add(fmt::format("{} layer '{}' reads '{}', which nothing makes", layer->class_name, layer->name,
                                      fmt::join(layer->sources, "', '")));
        collect(config_.inputs, "input", graph_.inputs);
        collect(config_.outputs, "output", graph_.outputs);
        if (graph_.inputs.empty() || graph_.outputs.empty())
            problems_.add("the model has no input or no output");
    }

  private:
    /// Whether the layer is dealt with: placed, or wrong.
    bool place(const KerasLayer& layer) {
        const std::string where = fmt::format("{} layer '{}'", layer.class_name, layer.name);
        if (made_.count(layer.name) != 0) {
            problems_.add(where + ": the name stands twice");
            return true;
        }
        if (layer.class_name == "InputLayer") {
            if (layer.input_shape.empty())
                problems_.add(where + ": the shape of the input is missing");
            made_[layer.name] = graph_.add({layer.name, {}, layer.input_shape, Input{}});
            return true;
        }
        if (layer.sources.size() != 1) {
            problems_.add(fmt::format("{}: it has {} inputs, one is understood", where, layer.sources.size()));
            return true;
        }
        const auto source = made_.find(layer.sources.front());
        if (source == made_.end())
            return false;
        made_[layer.name] = add(layer, source->second, where);
        return true;
    }

    LayerId add(const KerasLayer& layer, LayerId input, const std::string& where) {
        const Shape shape = graph_.layer(input).shape;
        if (layer.class_name == "Dense")
            return add_dense(layer, input, where);
        if (layer.class_name == "BatchNormalization")
            return graph_.add({layer.name, {input}, shape, batch_norm(layer, shape, where)});
        if (layer.class_name == "ReLU")
            return graph_.add({layer.name, {input}, shape, Relu{layer.max_value, Relu::Origin::layer}});
        if (layer.class_name == "Activation")
            return graph_.add({layer.name, {input}, shape, activation(layer.activation)});
        if (layer.class_name == "Dropout")
            return graph_.add({layer.name, {input}, shape, Linear{Linear::Origin::dropout}});
        return graph_.add({layer.name,
                           {input},
                           {static_cast<std::uint32_t>(network::elements(shape))},
                           Linear{Linear::Origin::flatten}});
    }

    static LayerBody activation(const std::string& name) {
        if (name == "linear")
            return Linear{Linear::Origin::activation};
        return Relu{name == "relu6" ? std::optional<double>(6) : std::nullopt, Relu::Origin::activation};
    }

    LayerId add_dense(const KerasLayer& layer, LayerId input, const std::string& where) {
        const Shape shape = graph_.layer(input).shape;
        if (shape.size() != 1)
            problems_.add(
                fmt::format("{}: its input has shape [{}]; put a Flatten before it", where, fmt::join(shape, ", ")));
        const std::uint32_t inputs = shape.empty() ? 0 : shape.back();
        std::map<std::string, Shape> expected{{"kernel", {inputs, layer.units}}};
        if (layer.use_bias)
            expected["bias"] = {layer.units};
        auto weights = weights_.of(layer, expected, problems_);
        Dense dense{std::move(weights["kernel"]), std::nullopt};
        if (layer.use_bias)
            dense.bias = std::move(weights["bias"]);
        const LayerId made = graph_.add({layer.name, {input}, {layer.units}, std::move(dense)});
        if (layer.activation == "linear")
            return made;
        return graph_.add({layer.name + "_" + layer.activation, {made}, {layer.units}, activation(layer.activation)});
    }

    BatchNorm batch_norm(const KerasLayer& layer, const Shape& shape, const std::string& where) {
        const int axis = layer.axis.value_or(-1);
        if (shape.size() != 1 || (axis != -1 && axis != 1))
            problems_.add(fmt::format("{}: axis {} of shape [{}] is not understood; a vector's only axis is", where,
                                      axis, fmt::join(shape, ", ")));
        std::map<std::string, Shape> expected{{"moving_mean", shape}, {"moving_variance", shape}};
        if (layer.scale)
            expected["gamma"] = shape;
        if (layer.center)
            expected["beta"] = shape;
        auto weights = weights_.of(layer, expected, problems_);
        const std::size_t count = network::elements(shape);
        BatchNorm out;
        out.epsilon = layer.epsilon;
        out.mean = std::move(weights["moving_mean"].values);
        out.variance = std::move(weights["moving_variance"].values);
        out.gamma = layer.scale ? std::move(weights["gamma"].values) : std::vector<double>(count, 1.0);
        out.beta = layer.center ? std::move(weights["beta"].values) : std::vector<double>(count, 0.0);
        for (double variance : out.variance)
            if (variance + out.epsilon <= 0) {
                problems_.add(fmt::format("{}: a variance of {} with epsilon {} has no square root", where, variance,
                                          out.epsilon));
                break;
            }
        return out;
    }

    void collect(const std::vector<std::string>& names, const char* what, std::vector<LayerId>& out) {
        for (const std::string& name : names) {
            const auto found = made_.find(name);
            if (found == made_.end())
                problems_.add(fmt::format("the {} '{}' is no layer of the model", what, name));
            else
                out.push_back(found->second);
        }
    }

    const KerasConfig& config_;
    const KerasWeights& weights_;
    Graph& graph_;
    Problems& problems_;
    std::map<std::string, LayerId> made_; ///< by Keras layer: what its readers read
};

} // namespace

namespace {

/// Python writes Infinity and NaN into JSON, which JSON has not: they become texts, and are refused by the name of
/// their key where they matter.
std::string without_infinities(const std::string& json) {
    std::string out;
    bool inside_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (inside_text && c == '\\' && i + 1 < json.size()) {
            out += c;
            out += json[++i];
            continue;
        }
        if (c == '"')
            inside_text = !inside_text;
        std::string_view word;
        for (const std::string_view candidate : {"-Infinity", "Infinity", "NaN"})
            if (!inside_text && json.compare(i, candidate.size(), candidate) == 0)
                word = candidate;
        if (word.empty()) {
            out += c;
        } else {
            out.append("\"").append(word).append("\"");
            i += word.size() - 1;
        }
    }
    return out;
}

} // namespace

Graph read_keras(const std::string& json, const Hdf5& weights, const std::string& name) {
    Json model = Json::parse(json, nullptr, false);
    if (model.is_discarded())
        model = Json::parse(without_infinities(json), nullptr, false);
    if (model.is_discarded())
        throw support::user_error("this is not JSON", name, "write the model again");
    Problems problems(name);
    const KerasConfig config = read_keras_config(model, problems);
    problems.throw_if_any();
    Graph graph;
    graph.name = config.name;
    graph.file = name;
    graph.kind = FileKind::keras;
    const KerasWeights stored(weights, config);
    Builder(config, stored, graph, problems).build();
    problems.throw_if_any();
    return graph;
}

Graph read_keras_archive(const std::filesystem::path& file) {
    const auto members = read_zip(file, {"config.json", "model.weights.h5"});
    return read_keras(members.at("config.json"), Hdf5::from_bytes(members.at("model.weights.h5"), file.string()),
                      file.string());
}

namespace {

Graph read_whole_model(const std::filesystem::path& file) {
    const Hdf5 contents = Hdf5::open(file);
    const auto json = contents.text("", "model_config");
    if (!json)
        throw support::user_error("the file has weights but no model (no attribute model_config)", file.string(),
                                  "save the whole model, or name the model's .json file instead");
    return read_keras(*json, contents, file.string());
}

/// The `.h5` that people put beside NAME.json.
std::filesystem::path weights_beside(const std::filesystem::path& file) {
    for (const char* ending : {".h5", "_weights.h5", ".weights.h5", ".hdf5"}) {
        std::filesystem::path beside = file.parent_path() / (file.stem().string() + ending);
        std::error_code error;
        if (std::filesystem::is_regular_file(beside, error))
            return beside;
    }
    throw support::user_error("there is no weight file beside it", file.string(),
                              "put NAME.h5 beside NAME.json, or name it as KerasH5 in the configuration (--config)");
}

} // namespace

Graph read_keras_hdf5(const std::filesystem::path& file) {
    require_survivable(file.string(), [&] { read_whole_model(file); });
    return read_whole_model(file);
}

Graph read_keras_json(const std::filesystem::path& file, const std::optional<std::filesystem::path>& weights) {
    const std::string json = support::read_file(file);
    const std::filesystem::path stored = weights ? *weights : weights_beside(file);
    const auto read = [&] { return read_keras(json, Hdf5::open(stored), file.string()); };
    require_survivable(stored.string(), read);
    return read();
}

} // namespace gw::import
