// LSTM, GRU and RNN. ONNX has the gates of an LSTM in the order i o f c and weights [directions, gates * units,
// inputs]; import::Recurrent has Keras's order and {inputs, gates * units}. A sequence that runs backwards comes out in
// the order of its input.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

using Kind = Recurrent::Kind;

/// Numbers that the functions take one after the other.
class Numbers {
  public:
    explicit Numbers(std::optional<std::vector<double>> given) : given_(given.value_or(std::vector<double>{})) {}
    double next(double if_absent) { return at_ < given_.size() ? given_[at_++] : if_absent; }

  private:
    std::vector<double> given_;
    std::size_t at_ = 0;
};

std::optional<Nonlinearity> nonlinearity(std::string name, Numbers& alpha, Numbers& beta) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    using Of = Function::Kind;
    static const std::map<std::string, Of> plain{
        {"tanh", Of::tanh}, {"sigmoid", Of::sigmoid}, {"softsign", Of::softsign}, {"softplus", Of::softplus}};
    if (const auto found = plain.find(name); found != plain.end())
        return Function{found->second};
    if (name == "relu")
        return Relu{};
    if (name == "leakyrelu")
        return Relu{std::nullopt, Relu::Origin::layer, alpha.next(double{0.01F})};
    if (name == "thresholdedrelu")
        return Function{Of::thresholded, alpha.next(1)};
    if (name == "elu")
        return Function{Of::elu, alpha.next(1)};
    if (name == "hardsigmoid") {
        const double slope = alpha.next(double{0.2F});
        return Function{Of::hard_sigmoid, slope, beta.next(0.5)};
    }
    if (name == "affine" && alpha.next(1) == 1 && beta.next(0) == 0)
        return Linear{Linear::Origin::activation};
    return std::nullopt;
}

bool same(const Nonlinearity& a, const Nonlinearity& b) {
    if (a.index() != b.index())
        return false;
    if (const auto* function = std::get_if<Function>(&a)) {
        const auto& other = std::get<Function>(b);
        return function->kind == other.kind && function->alpha == other.alpha && function->beta == other.beta;
    }
    const auto* relu = std::get_if<Relu>(&a);
    return relu == nullptr || relu->slope == std::get<Relu>(b).slope;
}

struct Layout {
    bool events_first = false; ///< layout 1: [events, time, ...]; else [time, events, ...]
    std::uint32_t directions = 1, units = 1, time = 1, inputs = 1;
    std::size_t gates = 1;
};

/// What a node says about all directions.
struct Cells {
    Kind kind = Kind::lstm;
    Layout layout;
    std::vector<Recurrent> bodies; ///< one a direction
};

/// Functions of each direction: for LSTM f g h, for GRU f g, for RNN f.
bool read_activations(OnnxNode& node, Cells& cells) {
    Numbers alpha(node.numbers("activation_alpha")), beta(node.numbers("activation_beta"));
    const std::size_t count = cells.kind == Kind::lstm ? 3 : (cells.kind == Kind::gru ? 2 : 1);
    auto names = node.texts("activations").value_or(std::vector<std::string>{});
    if (names.empty())
        for (std::size_t k = 0; k < count * cells.bodies.size(); ++k)
            names.emplace_back(k % count == 0 && count > 1 ? "Sigmoid" : "Tanh");
    if (names.size() != count * cells.bodies.size()) {
        node.problem(fmt::format("{} activations do not fit {} directions", names.size(), cells.bodies.size()));
        return false;
    }
    for (std::size_t d = 0; d < cells.bodies.size(); ++d) {
        std::vector<Nonlinearity> functions;
        for (std::size_t k = 0; k < count; ++k) {
            const auto function = nonlinearity(names[d * count + k], alpha, beta);
            if (!function) {
                node.problem(fmt::format("the activation '{}' is not understood", names[d * count + k]));
                return false;
            }
            functions.push_back(*function);
        }
        if (count == 3 && !same(functions[1], functions[2])) {
            node.problem("different activations of an LSTM's cell input and output are not understood");
            return false;
        }
        if (count > 1)
            cells.bodies[d].recurrent_activation = functions[0];
        cells.bodies[d].activation = functions[count > 1 ? 1 : 0];
    }
    return true;
}

