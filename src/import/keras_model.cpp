#include "import/keras_model.hpp"

#include <map>
#include <set>

#include <fmt/format.h>

#include "import/arrange.hpp"
#include "import/keras_calls.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

constexpr std::uint32_t largest_extent = 1U << 20;
constexpr int deepest = 16; ///< models in models

bool is_model(const std::string& class_name) {
    return class_name == "Functional" || class_name == "Model" || class_name == "Sequential";
}

/// A shape with the event axis in front, [null, 27], without it.
Shape event_shape(const Json& value, const std::string& where, Problems& problems) {
    const Json& one = value.is_array() && value.size() == 1 && value[0].is_array() ? value[0] : value;
    Shape shape;
    bool good = one.is_array() && !one.empty() && one.size() <= 8;
    for (std::size_t i = 1; good && i < one.size(); ++i) {
        good = one[i].is_number_integer() && one[i] > 0 && one[i] <= largest_extent;
        if (good)
            shape.push_back(one[i].get<std::uint32_t>());
    }
    if (!good)
        problems.add(fmt::format("{}: {} is no shape [null, size...] of known sizes", where, brief(value)));
    else if (network::elements(shape) > most_tensor_elements)
        problems.add(fmt::format("{}: a shape of {} has more than 2^24 elements", where, brief(value)));
    return shape;
}

/// float32 as a name or as a DTypePolicy object.
void check_dtype(Attributes& config) {
    const Json& value = config.take("dtype");
    const Json* name = &value;
    if (value.is_object() && value.contains("config") && value["config"].is_object() &&
        value["config"].contains("name"))
        name = &value["config"]["name"];
    const bool known =
        name->is_null() || *name == "float32" || *name == "float64" || *name == "int32" || *name == "int64";
    if (!known)
        config.problem("dtype", fmt::format("is {}; float32 and float64 are understood", brief(*name)));
}

/// One entry of a model's list of layers.
struct Entry {
    std::string class_name, name;
    const Json* config = nullptr;
    std::vector<KerasCall> calls;
    /// @param prefix names of the models that it is in
    std::string where(const std::string& prefix = {}) const {
        return fmt::format("{} layer '{}{}'", class_name, prefix, name);
    }
};

class Walker {
  public:
    explicit Walker(KerasModel& model) : model_(model) {}

    /// @param inputs of a nested model; none for the whole one, which makes its own
    std::vector<LayerId> walk(const std::string& class_name, const Json& config, const Json& outer,
                              const std::string& prefix, const KerasWeights& weights,
                              const std::optional<std::vector<LayerId>>& inputs) {
        if (prefix.size() > 4096 || ++depth_ > deepest) {
            model_.problems.add("models are nested too deeply");
            return {};
        }
        Attributes attributes(config, prefix.empty() ? "model configuration" : "model '" + prefix + "'",
                              model_.problems);
        attributes.ignore({"name", "trainable", "build_input_shape"});
        check_dtype(attributes);
        const bool functional = class_name != "Sequential";
        std::vector<Entry> entries = read_entries(attributes.take("layers"), functional, attributes);
        std::vector<std::pair<std::string, std::string>> classes;
        for (const Entry& entry : entries)
            classes.emplace_back(entry.class_name.substr(entry.class_name.rfind('.') + 1), entry.name);
        const std::vector<KerasWeights> stored = weights.layers(classes);
        std::vector<LayerId> outputs;
        if (functional) {
            std::vector<KerasTensor> in, out;
            collect_tensors(attributes.take("input_layers"), "input_layers", in, model_.problems);
            collect_tensors(attributes.take("output_layers"), "output_layers", out, model_.problems);
            count_calls_from_zero(entries, out);
            outputs = run_graph(entries, stored, prefix, in, out, inputs);
        } else {
            outputs = run_chain(entries, stored, prefix, config, outer, inputs);
        }
        attributes.finish();
        --depth_;
        return outputs;
    }

