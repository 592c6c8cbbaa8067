// Gemm, MatMul and Einsum: sums of products over named axes. Constant weights without an axis that both sides keep
// become a dense layer over the summed axis; what is left stays an Einstein sum.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"
#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

bool has(const std::string& text, char letter) {
    return text.find(letter) != std::string::npos;
}

/// Axes of the file's tensor, a letter each.
struct Side {
    Value value;
    std::string letters;
};

std::uint32_t extent(OnnxNode& node, const Side& side, char letter) {
    return file_shape(node, side.value)[side.letters.find(letter)];
}

/// Axes of extent 1 whose letter the other side has with more go: they are broadcast.
void drop_broadcast(OnnxNode& node, Side& side, const Side& other, const std::string& output) {
    const Shape shape = file_shape(node, side.value);
    const auto* tensor = std::get_if<Tensor>(&side.value);
    std::vector<std::uint32_t> gone;
    std::string kept;
    for (std::uint32_t k = 0; k < shape.size(); ++k) {
        const bool events = tensor != nullptr && tensor->event == k;
        const bool shared = has(other.letters, side.letters[k]) && has(output, side.letters[k]);
        if (shape[k] == 1 && !events && shared && shape.size() > gone.size() + 1)
            gone.push_back(k);
        else
            kept += side.letters[k];
    }
    if (!gone.empty())
        side = {without_axes(node, side.value, gone), kept};
}

/// Letters of the layer's axes; what is merged into the events has one beyond the alphabet.
std::string layer_letters(const Tensor& tensor, const std::string& letters) {
    std::string result;
    char fresh = 'A';
    for (const std::uint32_t axis : tensor.axes)
        result += tensor.event == axis ? fresh++ : letters[axis];
    return result;
}

/// The result over a layer whose axes have these letters.
Tensor result_of(LayerId layer, const std::string& axes, const std::string& output, std::optional<char> events,
                 ElementType type) {
    Tensor result{layer, {}, std::nullopt, type};
    if (events)
        result.event = static_cast<std::uint32_t>(output.find(*events));
    for (const char letter : axes)
        result.axes.push_back(has(output, letter) ? static_cast<std::uint32_t>(output.find(letter))
                                                  : result.event.value_or(0));
    return result;
}

std::optional<char> events_letter(const Side& side) {
    const auto* tensor = std::get_if<Tensor>(&side.value);
    if (tensor == nullptr || !tensor->event)
        return std::nullopt;
    return side.letters[*tensor->event];
}

/// {summed, kept} weights from constants of any two axes.
FloatArray matrix(const FloatArray& from, bool turned) {
    if (!turned)
        return from;
    FloatArray result{{from.shape[1], from.shape[0]}, std::vector<double>(from.values.size()), from.type, {}};
    for (std::size_t r = 0; r < from.shape[0]; ++r)
        for (std::size_t c = 0; c < from.shape[1]; ++c)
            result.values[c * from.shape[0] + r] = from.values[r * from.shape[1] + c];
    if (from.units.size() == 1)
        result.units = from.units;
    else if (!from.units.empty())
        result.type.reset(); // the values alone hold them
    return result;
}

/// x at every position of its other axes, times a matrix over the axis `summed`.
std::optional<Tensor> dense(OnnxNode& node, const Side& x, const Side& weights, const std::string& output, char summed,
                            std::optional<FloatArray> bias) {
    const auto& tensor = std::get<Tensor>(x.value);
    const auto& constant = std::get<OnnxConstant>(weights.value).array;
    const auto axis = static_cast<std::uint32_t>(x.letters.find(summed));
    std::vector<std::uint32_t> order;
    for (const std::uint32_t each : tensor.axes)
        if (each != axis)
            order.push_back(each);
    order.push_back(axis);
    const Tensor turned = in_order(node, tensor, order);
    FloatArray own = constant;
    std::string kept = weights.letters;
    if (own.shape.size() == 1) { // a vector: one output, which the result does not have
        own.shape.push_back(1);
        kept += '#';
    }
    own = matrix(own, kept[0] != summed);
    const char column = kept[0] == summed ? kept[1] : kept[0];
    std::string letters = layer_letters(turned, x.letters);
    letters.back() = column;
    Shape shape = node.shape(turned);
    shape.back() = own.shape[1];
    LayerId made = node.add_layer("", {turned.layer}, shape, Dense{std::move(own), std::move(bias)});
    if (column == '#' && letters.size() > 1) {
        letters.pop_back();
        shape.pop_back();
        made = node.add_layer("_shape", {made}, std::move(shape), Reshape{});
    }
    return result_of(made, letters, output, events_letter(x), tensor.type);
}

/// Of the axes that are merged into the events.
Shape merged_extents(const OnnxNode& node, const Tensor& tensor) {
    Shape extents;
    for (std::size_t k = 0; k < tensor.axes.size(); ++k)
        if (tensor.event == tensor.axes[k])
            extents.push_back(node.shape(tensor)[k]);
    return extents;
}

