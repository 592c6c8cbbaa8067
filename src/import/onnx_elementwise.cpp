// Functions of one variable, soft maxima, and merges of computed values. Attributes' defaults are those of the ONNX
// operator specification (https://onnx.ai/onnx/operators), which are float32 numbers.
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "import/onnx_reader.hpp"

namespace gw::import {

namespace {

using Kind = Function::Kind;
using MakeBody = std::function<LayerBody(OnnxNode&)>;

MakeBody plain(Kind kind, double alpha = 0) {
    return [kind, alpha](OnnxNode&) { return Function{kind, alpha}; };
}

/// A function with the attribute `alpha`.
MakeBody with_alpha(Kind kind, float if_absent) {
    return [kind, if_absent](OnnxNode& node) { return Function{kind, node.number("alpha", double{if_absent})}; };
}

LayerBody leaky_relu(OnnxNode& node) {
    return Relu{std::nullopt, Relu::Origin::layer, node.number("alpha", double{0.01F})};
}

LayerBody hard_sigmoid(OnnxNode& node) {
    return Function{Kind::hard_sigmoid, node.number("alpha", double{0.2F}), node.number("beta", 0.5)};
}

LayerBody gelu(OnnxNode& node) {
    const std::string form = node.text("approximate", "none");
    if (form != "none" && form != "tanh")
        node.problem(fmt::format("the attribute 'approximate' is '{}'; none and tanh are understood", form));
    return Function{form == "tanh" ? Kind::gelu_tanh : Kind::gelu};
}

const std::map<std::string, MakeBody>& functions() {
    static const std::map<std::string, MakeBody> table{{"LeakyRelu", leaky_relu},
                                                       {"HardSigmoid", hard_sigmoid},
                                                       {"Gelu", gelu},
                                                       {"Elu", with_alpha(Kind::elu, 1)},
                                                       {"Celu", with_alpha(Kind::celu, 1)},
                                                       {"ThresholdedRelu", with_alpha(Kind::thresholded, 1)},
                                                       {"Sigmoid", plain(Kind::sigmoid)},
                                                       {"HardSwish", plain(Kind::hard_swish)},
                                                       {"Tanh", plain(Kind::tanh)},
                                                       {"Softplus", plain(Kind::softplus)},
                                                       {"Softsign", plain(Kind::softsign)},
                                                       {"Mish", plain(Kind::mish)},
                                                       {"Exp", plain(Kind::exponential)},
                                                       {"Log", plain(Kind::log)},
                                                       {"Erf", plain(Kind::erf)},
                                                       {"Abs", plain(Kind::absolute)},
                                                       {"Sqrt", plain(Kind::square_root)},
                                                       {"Reciprocal", plain(Kind::reciprocal)},
                                                       {"Floor", plain(Kind::floor)},
                                                       {"Ceil", plain(Kind::ceil)},
                                                       {"Round", plain(Kind::round_even)},
                                                       {"Sign", plain(Kind::sign)}};
    return table;
}

} // namespace

void OnnxReader::add_functions(std::map<std::string, Operator>& table) {
    for (const auto& [name, make] : functions())
        table[name] = &OnnxReader::function;
}

void OnnxReader::function(OnnxNode& node) {
    LayerBody body = functions().at(node.proto().op_type())(node);
    if (const auto input = computed(node, 0))
        emit(node, *input, graph_.layer(*input).shape, std::move(body));
}

void OnnxReader::merge(OnnxNode& node, Merge::Kind kind) {
    std::vector<LayerId> inputs;
    Shape shape;
    for (int k = 0; k < node.proto().input_size(); ++k) {
        const auto input = computed(node, k);
        if (!input)
            return;
        const Shape& own = graph_.layer(*input).shape;
        if (k == 0)
            shape = own;
        // Of unlike ranks ONNX would lay the events' axis along another one.
        bool fits = own.size() == shape.size();
        for (std::size_t i = 0; fits && i < own.size(); ++i) {
            fits = own[i] == shape[i] || own[i] == 1 || shape[i] == 1;
            shape[i] = std::max(shape[i], own[i]);
        }
        if (!fits)
            return node.problem(fmt::format("'{}' of shape [{}] does not fit values of shape [{}]", node.input(k),
                                            fmt::join(own, ", "), fmt::join(graph_.layer(inputs.at(0)).shape, ", ")));
        inputs.push_back(*input);
    }
    if (inputs.empty())
        return node.problem("it has no inputs");
    define(node, graph_.add({unique_name(node), std::move(inputs), std::move(shape), Merge{kind}}));
}

void OnnxReader::merge_all(OnnxNode& node) {
    static const std::map<std::string, Merge::Kind> kinds{{"Max", Merge::Kind::maximum},
                                                          {"Min", Merge::Kind::minimum},
                                                          {"Mean", Merge::Kind::average},
                                                          {"Sum", Merge::Kind::add}};
    merge(node, kinds.at(node.proto().op_type()));
}

} // namespace gw::import
