#include "import/onnx_quantised.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

std::optional<Value> read_as(OnnxNode& node, const std::string& type, const std::vector<Value>& operands) {
    onnx::NodeProto proto = node.proto();
    proto.set_op_type(type);
    proto.clear_domain();
    proto.clear_input();
    proto.clear_output();
    // No file has a name with a line's end.
    const std::string own = "\n" + node.proto().output(0);
    for (std::size_t k = 0; k < operands.size(); ++k) {
        proto.add_input(own + "\n" + std::to_string(k));
        node.model.values[proto.input(static_cast<int>(k))] = operands[k];
    }
    proto.add_output(own);
    for (const onnx::AttributeProto& attribute : proto.attribute())
        node.ignore(attribute.name());
    OnnxNode inner(proto, node.model);
    onnx_readers().at(type)(inner);
    inner.finish();
    for (const std::string& name : proto.input())
        node.model.values.erase(name);
    const auto made = node.model.values.find(own);
    if (made == node.model.values.end())
        return std::nullopt;
    const Value value = made->second;
    node.model.values.erase(made);
    return std::holds_alternative<Unknown>(value) ? std::nullopt : std::optional(value);
}

std::optional<FloatArray> along(OnnxNode& node, const FloatArray& array, const Tensor& tensor) {
    const auto own = beside(node, array, tensor);
    if (!own)
        return std::nullopt;
    const Shape shape = node.shape(tensor);
    for (std::size_t k = 0; k < shape.size(); ++k)
        if (own->shape[k] != 1 && own->shape[k] != shape[k]) {
            node.problem(fmt::format("a constant of shape [{}] does not fit values of shape {}",
                                     fmt::join(array.shape, ", "), describe(node, tensor)));
            return std::nullopt;
        }
    return own;
}

const FloatArray* positive(OnnxNode& node, int index) {
    const FloatArray* scale = node.finite(index);
    if (scale != nullptr &&
        std::any_of(scale->values.begin(), scale->values.end(), [](double v) { return !(v > 0); })) {
        node.problem(fmt::format("its scale '{}' is not positive everywhere", node.input(index)));
        return nullptr;
    }
    return scale;
}

std::optional<Tensor> bipolar(OnnxNode& node, const Tensor& x, const FloatArray& scale, const FloatArray* zero_point) {
    const auto product = [](double a, double b) { return a * b; };
    const auto negative = [](double a, double b) { return -a * b; };
    Tensor from = x;
    const bool pointed = zero_point != nullptr && std::any_of(zero_point->values.begin(), zero_point->values.end(),
                                                              [](double value) { return value != 0; });
    if (pointed) {
        const FloatArray shift = combined(*zero_point, scale, product);
        const auto moved = scaled(node, "_shift", x, nullptr, &shift);
        if (!moved)
            return std::nullopt;
        from = *moved;
    }
    Steps steps;
    steps.thresholds = FloatArray{{1}, {0}, {}, {}};
    steps.values = FloatArray{{2}, {-1, 1}, {}, {}};
    const Tensor sign = node.add("_sign", from, std::move(steps));
    const FloatArray factor = with_unit(FloatArray{scale.shape, scale.values, {}, {}}, scale, 2);
    if (!pointed)
        return scaled(node, "", sign, &factor, nullptr);
    const FloatArray back = combined(*zero_point, scale, negative);
    return scaled(node, "", sign, &factor, &back);
}

} // namespace gw::import
