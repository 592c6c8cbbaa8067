#include "import/onnx_node.hpp"

#include <fmt/format.h>

namespace gw::import {

OnnxNode::OnnxNode(const onnx::NodeProto& node, Problems& problems) : node_(node), problems_(problems) {
    const std::string name = !node.name().empty() ? node.name() : node.output_size() > 0 ? node.output(0) : "";
    where_ = fmt::format("{} node '{}'", node.op_type(), name);
}

void OnnxNode::problem(const std::string& what) {
    problems_.add(where_ + ": " + what);
}

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

void OnnxNode::ignore(const std::string& attribute) {
    taken_.insert(attribute);
}

void OnnxNode::finish() {
    for (const onnx::AttributeProto& each : node_.attribute())
        if (taken_.count(each.name()) == 0)
            problem(fmt::format("the attribute '{}' is not understood", each.name()));
}

std::string OnnxNode::input(int index) const {
    return index < node_.input_size() ? node_.input(index) : std::string();
}

} // namespace gw::import