/// Of one direction: [gates * units, columns] in ONNX's order of gates -> {columns, gates * units} in ours.
FloatArray gate_matrix(const FloatArray& from, std::size_t direction, const Layout& layout, std::size_t columns) {
    static const std::size_t lstm_order[] = {0, 2, 3, 1};
    const std::size_t units = layout.units, wide = layout.gates * units;
    FloatArray result{{static_cast<std::uint32_t>(columns), static_cast<std::uint32_t>(wide)}, {}, from.type, {}};
    for (std::size_t column = 0; column < columns; ++column)
        for (std::size_t gate = 0; gate < layout.gates; ++gate)
            for (std::size_t u = 0; u < units; ++u) {
                const std::size_t row = (layout.gates == 4 ? lstm_order[gate] : gate) * units + u;
                result.values.push_back(from.values[(direction * wide + row) * columns + column]);
            }
    return result;
}

FloatArray bias_row(const FloatArray& from, std::size_t direction, bool recurrent, const Layout& layout) {
    const std::size_t wide = layout.gates * layout.units;
    FloatArray part{{static_cast<std::uint32_t>(wide), 1}, {}, from.type, {}};
    const auto begin = from.values.begin() + static_cast<std::ptrdiff_t>((2 * direction + (recurrent ? 1 : 0)) * wide);
    part.values.assign(begin, begin + static_cast<std::ptrdiff_t>(wide));
    FloatArray row = gate_matrix(part, 0, layout, 1);
    row.shape = {static_cast<std::uint32_t>(wide)};
    return row;
}

bool has_shape(OnnxNode& node, int index, const FloatArray* array, const Shape& shape) {
    if (array == nullptr)
        return false;
    if (array->shape == shape)
        return true;
    node.problem(fmt::format("'{}' of shape [{}] should have the shape [{}]", node.input(index),
                             fmt::join(array->shape, ", "), fmt::join(shape, ", ")));
    return false;
}

bool read_weights(OnnxNode& node, Cells& cells) {
    const Layout& layout = cells.layout;
    const auto wide = static_cast<std::uint32_t>(layout.gates * layout.units);
    const FloatArray *kernel = node.finite(1), *recurrent = node.finite(2);
    const FloatArray* bias = node.given(3) ? node.finite(3) : nullptr;
    if (!has_shape(node, 1, kernel, {layout.directions, wide, layout.inputs}) ||
        !has_shape(node, 2, recurrent, {layout.directions, wide, layout.units}) ||
        (node.given(3) && !has_shape(node, 3, bias, {layout.directions, 2 * wide})))
        return false;
    for (std::size_t d = 0; d < layout.directions; ++d) {
        Recurrent& body = cells.bodies[d];
        body.kernel = gate_matrix(*kernel, d, layout, layout.inputs);
        body.recurrent = gate_matrix(*recurrent, d, layout, layout.units);
        if (bias == nullptr)
            continue;
        body.bias = bias_row(*bias, d, false, layout);
        const FloatArray second = bias_row(*bias, d, true, layout);
        if (cells.kind == Kind::gru && body.reset_after) {
            body.recurrent_bias = second;
            continue;
        }
        for (std::size_t k = 0; k < wide; ++k)
            body.bias->values[k] += second.values[k];
        body.bias->type.reset();
    }
    return true;
}

