// Which of hls4ml's classes a layer becomes.
#include <map>

#include <fmt/format.h>

#include "import/hls4ml_config.hpp"

namespace gw::import {

namespace {

std::string of_axes(const char* name, std::size_t axes) {
    return fmt::format("{}{}d", name, axes);
}

std::string class_of(const Layer&, const Dense&) {
    return "dense";
}

std::string class_of(const Layer& layer, const Conv& conv) {
    const bool depthwise = conv.groups > 1 || layer.class_name.rfind("Depthwise", 0) == 0;
    return of_axes(depthwise ? "depthwiseconv" : "conv", conv.window.size.size());
}

std::string class_of(const Layer&, const Function& function) {
    switch (function.kind) {
    case Function::Kind::elu:
        return "parametrizedactivation";
    case Function::Kind::hard_sigmoid:
    case Function::Kind::hard_tanh:
        return "hardactivation";
    default:
        return "activation";
    }
}

std::string class_of(const Layer&, const Relu& relu) {
    return relu.origin == Relu::Origin::layer || relu.slope != 0 ? "parametrizedactivation" : "activation";
}

std::string class_of(const Layer&, const Recurrent& recurrent) {
    switch (recurrent.kind) {
    case Recurrent::Kind::simple:
        return "simplernn";
    case Recurrent::Kind::gru:
        return "gru";
    case Recurrent::Kind::lstm:
        break;
    }
    return "lstm";
}

/// Keras's layers that move elements, by their own names.
std::optional<std::string> class_of(const Layer& layer, const Rearrange&) {
    static const std::map<std::string, std::string> known{
        {"Permute", "transpose"},    {"ZeroPadding1D", "zeropadding1d"}, {"ZeroPadding2D", "zeropadding2d"},
        {"UpSampling1D", "resize"},  {"UpSampling2D", "resize"},         {"Cropping1D", "cropping1d"},
        {"Cropping2D", "cropping2d"}};
    const auto found = known.find(layer.class_name);
    return found == known.end() ? std::nullopt : std::optional(found->second);
}

/// By the layer's body.
struct Class {
    const Layer& layer;
    using Name = std::optional<std::string>;
    Name operator()(const Input&) const { return "input"; }
    Name operator()(const Dense& body) const { return class_of(layer, body); }
    Name operator()(const Conv& body) const { return class_of(layer, body); }
    Name operator()(const BatchNorm&) const { return "batchnormalization"; }
    Name operator()(const Relu& body) const { return class_of(layer, body); }
    Name operator()(const PRelu&) const { return "prelu"; }
    Name operator()(const Function& body) const { return class_of(layer, body); }
    Name operator()(const Softmax&) const { return "softmax"; }
    Name operator()(const Merge&) const { return "merge"; }
    Name operator()(const Concatenate&) const { return "concatenate"; }
    Name operator()(const Pool& body) const { return of_axes("pooling", body.window.size.size()); }
    Name operator()(const Reduce& body) const { return of_axes("globalpooling", body.axes.size()); }
    Name operator()(const Reshape&) const { return "reshape"; }
    Name operator()(const Rearrange& body) const { return class_of(layer, body); }
    Name operator()(const Linear& body) const {
        return body.origin == Linear::Origin::flatten ? "reshape" : "activation";
    }
    Name operator()(const Embedding&) const { return "embedding"; }
    Name operator()(const Recurrent& body) const { return class_of(layer, body); }
    Name operator()(const Einsum& body) const {
        return layer.class_name == "Dot" ? Name("dot") : (body.weights ? Name("einsumdense") : Name());
    }
    Name operator()(const Normalise& body) const { return body.centred ? Name("layernormalization") : Name(); }
    template <typename Other> Name operator()(const Other&) const { return std::nullopt; }
};

} // namespace

std::optional<std::string> hls4ml_class(const Layer& layer) {
    if (layer.class_name == "Bidirectional")
        return "bidirectional";
    return std::visit(Class{layer}, layer.body);
}

std::string hls4ml_name(const Layer& layer) {
    const std::string& name = layer.name;
    if (layer.class_name == "Bidirectional")
        for (const std::string suffix : {"_forward", "_backward", "_reversed"})
            if (name.size() > suffix.size() && name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0)
                return name.substr(0, name.size() - suffix.size());
    return name;
}

} // namespace gw::import