  private:
    std::vector<Entry> read_entries(const Json& layers, bool functional, Attributes& attributes) {
        std::vector<Entry> entries;
        if (!layers.is_array()) {
            attributes.problem("layers", "is not a list");
            return entries;
        }
        for (const Json& json : layers) {
            if (!json.is_object()) {
                model_.problems.add(fmt::format("a layer is expected, not {}", brief(json)));
                continue;
            }
            entries.push_back(read_entry(json, functional));
        }
        return entries;
    }

    Entry read_entry(const Json& json, bool functional) {
        static const Json nothing = Json::object();
        Entry entry;
        entry.class_name = text_of(json, "class_name");
        entry.config = json.contains("config") ? &json["config"] : &nothing;
        entry.name = text_of(*entry.config, "name").empty() ? text_of(json, "name") : text_of(*entry.config, "name");
        Attributes outer(json, entry.where(), model_.problems);
        outer.ignore(
            {"class_name", "config", "name", "build_config", "shared_object_id", "registered_name", "compile_config"});
        if (entry.name.empty())
            model_.problems.add(fmt::format("a layer of class '{}' has no name", entry.class_name));
        const std::string module = outer.text("module").value_or("keras");
        const std::string root = module.substr(0, module.find('.'));
        if (root != "keras" && root != "tensorflow" && root != "tf_keras" && root != "builtins")
            entry.class_name = root + "." + entry.class_name;
        const Json& nodes = outer.take("inbound_nodes");
        outer.finish();
        if (functional && nodes.is_array())
            for (const Json& node : nodes)
                entry.calls.push_back(read_call(node, entry.where(), model_.problems));
        return entry;
    }

    /// Keras counts the making of a nested Functional model as its first call, and writes the calls that follow only.
    static void count_calls_from_zero(std::vector<Entry>& entries, std::vector<KerasTensor>& out) {
        for (const Entry& model : entries) {
            if (!is_model(model.class_name))
                continue;
            std::vector<KerasTensor*> readers;
            const auto collect = [&](std::vector<KerasTensor>& tensors) {
                for (KerasTensor& tensor : tensors)
                    if (tensor.layer == model.name)
                        readers.push_back(&tensor);
            };
            collect(out);
            for (Entry& entry : entries)
                for (KerasCall& call : entry.calls)
                    collect(call.inputs);
            bool beyond = false, zero = false;
            for (const KerasTensor* reader : readers) {
                beyond = beyond || reader->call == model.calls.size();
                zero = zero || reader->call == 0;
            }
            for (KerasTensor* reader : readers)
                if (beyond && !zero)
                    --reader->call;
        }
    }

    std::string unique(const std::string& name) {
        std::string result = name;
        for (unsigned n = 2; !names_.insert(result).second; ++n)
            result = fmt::format("{}_call{}", name, n);
        return result;
    }

    /// The graph's input for an InputLayer.
    LayerId add_input(const Entry& entry, const std::string& prefix) {
        Attributes config(*entry.config, entry.where(prefix), model_.problems);
        config.ignore({"name", "trainable", "ragged"});
        check_dtype(config);
        const Json& new_shape = config.take("batch_shape");
        const Json& old_shape = config.take("batch_input_shape");
        config.require_flag("sparse", false);
        config.require_flag("optional", false);
        Shape shape;
        if (new_shape.is_null() && old_shape.is_null())
            model_.problems.add(entry.where() + ": the shape of the input is missing");
        else
            shape = event_shape(new_shape.is_null() ? old_shape : new_shape, entry.where(), model_.problems);
        config.finish();
        return model_.graph.add({unique(prefix + entry.name), {}, shape, Input{}, "InputLayer"});
    }

    /// What a reader throws (a size out of all bounds) is one more line of this file's list.
    std::vector<LayerId> read(KerasLayer& layer) {
        try {
            return read_keras_layer(layer);
        } catch (const support::Error& error) {
            if (error.kind() == support::ErrorKind::internal)
                throw;
            layer.problem(error.problem());
            return {};
        }
    }