/// An initial state of one direction as a layer {units}; none where it is 0.
std::optional<LayerId> state(OnnxNode& node, int index, std::size_t direction, const Layout& layout, bool& good) {
    if (!node.given(index))
        return std::nullopt;
    const std::string name = fmt::format("_state{}_{}", index, direction);
    if (node.is_constant(index)) {
        const FloatArray* array = node.finite(index);
        good = good && array != nullptr && array->values.size() == std::size_t{layout.directions} * layout.units;
        if (!good) {
            node.problem(fmt::format("the initial state '{}' does not fit", node.input(index)));
            return std::nullopt;
        }
        const auto begin = array->values.begin() + static_cast<std::ptrdiff_t>(direction * layout.units);
        FloatArray own{{layout.units}, {begin, begin + layout.units}, array->type, {}};
        if (std::all_of(own.values.begin(), own.values.end(), [](double v) { return v == 0; }))
            return std::nullopt;
        return node.add_layer(name, {}, {layout.units}, Constant{std::move(own)});
    }
    const auto x = node.computed(index);
    const std::uint32_t direction_axis = layout.events_first ? 1 : 0;
    good = good && x && x->rank() == 3 && x->event == 1 - direction_axis && !x->merged() &&
           file_shape(node, *x)[direction_axis] == layout.directions && file_shape(node, *x)[2] == layout.units;
    if (!good) {
        if (x)
            node.problem(fmt::format("the initial state of shape {} does not fit", describe(node, *x)));
        return std::nullopt;
    }
    const Tensor turned = in_order(node, *x, {direction_axis, 2});
    const Arranged one =
        picked(Shape{layout.directions, layout.units}, {{static_cast<std::uint32_t>(direction)}, whole(layout.units)});
    if (layout.directions == 1)
        return node.add_layer(name, {turned.layer}, {layout.units}, Reshape{});
    return node.add_layer(name, {turned.layer}, {layout.units}, one.body);
}

/// One output of all directions, joined along an axis of theirs in front of the units.
LayerId joined(OnnxNode& node, const Cells& cells, const std::vector<std::vector<LayerId>>& inputs,
               Recurrent::Output what, const std::string& suffix) {
    const Layout& layout = cells.layout;
    const bool sequence = what == Recurrent::Output::sequence;
    const Shape one = sequence ? Shape{layout.time, 1, layout.units} : Shape{1, layout.units};
    std::vector<LayerId> parts;
    for (std::size_t d = 0; d < layout.directions; ++d) {
        Recurrent body = cells.bodies[d];
        body.output = what;
        const bool turned = sequence && body.backwards;
        const std::string name = suffix + (layout.directions > 1 ? (d == 0 ? "_forward" : "_backward") : "");
        const Shape own = sequence ? Shape{layout.time, layout.units} : Shape{layout.units};
        LayerId part = node.add_layer(name, inputs[d], own, std::move(body));
        if (turned) {
            AxisIndices back = whole(layout.time);
            std::reverse(back.begin(), back.end());
            part = node.add_layer(name + "_reversed", {part}, own, picked(own, {back, whole(layout.units)}).body);
        }
        parts.push_back(node.add_layer(name + "_direction", {part}, one, Reshape{}));
    }
    if (parts.size() == 1)
        return parts.front();
    Shape shape = one;
    const std::uint32_t axis = sequence ? 1 : 0;
    shape[axis] = layout.directions;
    return node.add_layer(suffix, parts, shape, Concatenate{axis});
}

void give_outputs(OnnxNode& node, const Cells& cells, const std::vector<std::vector<LayerId>>& inputs) {
    const bool first = cells.layout.events_first;
    const auto tensor = [&](LayerId layer, bool sequence) {
        if (sequence)
            return first ? Tensor{layer, {1, 2, 3}, 0} : Tensor{layer, {0, 1, 3}, 2};
        return first ? Tensor{layer, {1, 2}, 0} : Tensor{layer, {0, 2}, 1};
    };
    if (node.wanted(0))
        node.give(tensor(joined(node, cells, inputs, Recurrent::Output::sequence, ""), true), 0);
    if (node.wanted(1))
        node.give(tensor(joined(node, cells, inputs, Recurrent::Output::last, "_h"), false), 1);
    if (node.wanted(2) && cells.kind == Kind::lstm)
        node.give(tensor(joined(node, cells, inputs, Recurrent::Output::cell, "_c"), false), 2);
}

