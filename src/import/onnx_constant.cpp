// Operators that make constants.
#include <cmath>

#include <fmt/format.h>

#include "import/onnx_registry.hpp"
#include "import/onnx_tensor.hpp"

namespace gw::import {

namespace {

OnnxConstant row(std::vector<double> values, ElementType type) {
    return {FloatArray{{static_cast<std::uint32_t>(values.size())}, std::move(values), {}, {}}, type, {}};
}

void read_constant(OnnxNode& node) {
    if (const onnx::TensorProto* tensor = node.tensor("value"))
        return node.give(OnnxConstant{read_tensor(*tensor, node.where()), tensor->data_type(), {}});
    for (const onnx::AttributeProto& each : node.proto().attribute()) {
        if (each.name() == "value_float")
            return node.give(OnnxConstant{{{}, {node.number("value_float", 0)}, {}, {}}, onnx::TensorProto::FLOAT, {}});
        if (each.name() == "value_int")
            return node.give(OnnxConstant{
                {{}, {static_cast<double>(node.whole("value_int", 0))}, {}, {}}, onnx::TensorProto::INT64, {}});
        if (each.name() == "value_floats")
            if (const auto numbers = node.numbers("value_floats"))
                return node.give(row(*numbers, onnx::TensorProto::FLOAT));
        if (each.name() == "value_ints")
            if (const auto wholes = node.wholes("value_ints"))
                return node.give(row({wholes->begin(), wholes->end()}, onnx::TensorProto::INT64));
    }
    node.problem("it has no value that is a tensor, numbers or whole numbers");
}

/// One value everywhere. Where the shape depends on the number of events it is the same for each: one event's is kept.
void read_constant_of_shape(OnnxNode& node) {
    OnnxConstant fill{{{1}, {0}, {}, {}}, onnx::TensorProto::FLOAT, {}};
    if (const onnx::TensorProto* tensor = node.tensor("value"))
        fill = {read_tensor(*tensor, node.where()), tensor->data_type(), {}};
    const OnnxConstant* shape = node.constant(0);
    if (shape == nullptr)
        return;
    if (fill.array.values.size() != 1)
        return node.problem("its value has not one element");
    std::size_t count = 1;
    fill.array.shape.clear();
    for (const double extent : shape->array.values) {
        if (!(extent >= 0 && extent <= 1 << 26) || (count *= static_cast<std::size_t>(extent)) > std::size_t{1} << 26)
            return node.problem(fmt::format("an extent of {} is not understood", extent));
        fill.array.shape.push_back(static_cast<std::uint32_t>(extent));
    }
    fill.array.values.assign(count, fill.array.values.front());
    node.give(std::move(fill));
}

void read_range(OnnxNode& node) {
    const auto start = node.scalar(0), limit = node.scalar(1), step = node.scalar(2);
    if (!start || !limit || !step)
        return;
    const double count = std::ceil((*limit - *start) / *step);
    if (!(count <= 1 << 24))
        return node.problem(fmt::format("from {} to {} by {} is too far", *start, *limit, *step));
    std::vector<double> values;
    for (double k = 0; k < count; ++k)
        values.push_back(*start + k * *step);
    node.give(row(std::move(values), node.constant(0)->type));
}

} // namespace

void add_onnx_constants(OnnxReaders& readers) {
    readers["Constant"] = read_constant;
    readers["ConstantOfShape"] = read_constant_of_shape;
    readers["Range"] = read_range;
}

} // namespace gw::import
