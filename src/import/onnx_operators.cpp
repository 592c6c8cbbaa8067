// One function per operator: its operands and attributes, all of them, become a layer of the graph.
#include <cfloat>
#include <cmath>

#include <fmt/format.h>

#include "import/onnx_reader.hpp"
#include "import/onnx_tensor.hpp"
#include "import/qonnx_quant.hpp"

namespace gw::import {

const std::map<std::string, OnnxReader::Operator>& OnnxReader::operators() {
    static const std::map<std::string, Operator> table = [] {
        std::map<std::string, Operator> all{{"Gemm", &OnnxReader::gemm},
                                            {"MatMul", &OnnxReader::matmul},
                                            {"Add", &OnnxReader::add},
                                            {"Sub", &OnnxReader::sub},
                                            {"Mul", &OnnxReader::mul},
                                            {"Div", &OnnxReader::div},
                                            {"BatchNormalization", &OnnxReader::batch_norm},
                                            {"Relu", &OnnxReader::relu},
                                            {"Clip", &OnnxReader::clip},
                                            {"Identity", &OnnxReader::identity},
                                            {"Dropout", &OnnxReader::dropout},
                                            {"Flatten", &OnnxReader::flatten},
                                            {"Reshape", &OnnxReader::reshape},
                                            {"Transpose", &OnnxReader::transpose},
                                            {"Constant", &OnnxReader::constant_node},
                                            {"Quant", &OnnxReader::quant},
                                            {"IntQuant", &OnnxReader::quant},
                                            {"BipolarQuant", &OnnxReader::bipolar_quant},
                                            {"Max", &OnnxReader::merge_all},
                                            {"Min", &OnnxReader::merge_all},
                                            {"Mean", &OnnxReader::merge_all},
                                            {"Sum", &OnnxReader::merge_all}};
        add_functions(all);
        return all;
    }();
    return table;
}

// Matrix products ----------------------------------------------------------------------------------------------------

namespace {

FloatArray transposed(const FloatArray& array) {
    FloatArray out{{array.shape[1], array.shape[0]}, std::vector<double>(array.values.size()), array.type};
    for (std::size_t r = 0; r < array.shape[0]; ++r)
        for (std::size_t c = 0; c < array.shape[1]; ++c)
            out.values[c * array.shape[0] + r] = array.values[r * array.shape[1] + c];
    return out;
}

/// All sizes but the last are 1.
bool is_row(const Shape& shape) {
    for (std::size_t k = 0; k + 1 < shape.size(); ++k)
        if (shape[k] != 1)
            return false;
    return true;
}

} // namespace

void OnnxReader::dense(OnnxNode& node, LayerId input, FloatArray weights, std::optional<FloatArray> bias) {
    const Shape& shape = graph_.layer(input).shape;
    if (shape.size() != 1 || weights.shape[0] != shape[0])
        return node.problem(fmt::format("weights of shape [{}] do not fit an input of shape [{}]",
                                        fmt::join(weights.shape, ", "), fmt::join(shape, ", ")));
    const std::uint32_t outputs = weights.shape[1];
    emit(node, input, {outputs}, Dense{std::move(weights), std::move(bias)});
}

void OnnxReader::gemm(OnnxNode& node) {
    const double alpha = node.number("alpha", 1), beta = node.number("beta", 1);
    const std::int64_t trans_a = node.whole("transA", 0), trans_b = node.whole("transB", 0);
    if (alpha != 1 || beta != 1)
        node.problem(fmt::format("alpha {} and beta {} are not understood (only 1 is)", alpha, beta));
    if (trans_a != 0 || (trans_b != 0 && trans_b != 1))
        return node.problem(fmt::format("transA {} and transB {} are not understood", trans_a, trans_b));
    const auto input = computed(node, 0);
    const FloatArray* weights = finite_constant(node, 1);
    const bool has_bias = !node.input(2).empty();
    const FloatArray* bias = has_bias ? finite_constant(node, 2) : nullptr;
    if (!input || weights == nullptr || (has_bias && bias == nullptr))
        return;
    if (weights->shape.size() != 2)
        return node.problem(fmt::format("weights of shape [{}] are no matrix", fmt::join(weights->shape, ", ")));
    FloatArray matrix = trans_b != 0 ? transposed(*weights) : *weights;
    const std::uint32_t outputs = matrix.shape[1];
    std::optional<FloatArray> row;
    if (bias != nullptr) {
        const bool single = bias->values.size() == 1;
        if (!is_row(bias->shape) || (!single && bias->values.size() != outputs))
            return node.problem(
                fmt::format("a bias of shape [{}] does not fit {} outputs", fmt::join(bias->shape, ", "), outputs));
        row = FloatArray{
            {outputs}, single ? std::vector<double>(outputs, bias->values.front()) : bias->values, bias->type};
    }
    dense(node, *input, std::move(matrix), std::move(row));
}

void OnnxReader::matmul(OnnxNode& node) {
    const auto input = computed(node, 0);
    const FloatArray* weights = finite_constant(node, 1);
    if (!input || weights == nullptr)
        return;
    if (weights->shape.size() != 2)
        return node.problem(fmt::format("weights of shape [{}] are no matrix", fmt::join(weights->shape, ", ")));
    dense(node, *input, *weights, std::nullopt);
}

// Elementwise --------------------------------------------------------------------------------------------------------

std::optional<FloatArray> OnnxReader::per_channel(OnnxNode& node, int index, LayerId against) {
    const FloatArray* array = finite_constant(node, index);
    if (array == nullptr)
        return std::nullopt;
    const Shape& shape = graph_.layer(against).shape;
    const std::size_t count = array->values.size();
    if (!is_row(array->shape) || (count != 1 && (shape.size() != 1 || count != shape[0]))) {
        node.problem(fmt::format("a constant of shape [{}] does not fit values of shape [{}]",
                                 fmt::join(array->shape, ", "), fmt::join(shape, ", ")));
        return std::nullopt;
    }
    return FloatArray{{static_cast<std::uint32_t>(count)}, array->values, array->type};
}

FloatArray OnnxReader::negated(FloatArray array) {
    for (double& value : array.values)
        value = -value;
    return array;
}

void OnnxReader::add(OnnxNode& node) {
    if (both_computed(node))
        return merge(node, Merge::Kind::add);
    const int constant_at = is_constant(node, 0) ? 0 : 1;
    if (const auto input = computed(node, 1 - constant_at))
        if (auto bias = per_channel(node, constant_at, *input))
            emit(node, *input, graph_.layer(*input).shape, Scale{std::nullopt, std::move(bias)});
}

void OnnxReader::sub(OnnxNode& node) {
    if (both_computed(node))
        return merge(node, Merge::Kind::subtract);
    if (const auto input = computed(node, 0))
        if (auto bias = per_channel(node, 1, *input))
            emit(node, *input, graph_.layer(*input).shape, Scale{std::nullopt, negated(std::move(*bias))});
}

void OnnxReader::mul(OnnxNode& node) {
    if (both_computed(node))
        return merge(node, Merge::Kind::multiply);
    const int constant_at = is_constant(node, 0) ? 0 : 1;
    if (const auto input = computed(node, 1 - constant_at))
        if (auto scale = per_channel(node, constant_at, *input))
            emit(node, *input, graph_.layer(*input).shape, Scale{std::move(scale), std::nullopt});
}

void OnnxReader::div(OnnxNode& node) {
    if (both_computed(node))
        return merge(node, Merge::Kind::divide);
    const auto input = computed(node, 0);
    if (!input)
        return;
    auto scale = per_channel(node, 1, *input);
    if (!scale)
        return;
    for (double& value : scale->values) {
        if (value == 0)
            return node.problem("it divides by 0");
        value = 1 / value;
    }
    scale->type.reset();
    emit(node, *input, graph_.layer(*input).shape, Scale{std::move(scale), std::nullopt});
}

void OnnxReader::batch_norm(OnnxNode& node) {
    const double epsilon = node.number("epsilon", static_cast<double>(1e-5F));
    node.ignore("momentum");
    node.ignore("spatial"); // values without a space have the same moments either way
    if (node.whole("training_mode", 0) != 0)
        return node.problem("training_mode is not understood (only 0 is)");
    const auto input = computed(node, 0);
    if (!input)
        return;
    BatchNorm norm;
    norm.epsilon = epsilon;
    const Shape& shape = graph_.layer(*input).shape;
    std::vector<double>* const parts[] = {&norm.gamma, &norm.beta, &norm.mean, &norm.variance};
    for (int k = 0; k < 4; ++k) {
        const FloatArray* part = finite_constant(node, k + 1);
        if (part == nullptr)
            return;
        if (shape.size() != 1 || part->shape != shape)
            return node.problem(fmt::format("'{}' of shape [{}] does not fit values of shape [{}]", node.input(k + 1),
                                            fmt::join(part->shape, ", "), fmt::join(shape, ", ")));
        *parts[k] = part->values;
    }
    for (double variance : norm.variance)
        if (variance + epsilon <= 0)
            return node.problem(fmt::format("a variance of {} with epsilon {} has no square root", variance, epsilon));
    emit(node, *input, shape, std::move(norm));
}

void OnnxReader::relu(OnnxNode& node) {
    if (const auto input = computed(node, 0))
        emit(node, *input, graph_.layer(*input).shape, Relu{});
}

void OnnxReader::clip(OnnxNode& node) {
    double low = node.number("min", -INFINITY), high = node.number("max", INFINITY);
    const auto input = computed(node, 0);
    const auto given_low = node.input(1).empty() ? std::optional(low) : scalar(node, 1);
    const auto given_high = node.input(2).empty() ? std::optional(high) : scalar(node, 2);
    if (!input || !given_low || !given_high)
        return;
    const bool open = *given_high >= static_cast<double>(FLT_MAX);
    if (*given_low != 0 || *given_high <= 0)
        return emit(node, *input, graph_.layer(*input).shape, Function{Function::Kind::clip, *given_low, *given_high});
    emit(node, *input, graph_.layer(*input).shape, Relu{open ? std::nullopt : given_high, Relu::Origin::activation});
}

// What no hardware shows ---------------------------------------------------------------------------------------------

void OnnxReader::identity(OnnxNode& node) {
    if (is_constant(node, 0))
        define(node, *constant(node, 0));
    else if (const auto input = computed(node, 0))
        define(node, *input);
}

void OnnxReader::dropout(OnnxNode& node) {
    node.ignore("ratio");
    node.ignore("seed");
    if (!node.input(2).empty())
        if (const auto training = scalar(node, 2); training && *training != 0)
            node.problem("training_mode is not understood (only false is)");
    if (const auto input = computed(node, 0))
        define(node, *input);
}

void OnnxReader::flatten(OnnxNode& node) {
    const std::int64_t axis = node.whole("axis", 1);
    const auto input = computed(node, 0);
    if (axis != 1)
        return node.problem(fmt::format("axis {} is not understood (only 1 is)", axis));
    if (input)
        emit(node, *input, {static_cast<std::uint32_t>(network::elements(graph_.layer(*input).shape))},
             Linear{Linear::Origin::flatten});
}

void OnnxReader::reshape(OnnxNode& node) {
    node.ignore("allowzero"); // matters for a size of 0 only, which is refused below unless it is the event axis
    if (is_constant(node, 0))
        return node.problem("reshaping a constant is not understood");
    const auto input = computed(node, 0);
    const FloatArray* target = constant(node, 1);
    if (!input || target == nullptr)
        return;
    const auto size = static_cast<double>(network::elements(graph_.layer(*input).shape));
    const auto& to = target->values;
    // [events, size], where either may be -1, and events may be 0 (as before) or 1.
    const bool good =
        to.size() == 2 && (to[0] == -1 || to[0] == 0 || to[0] == 1) && (to[1] == size || (to[1] == -1 && to[0] != -1));
    if (!good)
        return node.problem(
            fmt::format("reshaping to [{}] is not understood; to [events, {}] is", fmt::join(to, ", "), size));
    emit(node, *input, {static_cast<std::uint32_t>(size)}, Linear{Linear::Origin::flatten});
}

void OnnxReader::transpose(OnnxNode& node) {
    node.ignore("perm"); // a matrix has two orders: that it is the other one is checked here
    for (const onnx::AttributeProto& attribute : node.proto().attribute())
        if (attribute.name() == "perm" &&
            (attribute.ints_size() != 2 || attribute.ints(0) != 1 || attribute.ints(1) != 0))
            return node.problem("only the transposition of a matrix is understood");
    const FloatArray* array = constant(node, 0);
    if (array == nullptr)
        return;
    if (array->shape.size() != 2)
        return node.problem("only the transposition of a matrix is understood");
    define(node, transposed(*array));
}

void OnnxReader::constant_node(OnnxNode& node) {
    const onnx::TensorProto* tensor = node.tensor("value");
    if (tensor != nullptr)
        return define(node, read_tensor(*tensor, node.where()));
    const double number = node.number("value_float", NAN);
    if (std::isnan(number))
        return node.problem("only a value that is a tensor or a float is understood");
    define(node, FloatArray{{}, {number}, std::nullopt});
}

// Quantisers ---------------------------------------------------------------------------------------------------------

void OnnxReader::quant(OnnxNode& node) {
    QuantSpec spec;
    spec.is_signed = node.whole("signed", 1) != 0;
    spec.narrow = node.whole("narrow", 1) != 0;
    const std::string name = node.text("rounding_mode", "ROUND");
    const auto rounding = parse_quant_rounding(name);
    const FloatArray* scale = finite_constant(node, 1);
    const auto zero_point = scalar(node, 2);
    const auto bits = scalar(node, 3);
    if (!rounding)
        return node.problem(fmt::format("rounding_mode '{}' is not understood", name));
    if (scale == nullptr || !zero_point || !bits)
        return;
    if (!(*bits >= 1 && *bits <= 32) || *bits != std::floor(*bits))
        return node.problem(fmt::format("a bit width of {} is not understood; whole numbers from 1 to 32 are", *bits));
    if (!std::isfinite(*zero_point) || *zero_point != std::floor(*zero_point) || std::abs(*zero_point) > 4e9)
        return node.problem(fmt::format("zero point {} is no whole number", *zero_point));
    spec.scale = *scale;
    spec.rounding = *rounding;
    spec.zero_point = *zero_point;
    spec.bits = static_cast<int>(*bits);
    apply_quant(node, spec);
}

void OnnxReader::apply_quant(OnnxNode& node, const QuantSpec& spec) {
    if (is_constant(node, 0)) {
        const FloatArray* array = finite_constant(node, 0);
        if (array != nullptr)
            define(node, quantised(*array, spec));
        return;
    }
    const auto input = computed(node, 0);
    if (!input)
        return;
    const Shape& shape = graph_.layer(*input).shape;
    if (shape.size() != 1 && spec.scale.values.size() != 1)
        return node.problem("a scale per channel is understood on vectors only");
    emit(node, *input, shape, Quantise{quant_types(spec, channels(*input))});
}

void OnnxReader::bipolar_quant(OnnxNode& node) {
    const FloatArray* scale = finite_constant(node, 1);
    if (scale == nullptr)
        return;
    QuantSpec spec;
    spec.scale = *scale;
    spec.bits = 1;
    apply_quant(node, spec);
}

} // namespace gw::import