/// Attributes and inputs that change what a step computes in ways that no layer has.
bool plain_steps(OnnxNode& node, const Cells& cells) {
    bool good = true;
    const auto refuse = [&](const std::string& what) {
        node.problem(what);
        good = false;
    };
    if (node.number("clip", 0) != 0)
        refuse("clip is not understood: values between the gates are not limited");
    if (node.flag("input_forget", false))
        refuse("input_forget is not understood: the gates are not coupled");
    if (node.given(7)) {
        const FloatArray* peepholes = node.finite(7);
        if (peepholes == nullptr ||
            std::any_of(peepholes->values.begin(), peepholes->values.end(), [](double v) { return v != 0; }))
            refuse("peepholes are not understood: the gates do not see the cell");
    }
    if (node.given(4)) {
        const auto lengths = node.is_constant(4) ? node.whole_constants(4) : std::nullopt;
        if (!lengths ||
            std::any_of(lengths->begin(), lengths->end(), [&](std::int64_t n) { return n != cells.layout.time; }))
            refuse("sequence_lens is not understood: all steps are run");
    }
    return good;
}

void read_recurrent(OnnxNode& node, Kind kind, std::size_t gates) {
    Cells cells{kind, {}, {}};
    Layout& layout = cells.layout;
    const std::string direction = node.text("direction", "forward");
    layout.events_first = node.flag("layout", false);
    layout.directions = direction == "bidirectional" ? 2 : 1;
    layout.gates = gates;
    const std::int64_t units = node.whole("hidden_size", 0);
    const bool reset_after = kind == Kind::gru && node.flag("linear_before_reset", false);
    const auto x = node.computed(0);
    for (std::uint32_t d = 0; d < layout.directions; ++d) {
        cells.bodies.emplace_back();
        cells.bodies.back().kind = kind;
        cells.bodies.back().backwards = d == 1 || direction == "reverse";
        cells.bodies.back().reset_after = reset_after;
    }
    if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
        node.problem(fmt::format("the direction '{}' is not understood", direction));
    const bool activations = read_activations(node, cells);
    const std::uint32_t events = layout.events_first ? 0 : 1;
    if (x && (x->rank() != 3 || x->event != events || x->merged() || units < 1 || units > 1 << 16))
        return node.problem(fmt::format("an input of shape {} with hidden_size {} is not understood; {} is",
                                        describe(node, *x), units,
                                        layout.events_first ? "[events, time, size]" : "[time, events, size]"));
    if (x) {
        layout.time = file_shape(node, *x)[1 - events];
        layout.inputs = file_shape(node, *x)[2];
    }
    layout.units = static_cast<std::uint32_t>(units);
    const bool plain = plain_steps(node, cells), weights = x && read_weights(node, cells);
    if (!activations || !plain || !weights)
        return;
    const LayerId input = in_order(node, *x, {1 - events, 2}).layer;
    std::vector<std::vector<LayerId>> inputs;
    bool good = true;
    for (std::size_t d = 0; d < layout.directions; ++d) {
        inputs.push_back({input});
        const auto h = state(node, 5, d, layout, good);
        const auto c = kind == Kind::lstm ? state(node, 6, d, layout, good) : std::nullopt;
        const auto zero = [&] {
            FloatArray zeros{{layout.units}, std::vector<double>(layout.units, 0.0), {}, {}};
            return node.add_layer("_zero", {}, {layout.units}, Constant{std::move(zeros)});
        };
        if (h || c)
            inputs.back().push_back(h ? *h : zero());
        if (c || (h && kind == Kind::lstm))
            inputs.back().push_back(c ? *c : zero());
    }
    if (good)
        give_outputs(node, cells, inputs);
}

} // namespace

void add_onnx_recurrent(OnnxReaders& readers) {
    readers["LSTM"] = [](OnnxNode& node) { read_recurrent(node, Kind::lstm, 4); };
    readers["GRU"] = [](OnnxNode& node) { read_recurrent(node, Kind::gru, 3); };
    readers["RNN"] = [](OnnxNode& node) { read_recurrent(node, Kind::simple, 1); };
}

} // namespace gw::import