    /// One call of one layer.
    std::vector<LayerId> call(const Entry& entry, const KerasWeights& weights, const std::string& prefix,
                              std::vector<LayerId> inputs, const Json* options) {
        const std::string name = unique(prefix + entry.name);
        if (is_model(entry.class_name))
            return walk(entry.class_name, *entry.config, Json(), name + "/", weights.again(), inputs);
        Attributes config(*entry.config, entry.where(prefix), model_.problems);
        config.ignore({"name", "trainable", "batch_input_shape", "batch_shape"});
        check_dtype(config);
        if (const auto owner = weights.owner(); owner && *owner != entry.name)
            model_.problems.add(fmt::format("the weights of layer '{}' belong to '{}'", entry.name, *owner));
        KerasLayer layer(model_, entry.class_name, name, config, weights.again(), std::move(inputs));
        layer.call = options != nullptr && !options->empty() ? options : nullptr;
        const std::vector<LayerId> outputs = read(layer);
        if (layer.call != nullptr)
            layer.problem(fmt::format("call arguments {} are not understood", brief(*layer.call)));
        if (!outputs.empty() && layer.weights.left() != 0)
            layer.problem(fmt::format("{} weights of the file are not understood", layer.weights.left()));
        for (const LayerId id : outputs)
            if (network::elements(model_.graph.layer(id).shape) > most_tensor_elements)
                layer.problem("its output has more than 2^24 elements");
        return outputs;
    }

    /// Of a layer that is never read, since one before it could not be.
    void check_class(const Entry& entry, const std::string& prefix) {
        if (entry.class_name != "InputLayer" && !is_model(entry.class_name))
            require_keras_class(entry.class_name, entry.where(prefix), model_.problems);
    }

    std::vector<LayerId> run_graph(const std::vector<Entry>& entries, const std::vector<KerasWeights>& stored,
                                   const std::string& prefix, const std::vector<KerasTensor>& in,
                                   const std::vector<KerasTensor>& out,
                                   const std::optional<std::vector<LayerId>>& inputs) {
        Values values;
        if (inputs && inputs->size() != in.size())
            model_.problems.add(
                fmt::format("model '{}' has {} inputs and is given {}", prefix, in.size(), inputs->size()));
        for (std::size_t k = 0; inputs && k < std::min(in.size(), inputs->size()); ++k)
            values[{in[k].layer, 0}] = {(*inputs)[k]};
        // Keras writes layers in an order in which they can run, but does not promise it, and calls of a shared layer
        // may wait for others: go round until nothing more can be placed.
        struct Waiting {
            std::size_t entry, call;
        };
        std::vector<Waiting> waiting;
        for (std::size_t e = 0; e < entries.size(); ++e) {
            if (entries[e].class_name == "InputLayer") {
                if (!inputs)
                    values[{entries[e].name, 0}] = {add_input(entries[e], prefix)};
                continue;
            }
            for (std::size_t c = 0; c < entries[e].calls.size(); ++c)
                waiting.push_back({e, c});
        }
        for (std::size_t before = 0; before != waiting.size();) {
            before = waiting.size();
            std::erase_if(waiting, [&](const Waiting& each) {
                const Entry& entry = entries[each.entry];
                const KerasCall& made = entry.calls[each.call];
                const auto read = resolve(values, made.inputs);
                if (!read)
                    return false;
                values[{entry.name, static_cast<std::uint32_t>(each.call)}] =
                    call(entry, stored[each.entry], prefix, *read, &made.options);
                return true;
            });
        }
        for (const Waiting& each : waiting)
            if (each.call == 0)
                check_class(entries[each.entry], prefix);
        for (const Waiting& each : waiting)
            for (const KerasTensor& tensor : entries[each.entry].calls[each.call].inputs)
                if (model_.problems.empty() || values.count({tensor.layer, tensor.call}) == 0)
                    model_.problems.add(fmt::format("{} reads '{}', which nothing makes",
                                                    entries[each.entry].where(prefix), tensor.layer));
        if (!inputs)
            model_.graph.inputs = all_of(values, in, "input");
        return all_of(values, out, "output");
    }