/// The general sum. `left` is computed.
std::optional<Tensor> einsum(OnnxNode& node, const Side& left, const Side& right, const std::string& output,
                             std::optional<char> events) {
    const auto& tensor = std::get<Tensor>(left.value);
    Einsum body{layer_letters(tensor, left.letters), right.letters, "", {}, {}};
    std::vector<LayerId> inputs{tensor.layer};
    std::map<char, std::uint32_t> extents;
    const auto note = [&](const std::string& letters, const Shape& shape) {
        for (std::size_t k = 0; k < letters.size(); ++k)
            extents[letters[k]] = std::max(extents[letters[k]], shape[k]);
    };
    note(body.left, node.shape(tensor));
    if (const auto* constant = std::get_if<OnnxConstant>(&right.value)) {
        body.weights = constant->array;
        note(body.right, constant->array.shape);
    } else {
        const auto& other = std::get<Tensor>(right.value);
        if (merged_extents(node, tensor) != merged_extents(node, other)) {
            node.problem("axes that are merged with the events differ");
            return std::nullopt;
        }
        body.right = layer_letters(other, right.letters);
        inputs.push_back(other.layer);
        note(body.right, node.shape(other));
    }
    for (const char letter : output) {
        if (letter != events)
            body.output += letter;
        for (const char merged : std::string("ABCDEFGH"))
            if (letter == events && (has(body.left, merged) || has(body.right, merged)))
                body.output += merged;
    }
    Shape shape;
    for (const char letter : body.output)
        shape.push_back(extents[letter]);
    const std::string letters = body.output;
    if (shape.empty()) {
        node.problem("its result is a single number of each event");
        return std::nullopt;
    }
    return result_of(node.add_layer("", inputs, std::move(shape), std::move(body)), letters, output, events,
                     tensor.type);
}

/// A sum over the axes of both sides that the result lacks.
std::optional<Tensor> product(OnnxNode& node, Side a, Side b, const std::string& output,
                              std::optional<FloatArray> bias = {}) {
    drop_broadcast(node, a, b, output);
    drop_broadcast(node, b, a, output);
    std::string summed, shared;
    for (const char letter : a.letters)
        if (has(b.letters, letter)) {
            (has(output, letter) ? shared : summed) += letter;
            if (extent(node, a, letter) != extent(node, b, letter)) {
                node.problem(fmt::format("values of shapes {} and {} do not fit", describe(node, a.value),
                                         describe(node, b.value)));
                return std::nullopt;
            }
        }
    const auto events = events_letter(a) ? events_letter(a) : events_letter(b);
    const bool mixes = events && (!has(output, *events) ||
                                  (events_letter(a) && events_letter(b) && events_letter(a) != events_letter(b)));
    if (mixes ||
        (events && (has(a.letters, *events) && has(b.letters, *events)) && !(events_letter(a) && events_letter(b)))) {
        node.problem("it would mix the values of several events");
        return std::nullopt;
    }
    if (std::holds_alternative<OnnxConstant>(a.value))
        std::swap(a, b);
    if (!std::holds_alternative<Tensor>(a.value)) {
        node.problem("both of its factors are constants, and what is added is not: multiply them beforehand");
        return std::nullopt;
    }
    const auto* weights = std::get_if<OnnxConstant>(&b.value);
    if (weights != nullptr && shared.empty() && summed.size() == 1 && b.letters.size() <= 2)
        return dense(node, a, b, output, summed[0], std::move(bias));
    return einsum(node, a, b, output, events);
}

std::optional<Value> operand(OnnxNode& node, int index) {
    const Value* value = node.value(index);
    if (value == nullptr || (node.is_constant(index) && node.finite(index) == nullptr))
        return std::nullopt;
    return *value;
}

void read_matmul(OnnxNode& node) {
    const auto a = operand(node, 0), b = operand(node, 1);
    if (!a || !b)
        return;
    // Batch axes a to v from the right; rows x, columns y, summed z.
    const auto letters = [](std::size_t rank, char row, char column) {
        std::string text;
        for (std::size_t k = rank; k > 2; --k)
            text += static_cast<char>('a' + (k - 3));
        return rank == 1 ? std::string(1, column == 'z' ? 'z' : row) : text + row + column;
    };
    const std::size_t left = file_shape(node, *a).size(), right = file_shape(node, *b).size();
    if (left == 0 || right == 0 || left > 20 || right > 20)
        return node.problem("it multiplies by a single number");
    const Side first{*a, letters(left, 'x', 'z')}, second{*b, letters(right, 'z', 'y')};
    std::string output = letters(std::max({left, right, std::size_t{2}}), 'x', 'y');
    if (right == 1)
        output.pop_back();
    if (left == 1)
        output.erase(output.find('x'), 1);
    if (const auto made = product(node, first, second, output))
        node.give(*made);
}

