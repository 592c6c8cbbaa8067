#include "import/onnx_node.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"

namespace gw::import {

std::size_t Tensor::rank() const {
    std::uint32_t count = event ? *event + 1 : 0;
    for (const std::uint32_t axis : axes)
        count = std::max(count, axis + 1);
    return count;
}

bool Tensor::merged() const {
    return event && std::find(axes.begin(), axes.end(), *event) != axes.end();
}

bool is_whole(ElementType type) {
    switch (type) {
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
        return false;
    default:
        return true;
    }
}

OnnxNode::OnnxNode(const onnx::NodeProto& node, OnnxModel& model) : model(model), node_(node) {
    const std::string name = !node.name().empty() ? node.name() : node.output_size() > 0 ? node.output(0) : "";
    where_ = fmt::format("{} node '{}'", node.op_type(), name);
}

void OnnxNode::problem(const std::string& what) {
    model.problems.add(where_ + ": " + what);
}

// Attributes ----------------------------------------------------------------------------------------------------------

const onnx::AttributeProto* OnnxNode::find(const std::string& attribute, onnx::AttributeProto::AttributeType type) {
    taken_.insert(attribute);
    for (const onnx::AttributeProto& each : node_.attribute()) {
        if (each.name() != attribute)
            continue;
        if (each.type() == type && each.ref_attr_name().empty())
            return &each;
        problem(fmt::format("the attribute '{}' has the wrong type", attribute));
    }
    return nullptr;
}

double OnnxNode::number(const std::string& attribute, double if_absent) {
    const auto* found = find(attribute, onnx::AttributeProto::FLOAT);
    if (found != nullptr && !std::isfinite(found->f()))
        problem(fmt::format("the attribute '{}' is {}, a number is expected", attribute, found->f()));
    return found == nullptr ? if_absent : static_cast<double>(found->f());
}

std::int64_t OnnxNode::whole(const std::string& attribute, std::int64_t if_absent) {
    const auto* found = find(attribute, onnx::AttributeProto::INT);
    return found == nullptr ? if_absent : found->i();
}

std::string OnnxNode::text(const std::string& attribute, const std::string& if_absent) {
    const auto* found = find(attribute, onnx::AttributeProto::STRING);
    return found == nullptr ? if_absent : found->s();
}

const onnx::TensorProto* OnnxNode::tensor(const std::string& attribute) {
    const auto* found = find(attribute, onnx::AttributeProto::TENSOR);
    return found == nullptr ? nullptr : &found->t();
}

std::optional<std::vector<std::int64_t>> OnnxNode::wholes(const std::string& attribute) {
    const auto* found = find(attribute, onnx::AttributeProto::INTS);
    if (found == nullptr)
        return std::nullopt;
    std::vector<std::int64_t> out;
    for (const std::int64_t value : found->ints()) // far beyond any extent, and sums of them fit
        out.push_back(std::clamp(value, -(std::int64_t{1} << 62), std::int64_t{1} << 62));
    return out;
}

std::optional<std::vector<double>> OnnxNode::numbers(const std::string& attribute) {
    const auto* found = find(attribute, onnx::AttributeProto::FLOATS);
    if (found == nullptr)
        return std::nullopt;
    for (const float value : found->floats())
        if (!std::isfinite(value))
            problem(fmt::format("the attribute '{}' holds {}, numbers are expected", attribute, value));
    return std::vector<double>(found->floats().begin(), found->floats().end());
}

std::optional<std::vector<std::string>> OnnxNode::texts(const std::string& attribute) {
    const auto* found = find(attribute, onnx::AttributeProto::STRINGS);
    if (found == nullptr)
        return std::nullopt;
    return std::vector<std::string>(found->strings().begin(), found->strings().end());
}

void OnnxNode::ignore(const std::string& attribute) {
    taken_.insert(attribute);
}

void OnnxNode::finish() {
    for (const onnx::AttributeProto& each : node_.attribute())
        if (taken_.count(each.name()) == 0)
            problem(fmt::format("the attribute '{}' is not understood", each.name()));
}

// Operands ------------------------------------------------------------------------------------------------------------

std::string OnnxNode::input(int index) const {
    return index < node_.input_size() ? node_.input(index) : std::string();
}

bool OnnxNode::is_constant(int index) const {
    const auto found = model.values.find(input(index));
    return found != model.values.end() && std::holds_alternative<OnnxConstant>(found->second);
}

bool OnnxNode::is_computed(int index) const {
    const auto found = model.values.find(input(index));
    return found != model.values.end() && std::holds_alternative<Tensor>(found->second);
}

const Value* OnnxNode::value(int index) {
    const std::string name = input(index);
    const auto found = model.values.find(name);
    if (name.empty())
        problem(fmt::format("input {} is missing", index));
    else if (found == model.values.end())
        problem(fmt::format("it reads '{}', which nothing before it makes", name));
    else if (!std::holds_alternative<Unknown>(found->second))
        return &found->second;
    return nullptr;
}

std::optional<Tensor> OnnxNode::computed(int index) {
    const Value* found = value(index);
    if (found == nullptr)
        return std::nullopt;
    if (const auto* tensor = std::get_if<Tensor>(found))
        return *tensor;
    problem(fmt::format("its input '{}' is a constant, computed values are expected", input(index)));
    return std::nullopt;
}

const OnnxConstant* OnnxNode::constant(int index) {
    const Value* found = value(index);
    if (found == nullptr)
        return nullptr;
    if (const auto* constant = std::get_if<OnnxConstant>(found))
        return constant;
    problem(fmt::format("its input '{}' is computed, a constant is expected", input(index)));
    return nullptr;
}

const FloatArray* OnnxNode::finite(int index) {
    const OnnxConstant* found = constant(index);
    if (found == nullptr)
        return nullptr;
    if (found->array.values.empty()) {
        problem(fmt::format("its input '{}' is empty", input(index)));
        return nullptr;
    }
    if (!found->for_two.empty()) {
        problem(fmt::format("its input '{}' depends on the number of events", input(index)));
        return nullptr;
    }
    for (const double each : found->array.values)
        if (!std::isfinite(each)) {
            problem(fmt::format("its input '{}' contains {}", input(index), each));
            return nullptr;
        }
    return &found->array;
}

std::optional<double> OnnxNode::scalar(int index) {
    const OnnxConstant* found = constant(index);
    if (found != nullptr && found->array.values.size() == 1 && found->for_two.empty())
        return found->array.values.front();
    if (found != nullptr)
        problem(
            fmt::format("its input '{}' has {} elements, one is expected", input(index), found->array.values.size()));
    return std::nullopt;
}

std::optional<std::vector<std::int64_t>> OnnxNode::whole_constants(int index) {
    const OnnxConstant* found = constant(index);
    if (found == nullptr)
        return std::nullopt;
    std::vector<std::int64_t> out;
    bool good = found->for_two.empty();
    for (const double each : found->array.values) {
        good = good && each == std::floor(each);
        // The largest numbers stand for "to the end"; none of these fits a double exactly.
        out.push_back(good ? static_cast<std::int64_t>(std::clamp(each, -0x1p62, 0x1p62)) : 0);
    }
    if (good)
        return out;
    problem(fmt::format("its input '{}' is [{}], whole numbers that do not depend on the events are expected",
                        input(index), fmt::join(found->array.values, ", ")));
    return std::nullopt;
}

std::optional<Tensor> OnnxNode::tensor_of(int index) {
    const Value* found = value(index);
    if (found == nullptr)
        return std::nullopt;
    if (const auto* tensor = std::get_if<Tensor>(found))
        return *tensor;
    const FloatArray* array = finite(index);
    if (array == nullptr)
        return std::nullopt;
    Tensor tensor{{}, {}, std::nullopt, std::get<OnnxConstant>(*found).type};
    for (std::uint32_t k = 0; k < array->shape.size(); ++k)
        tensor.axes.push_back(k);
    // A layer has an axis at least; a single number's stands for none of the file's.
    FloatArray own = *array;
    if (own.shape.empty()) {
        own.shape = {1};
        tensor.axes = {0};
    }
    const Shape shape = own.shape;
    tensor.layer = add_layer("_" + input(index), {}, shape, Constant{std::move(own)});
    return tensor;
}

std::optional<std::uint32_t> OnnxNode::axis(std::int64_t number, std::size_t rank) {
    const auto size = static_cast<std::int64_t>(rank);
    const std::int64_t at = number < 0 ? number + size : number;
    if (at >= 0 && at < size)
        return static_cast<std::uint32_t>(at);
    problem(fmt::format("{} is no axis of {}", number, rank));
    return std::nullopt;
}

std::optional<std::vector<std::uint32_t>> OnnxNode::axes(const std::string& attribute, int index, std::size_t rank) {
    auto given_axes = wholes(attribute);
    if (!given_axes && given(index)) {
        given_axes = whole_constants(index);
        if (!given_axes)
            return std::nullopt;
    }
    std::vector<std::uint32_t> result;
    if (!given_axes)
        for (std::uint32_t k = 0; k < rank; ++k)
            result.push_back(k);
    else
        for (const std::int64_t number : *given_axes) {
            const auto own = axis(number, rank);
            if (!own)
                return std::nullopt;
            result.push_back(*own);
        }
    std::sort(result.begin(), result.end());
    if (std::adjacent_find(result.begin(), result.end()) == result.end())
        return result;
    problem(fmt::format("the axes [{}] repeat", fmt::join(*given_axes, ", ")));
    return std::nullopt;
}

// Results -------------------------------------------------------------------------------------------------------------

void OnnxNode::give(Value value, int output) {
    if (output >= outputs() || node_.output(output).empty())
        return;
    if (!model.values.emplace(node_.output(output), std::move(value)).second)
        problem(fmt::format("its output '{}' is made twice", node_.output(output)));
}

LayerId OnnxNode::add_layer(const std::string& suffix, std::vector<LayerId> from, Shape shape, LayerBody body) {
    require_elements(shape);
    const std::string base = (!node_.name().empty() ? node_.name() : node_.output(0)) + suffix;
    std::string name = base;
    for (unsigned count = 2; !model.names.insert(name).second; ++count)
        name = fmt::format("{}_{}", base, count);
    return model.graph.add({name, std::move(from), std::move(shape), std::move(body), node_.op_type()});
}

Tensor OnnxNode::add(const std::string& suffix, const Tensor& from, LayerBody body) {
    return add(suffix, from, shape(from), std::move(body));
}

Tensor OnnxNode::add(const std::string& suffix, const Tensor& from, Shape shape, LayerBody body) {
    Tensor result = from;
    result.layer = add_layer(suffix, {from.layer}, std::move(shape), std::move(body));
    return result;
}

} // namespace gw::import