    using Values = std::map<std::pair<std::string, std::uint32_t>, std::vector<LayerId>>; ///< by layer and call

    static std::optional<std::vector<LayerId>> resolve(const Values& values, const std::vector<KerasTensor>& tensors) {
        std::vector<LayerId> ids;
        for (const KerasTensor& tensor : tensors) {
            const auto found = values.find({tensor.layer, tensor.call});
            if (found == values.end() || tensor.output >= found->second.size())
                return std::nullopt;
            ids.push_back(found->second[tensor.output]);
        }
        return ids;
    }

    std::vector<LayerId> all_of(const Values& values, const std::vector<KerasTensor>& tensors, const char* what) {
        std::vector<LayerId> ids;
        for (const KerasTensor& tensor : tensors) {
            if (const auto found = resolve(values, {tensor}))
                ids.push_back(found->front());
            else if (model_.problems.empty() || values.count({tensor.layer, tensor.call}) == 0)
                model_.problems.add(fmt::format("the {} '{}' is no layer of the model", what, tensor.layer));
        }
        if (tensors.empty())
            model_.problems.add(fmt::format("the model has no {}", what));
        return ids;
    }

    /// A Sequential model is a chain; its input may be a layer, or only a shape at the first layer or at the model.
    std::vector<LayerId> run_chain(const std::vector<Entry>& entries, const std::vector<KerasWeights>& stored,
                                   const std::string& prefix, const Json& config, const Json& outer,
                                   const std::optional<std::vector<LayerId>>& inputs) {
        if (entries.empty()) {
            model_.problems.add("the model has no layers");
            return {};
        }
        std::vector<LayerId> current;
        if (inputs)
            current = *inputs;
        else if (entries.front().class_name == "InputLayer")
            current = {add_input(entries.front(), prefix)};
        else
            current = {add_chain_input(entries.front(), config, outer)};
        if (!inputs)
            model_.graph.inputs = current;
        for (std::size_t e = 0; e < entries.size(); ++e) {
            if (current.empty())
                check_class(entries[e], prefix);
            else if (entries[e].class_name != "InputLayer")
                current = call(entries[e], stored[e], prefix, current, nullptr);
        }
        return current;
    }

    LayerId add_chain_input(const Entry& first, const Json& config, const Json& outer) {
        const auto member = [](const Json& object, const char* key) {
            return object.is_object() && object.contains(key) ? object[key] : Json();
        };
        Json shape = member(*first.config, "batch_input_shape");
        if (shape.is_null())
            shape = member(*first.config, "batch_shape");
        if (shape.is_null())
            shape = member(config, "build_input_shape");
        if (shape.is_null())
            shape = member(member(outer, "build_config"), "input_shape");
        Shape extents;
        if (shape.is_null())
            model_.problems.add("the model does not say the shape of its input: build it before saving it");
        else
            extents = event_shape(shape, first.where(), model_.problems);
        return model_.graph.add({unique(first.name + "_input"), {}, extents, Input{}, "InputLayer"});
    }

    KerasModel& model_;
    std::set<std::string> names_;
    int depth_ = 0;
};

} // namespace

void read_keras_model(const Json& json, KerasModel& model, const KerasWeights& weights) {
    Attributes top(json, "model", model.problems);
    const std::string kind = top.text("class_name").value_or("");
    if (!is_model(kind)) {
        model.problems.add(fmt::format("the model is of class '{}'; Sequential and Functional are understood", kind));
        return;
    }
    top.ignore({"module", "registered_name", "build_config", "compile_config", "keras_version", "backend", "name"});
    const Json& config = top.take("config");
    top.finish();
    model.graph.name = text_of(config, "name").empty() ? "network" : text_of(config, "name");
    model.graph.outputs = Walker(model).walk(kind, config, json, "", weights, std::nullopt);
}

} // namespace gw::import