/// A row that a dense layer adds: as many elements as outputs, or one for all.
std::optional<FloatArray> row_of(const FloatArray& bias, std::uint32_t outputs) {
    for (std::size_t k = 0; k + 1 < bias.shape.size(); ++k)
        if (bias.shape[k] != 1)
            return std::nullopt;
    if (bias.values.size() != 1 && bias.values.size() != outputs)
        return std::nullopt;
    FloatArray row{{outputs}, bias.values, bias.type, bias.units};
    row.values.resize(outputs, bias.values.front());
    return row;
}

FloatArray times(FloatArray array, double factor) {
    if (factor == 1)
        return array;
    for (double& value : array.values)
        value *= factor;
    array.type.reset();
    array.units.clear();
    return array;
}

void read_gemm(OnnxNode& node) {
    const double alpha = node.number("alpha", 1), beta = node.number("beta", 1);
    const bool turned_a = node.flag("transA", false), turned_b = node.flag("transB", false);
    auto a = operand(node, 0), b = operand(node, 1);
    if (!a || !b)
        return;
    for (const Value* each : {&*a, &*b})
        if (file_shape(node, *each).size() != 2)
            return node.problem(fmt::format("an operand of shape {} is no matrix", describe(node, *each)));
    for (Value* each : {&*a, &*b})
        if (auto* constant = std::get_if<OnnxConstant>(each); constant != nullptr) {
            constant->array = times(constant->array, alpha);
            break;
        }
    const bool scaled_here = std::holds_alternative<OnnxConstant>(*a) || std::holds_alternative<OnnxConstant>(*b);
    std::optional<Value> c;
    if (node.given(2)) {
        c = operand(node, 2);
        if (!c)
            return;
        if (auto* constant = std::get_if<OnnxConstant>(&*c); constant != nullptr)
            constant->array = times(constant->array, beta);
        else if (beta != 1)
            c = arithmetic(node, "_beta", Merge::Kind::multiply, *c, number_constant(beta));
    }
    std::optional<FloatArray> row;
    if (c && std::holds_alternative<OnnxConstant>(*c) && std::holds_alternative<OnnxConstant>(*b)) {
        row = row_of(std::get<OnnxConstant>(*c).array, file_shape(node, *b)[turned_b ? 0 : 1]);
        if (row)
            c.reset();
    }
    const auto product_made =
        product(node, {*a, turned_a ? "zx" : "xz"}, {*b, turned_b ? "yz" : "zy"}, "xy", std::move(row));
    if (!product_made)
        return;
    std::optional<Value> made = *product_made;
    if (!scaled_here && alpha != 1)
        made = arithmetic(node, "_alpha", Merge::Kind::multiply, *made, number_constant(alpha));
    if (made && c)
        made = arithmetic(node, "_bias", Merge::Kind::add, *made, *c);
    if (made)
        node.give(*made);
}

/// "ab, bc -> ac" without spaces; the implicit form has its letters in alphabetical order.
struct Equation {
    std::vector<std::string> sides;
    std::string output;
};

std::optional<Equation> parse(const std::string& text) {
    Equation result;
    std::string current, all;
    bool arrow = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ' ')
            continue;
        if (c == ',' || (c == '-' && i + 1 < text.size() && text[i + 1] == '>')) {
            if (arrow)
                return std::nullopt;
            result.sides.push_back(current);
            current.clear();
            arrow = c == '-';
            i += arrow ? 1 : 0;
        } else if (c >= 'a' && c <= 'z') {
            current += c;
            all += arrow ? "" : std::string(1, c);
        } else {
            return std::nullopt;
        }
    }
    if (arrow) {
        result.output = current;
        return result;
    }
    result.sides.push_back(current);
    std::sort(all.begin(), all.end());
    for (const char c : all)
        if (std::count(all.begin(), all.end(), c) == 1)
            result.output += c;
    return result;
}

void read_einsum(OnnxNode& node) {
    const std::string text = node.text("equation", "");
    const auto equation = parse(text);
    if (!equation || equation->sides.size() != 2 || node.inputs() != 2)
        return node.problem(fmt::format("the equation '{}' is not understood; one of two operands, small letters "
                                        "and no '...' is",
                                        text));
    const auto a = operand(node, 0), b = operand(node, 1);
    if (!a || !b)
        return;
    const Side sides[] = {{*a, equation->sides[0]}, {*b, equation->sides[1]}};
    for (const Side& side : sides) {
        bool fits = file_shape(node, side.value).size() == side.letters.size();
        for (const char c : side.letters)
            fits = fits && std::count(side.letters.begin(), side.letters.end(), c) == 1 &&
                   (has(equation->output, c) || (has(sides[0].letters, c) && has(sides[1].letters, c)));
        if (!fits)
            return node.problem(fmt::format("the equation '{}' does not fit the shapes, takes a diagonal, or sums "
                                            "over an axis of one operand alone",
                                            text));
    }
    if (const auto made = product(node, sides[0], sides[1], equation->output))
        node.give(*made);
}

} // namespace

void add_onnx_products(OnnxReaders& readers) {
    readers["Gemm"] = read_gemm;
    readers["MatMul"] = read_matmul;
    readers["Einsum"] = read_einsum;
}

} // namespace gw::import
