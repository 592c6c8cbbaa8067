// Functions of one variable. Attributes' defaults are those of the ONNX operator specification
// (https://onnx.ai/onnx/operators), which are float32 numbers.
#include <cfloat>
#include <cmath>

#include <fmt/format.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

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

LayerBody shrink(OnnxNode& node) {
    const double bias = node.number("bias", 0), limit = node.number("lambd", 0.5);
    if (bias != 0 && bias != limit)
        node.problem(fmt::format("bias {} with lambd {} is not understood; 0 and lambd are", bias, limit));
    return Function{bias == 0 ? Kind::hard_shrink : Kind::soft_shrink, limit};
}

const std::map<std::string, MakeBody>& functions() {
    static const std::map<std::string, MakeBody> table{{"Relu", [](OnnxNode&) { return Relu{}; }},
                                                       {"LeakyRelu", leaky_relu},
                                                       {"HardSigmoid", hard_sigmoid},
                                                       {"Gelu", gelu},
                                                       {"Shrink", shrink},
                                                       {"Elu", with_alpha(Kind::elu, 1)},
                                                       {"Celu", with_alpha(Kind::celu, 1)},
                                                       {"ThresholdedRelu", with_alpha(Kind::thresholded, 1)},
                                                       {"Swish", with_alpha(Kind::swish, 1)},
                                                       {"com.microsoft.QuickGelu", with_alpha(Kind::swish, 1.702F)},
                                                       {"com.microsoft.Gelu", plain(Kind::gelu)},
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
                                                       {"Sin", plain(Kind::sine)},
                                                       {"Cos", plain(Kind::cosine)},
                                                       {"Floor", plain(Kind::floor)},
                                                       {"Ceil", plain(Kind::ceil)},
                                                       {"Round", plain(Kind::round_even)},
                                                       {"Sign", plain(Kind::sign)}};
    return table;
}

void read_function(OnnxNode& node, const MakeBody& make) {
    LayerBody body = make(node);
    if (const auto x = node.computed(0))
        node.give(node.add("", *x, std::move(body)));
}

/// gamma * (x > 0 ? x : alpha * (exp(x) - 1)); the usual numbers are a function of their own.
void read_selu(OnnxNode& node) {
    const double alpha = node.number("alpha", double{1.67326319217681884765625F}),
                 gamma = node.number("gamma", double{1.05070102214813232421875F});
    const auto x = node.computed(0);
    if (!x)
        return;
    if (std::abs(alpha - 1.6732632423543772) < 1e-6 && std::abs(gamma - 1.0507009873554805) < 1e-6)
        return node.give(node.add("", *x, Function{Kind::selu}));
    const FloatArray factor{{}, {gamma}, {}, {}};
    if (const auto made = scaled(node, "", node.add("_elu", *x, Function{Kind::elu, alpha}), &factor, nullptr))
        node.give(*made);
}

void read_neg(OnnxNode& node) {
    const FloatArray minus_one{{}, {-1}, {}, {}};
    if (const auto x = node.computed(0))
        if (const auto made = scaled(node, "", *x, &minus_one, nullptr))
            node.give(*made);
}

void read_clip(OnnxNode& node) {
    const double low = node.number("min", -INFINITY), high = node.number("max", INFINITY);
    const auto x = node.computed(0);
    const auto given_low = node.given(1) ? node.scalar(1) : std::optional(low);
    const auto given_high = node.given(2) ? node.scalar(2) : std::optional(high);
    if (!x || !given_low || !given_high)
        return;
    if (std::isnan(*given_low) || std::isnan(*given_high))
        return node.problem("its limits are no numbers");
    // The largest float32 stands for no limit.
    const bool open = *given_high >= static_cast<double>(FLT_MAX);
    if (*given_low != 0 || *given_high <= 0) {
        const double least = *given_low <= -static_cast<double>(FLT_MAX) ? -INFINITY : *given_low;
        const double most = open ? INFINITY : *given_high;
        if (std::isinf(least) && std::isinf(most))
            return node.give(*x);
        return node.give(node.add("", *x, Function{Kind::clip, least, most}));
    }
    node.give(node.add("", *x, Relu{open ? std::nullopt : given_high, Relu::Origin::activation}));
}

void read_prelu(OnnxNode& node) {
    const auto x = node.computed(0);
    const FloatArray* slopes = node.finite(1);
    if (!x || slopes == nullptr)
        return;
    auto own = beside(node, *slopes, *x);
    if (!own)
        return;
    for (std::size_t k = 0; k < own->shape.size(); ++k)
        if (own->shape[k] > node.shape(*x)[k])
            return node.problem(fmt::format("slopes of shape [{}] are larger than values of shape {}",
                                            fmt::join(slopes->shape, ", "), describe(node, *x)));
    node.give(node.add("", *x, PRelu{std::move(*own)}));
}

} // namespace

void add_onnx_functions(OnnxReaders& readers) {
    for (const auto& [name, make] : functions())
        readers[name] = [&own = make](OnnxNode& node) { read_function(node, own); };
    readers["Selu"] = read_selu;
    readers["Neg"] = read_neg;
    readers["Clip"] = read_clip;
    readers["PRelu"] = read_prelu;
}

} // namespace gw::import
