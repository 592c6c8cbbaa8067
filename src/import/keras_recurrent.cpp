// SimpleRNN, LSTM, GRU, and the wrappers Bidirectional and TimeDistributed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"
#include "import/keras_layer.hpp"

namespace gw::import {

namespace {

constexpr std::uint32_t most_steps = 4096; ///< each becomes hardware of its own

/// The activation of a key as a function of one variable.
Nonlinearity nonlinearity(KerasLayer& layer, const std::string& key, const std::string& if_absent) {
    const Json& value = layer.config.take(key);
    const Json name = value.is_null() ? Json(if_absent) : value;
    const auto body = name.is_string() ? keras_activation(name.get<std::string>(), layer.model.major, 0) : std::nullopt;
    if (body) {
        if (const auto* relu = std::get_if<Relu>(&*body))
            return *relu;
        if (const auto* function = std::get_if<Function>(&*body))
            return *function;
        if (const auto* linear = std::get_if<Linear>(&*body))
            return *linear;
    }
    layer.config.problem(key, fmt::format("is {}, which is not understood here", brief(name)));
    return Linear{};
}

/// What SimpleRNN, LSTM and GRU have in common.
struct Cell {
    Recurrent body;
    std::uint32_t units = 1;
    bool sequences = false, state = false;
};

Cell read_cell(KerasLayer& layer, Recurrent::Kind kind) {
    Cell cell;
    cell.body.kind = kind;
    cell.units = layer.config.count("units").value_or(1);
    cell.sequences = layer.config.flag("return_sequences", false);
    cell.state = layer.config.flag("return_state", false);
    cell.body.backwards = layer.config.flag("go_backwards", false);
    cell.body.activation = nonlinearity(layer, "activation", "tanh");
    if (kind != Recurrent::Kind::simple)
        cell.body.recurrent_activation = nonlinearity(layer, "recurrent_activation", "sigmoid");
    const bool use_bias = layer.config.flag("use_bias", true);
    if (kind == Recurrent::Kind::gru)
        cell.body.reset_after = layer.config.flag("reset_after", layer.model.major >= 2);
    layer.config.require_flag("stateful", false);
    layer.config.require_flag("time_major", false);
    for (const char* part : {"kernel", "recurrent", "bias"})
        for (const char* what : {"_initializer", "_regularizer", "_constraint"})
            layer.config.ignore({(std::string(part) + what).c_str()});
    layer.config.ignore({"activity_regularizer", "unit_forget_bias", "dropout", "recurrent_dropout", "seed", "unroll",
                         "implementation", "zero_output_for_mask", "use_cudnn"});
    if (layer.shape().size() != 2)
        return cell;
    const std::uint32_t gates = kind == Recurrent::Kind::simple ? 1 : (kind == Recurrent::Kind::lstm ? 4 : 3);
    const std::uint32_t wide = gates * cell.units;
    KerasWeights weights = layer.weights.part({"cell"});
    const auto next = [&](const char* name, const Shape& shape) {
        return weights.next(name, shape, layer.where(), layer.model.problems);
    };
    cell.body.kernel = next("kernel", {layer.shape()[1], wide});
    cell.body.recurrent = next("recurrent_kernel", {cell.units, wide});
    if (!use_bias)
        return cell;
    if (kind == Recurrent::Kind::gru && cell.body.reset_after) {
        const FloatArray both = next("bias", {2, wide});
        const auto middle = both.values.begin() + static_cast<std::ptrdiff_t>(wide);
        cell.body.bias = FloatArray{{wide}, {both.values.begin(), middle}, {}};
        cell.body.recurrent_bias = FloatArray{{wide}, {middle, both.values.end()}, {}};
    } else {
        cell.body.bias = next("bias", {wide});
    }
    return cell;
}

/// Outputs as Keras gives them: the sequence or the last h; then, with return_state, h and for an LSTM c.
std::vector<LayerId> outputs_of(KerasLayer& layer, const Cell& cell, const std::vector<LayerId>& inputs) {
    const auto emit = [&](const std::string& part, Recurrent::Output what) {
        Recurrent body = cell.body;
        body.output = what;
        const bool sequence = what == Recurrent::Output::sequence;
        const Shape shape = sequence ? Shape{layer.shape()[0], cell.units} : Shape{cell.units};
        return layer.add(part, inputs, shape, std::move(body));
    };
    std::vector<LayerId> outputs{emit("", cell.sequences ? Recurrent::Output::sequence : Recurrent::Output::last)};
    if (!cell.state)
        return outputs;
    outputs.push_back(cell.sequences ? emit("_h", Recurrent::Output::last) : outputs[0]);
    if (cell.body.kind == Recurrent::Kind::lstm)
        outputs.push_back(emit("_c", Recurrent::Output::cell));
    return outputs;
}

/// Notes initial states (all inputs but the first) that do not have the cell's width.
bool check_states(KerasLayer& layer, const Cell& cell) {
    for (std::size_t k = 1; k < layer.inputs.size(); ++k)
        if (layer.shape(k) != Shape{cell.units}) {
            layer.problem(fmt::format("an initial state of shape [{}], [{}] is expected",
                                      fmt::join(layer.shape(k), ", "), cell.units));
            return false;
        }
    return true;
}

ReadKerasLayer recurrent(Recurrent::Kind kind) {
    return [kind](KerasLayer& layer) -> std::vector<LayerId> {
        const std::size_t states = kind == Recurrent::Kind::lstm ? 2 : 1;
        if (!layer.require_rank(2, 2) || !layer.require_inputs(1, 1 + states))
            return {};
        const Cell cell = read_cell(layer, kind);
        if (!check_states(layer, cell))
            return {};
        return outputs_of(layer, cell, layer.inputs);
    };
}

/// A flag of an object that no reader has checked yet.
bool says(const Json& object, const char* key) {
    const Json& value = member_of(object, key);
    return value.is_boolean() && value.get<bool>();
}

struct Direction {
    std::vector<LayerId> outputs;
    bool sequences = false;
};

/// One direction's layer from its written-out form, which may be of any class that runs over time.
std::optional<Direction> direction(KerasLayer& layer, const Json& json, const std::string& part,
                                   const std::vector<LayerId>& inputs, std::optional<bool> backwards) {
    const std::string class_name = text_of(json, "class_name");
    const std::string bare = class_name.substr(class_name.find_first_of(".>") + 1);
    if (bare.find("RNN") == std::string::npos && bare.find("LSTM") == std::string::npos &&
        bare.find("GRU") == std::string::npos) {
        layer.problem(fmt::format("a direction of class '{}' is not understood", class_name));
        return std::nullopt;
    }
    Json own = member_of(json, "config");
    if (backwards && own.is_object())
        own["go_backwards"] = *backwards;
    Attributes attributes(own, layer.where() + ", " + part + "_layer", layer.model.problems);
    attributes.ignore({"name", "trainable", "dtype", "batch_input_shape"});
    KerasLayer inner(layer.model, class_name, layer.name + "_" + part, attributes, layer.weights.part({part + "_layer"}),
                     inputs);
    Direction made{read_keras_layer(inner), says(own, "return_sequences")};
    if (made.outputs.empty())
        return std::nullopt;
    for (const LayerId id : made.outputs) // hls4ml knows the whole only
        layer.model.graph.layers[static_cast<std::size_t>(id)].class_name = layer.class_name;
    return made;
}

LayerId reversed(KerasLayer& layer, LayerId sequence) {
    const Shape shape = layer.shape_of(sequence);
    auto time = whole(shape[0]);
    std::vector<std::optional<std::uint32_t>> back(time.rbegin(), time.rend());
    auto [out, body] = picked(shape, {back, whole(shape[1])});
    return layer.add("_reversed", {sequence}, out, std::move(body));
}

std::vector<LayerId> read_bidirectional(KerasLayer& layer) {
    const Json& forward_json = layer.config.take("layer");
    const Json& backward_json = layer.config.take("backward_layer");
    const Json& mode = layer.config.take("merge_mode");
    if (!layer.require_rank(2, 2))
        return {};
    std::vector<LayerId> first{layer.inputs[0]}, second{layer.inputs[0]};
    const std::size_t states = (layer.inputs.size() - 1) / 2;
    for (std::size_t k = 0; k < states; ++k) {
        first.push_back(layer.inputs[1 + k]);
        second.push_back(layer.inputs[1 + states + k]);
    }
    const bool own = !backward_json.is_null();
    const auto forward = direction(layer, forward_json, "forward", first, std::nullopt);
    const auto backward = direction(layer, own ? backward_json : forward_json, "backward", second,
                                    own ? std::nullopt : std::optional(!says(member_of(forward_json, "config"), "go_backwards")));
    if (!forward || !backward)
        return {};
    const auto shapes = [&](const Direction& of) {
        std::vector<Shape> all;
        for (const LayerId id : of.outputs)
            all.push_back(layer.shape_of(id));
        return all;
    };
    if (forward->sequences != backward->sequences || shapes(*forward) != shapes(*backward)) {
        layer.problem("its directions give different shapes, which is not understood");
        return {};
    }
    const std::vector<LayerId>& one = forward->outputs;
    std::vector<LayerId> two = backward->outputs;
    if (backward->sequences)
        two[0] = reversed(layer, two[0]);
    std::vector<LayerId> outputs;
    Shape shape = layer.shape_of(one[0]);
    const std::string how = mode.is_string() ? mode.get<std::string>() : (mode.is_null() ? "none" : "?");
    if (how == "concat") {
        shape.back() += layer.shape_of(two[0]).back();
        outputs.push_back(
            layer.add("", {one[0], two[0]}, shape, Concatenate{static_cast<std::uint32_t>(shape.size() - 1)}));
    } else if (how == "sum" || how == "mul" || how == "ave") {
        const Merge::Kind kind =
            how == "sum" ? Merge::Kind::add : (how == "mul" ? Merge::Kind::multiply : Merge::Kind::average);
        outputs.push_back(layer.add("", {one[0], two[0]}, shape, Merge{kind}));
    } else if (how == "none") {
        outputs = {one[0], two[0]};
    } else {
        layer.config.problem("merge_mode", fmt::format("is {}, which is not understood", brief(mode)));
    }
    outputs.insert(outputs.end(), one.begin() + 1, one.end());
    outputs.insert(outputs.end(), two.begin() + 1, two.end());
    return outputs;
}

/// The wrapped layer at every step, its steps put in a row again.
std::vector<LayerId> read_time_distributed(KerasLayer& layer) {
    const Json& json = layer.config.take("layer");
    if (!layer.require_rank(2, 7))
        return {};
    const std::string class_name = text_of(json, "class_name");
    const Json& own = member_of(json, "config");
    const Shape shape = layer.shape();
    if (shape[0] > most_steps) {
        layer.problem(fmt::format("{} steps are too many, up to {} are understood", shape[0], most_steps));
        return {};
    }
    std::vector<LayerId> steps;
    for (std::uint32_t t = 0; t < shape[0]; ++t) {
        std::vector<std::vector<std::optional<std::uint32_t>>> from{{t}};
        for (std::size_t k = 1; k < shape.size(); ++k)
            from.push_back(whole(shape[k]));
        const std::string step = fmt::format("_step{}", t);
        const LayerId slice =
            layer.add(step + "_input", {layer.inputs[0]}, {shape.begin() + 1, shape.end()}, picked(shape, from).body);
        Attributes attributes(own, layer.where() + ", layer", layer.model.problems);
        attributes.ignore({"name", "trainable", "dtype", "batch_input_shape"});
        KerasLayer inner(layer.model, class_name, layer.name + step, attributes,
                         (t + 1 == shape[0] ? layer.weights : layer.weights.again()).part({"layer"}), {slice});
        const std::vector<LayerId> made = read_keras_layer(inner);
        if (made.size() != 1)
            return {};
        Shape one = layer.shape_of(made[0]);
        one.insert(one.begin(), 1);
        steps.push_back(layer.add(step + "_output", {made[0]}, one, Reshape{}));
    }
    Shape out = layer.shape_of(steps.front());
    out[0] = shape[0];
    return {layer.add("", steps, out, Concatenate{0})};
}

} // namespace

void add_recurrent(KerasReaders& readers) {
    readers["SimpleRNN"] = recurrent(Recurrent::Kind::simple);
    readers["LSTM"] = recurrent(Recurrent::Kind::lstm);
    readers["GRU"] = recurrent(Recurrent::Kind::gru);
    readers["Bidirectional"] = read_bidirectional;
    readers["TimeDistributed"] = read_time_distributed;
}

} // namespace gw::import
