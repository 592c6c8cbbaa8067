#include "import/onnx.hpp"

#include <fmt/format.h>

#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"
#include "import/onnx_tensor.hpp"
#include "import/prune.hpp"
#include "import/units.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

void check_versions(const onnx::ModelProto& proto, OnnxModel& model) {
    for (const auto& opset : proto.opset_import()) {
        if (!opset.domain().empty() && opset.domain() != "ai.onnx")
            continue;
        model.opset = opset.version();
        if (opset.version() < 7)
            model.problems.add(fmt::format("operator set {} is too old; 7 and later are understood", opset.version()));
    }
}

void read_initializers(const onnx::GraphProto& graph, OnnxModel& model) {
    for (const onnx::TensorProto& tensor : graph.initializer()) {
        try {
            model.values[tensor.name()] =
                OnnxConstant{read_tensor(tensor, "tensor '" + tensor.name() + "'"), tensor.data_type(), {}};
        } catch (const support::Error& error) { // one more line of this file's list
            model.problems.add(error.where() + ": " + error.problem());
            model.values[tensor.name()] = Unknown{};
        }
    }
    if (graph.sparse_initializer_size() > 0)
        model.problems.add("sparse initializers are not understood");
}

/// The sizes of [events, size...], or what is wrong.
std::optional<Shape> input_shape(const onnx::ValueInfoProto& info, OnnxModel& model) {
    const auto& type = info.type().tensor_type();
    const auto& dims = type.shape().dim();
    Shape shape;
    bool good = info.type().has_tensor_type() && dims.size() >= 2 && dims.size() <= 8;
    std::size_t elements = 1;
    for (int i = 1; good && i < dims.size(); ++i) {
        good = dims[i].dim_value() > 0 && dims[i].dim_value() <= (1 << 20);
        shape.push_back(static_cast<std::uint32_t>(dims[i].dim_value()));
        elements *= good ? shape.back() : 1;
        good = good && elements <= (std::size_t{1} << 26);
    }
    if (!good) {
        model.problems.add(
            fmt::format("input '{}': a shape [events, size...] of known sizes is expected", info.name()));
        return std::nullopt;
    }
    if (type.elem_type() == onnx::TensorProto::STRING || type.elem_type() == onnx::TensorProto::COMPLEX64 ||
        type.elem_type() == onnx::TensorProto::COMPLEX128 || type.elem_type() == onnx::TensorProto::UNDEFINED) {
        model.problems.add(fmt::format("input '{}': element type {} is not understood", info.name(), type.elem_type()));
        return std::nullopt;
    }
    if (dims[0].dim_value() > 0 && dims[0].dim_value() <= (1 << 20))
        model.events = static_cast<std::uint32_t>(dims[0].dim_value());
    return shape;
}

void read_inputs(const onnx::GraphProto& graph, OnnxModel& model) {
    for (const onnx::ValueInfoProto& info : graph.input()) {
        if (model.values.count(info.name()) != 0) // an initializer listed as an input too, as old files do
            continue;
        auto shape = input_shape(info, model);
        if (!shape) {
            model.values[info.name()] = Unknown{};
            continue;
        }
        model.names.insert(info.name());
        Tensor tensor{{}, {}, 0, info.type().tensor_type().elem_type()};
        for (std::uint32_t k = 1; k <= shape->size(); ++k)
            tensor.axes.push_back(k);
        tensor.layer = model.graph.add({info.name(), {}, std::move(*shape), Input{}});
        model.values[info.name()] = tensor;
        model.graph.inputs.push_back(tensor.layer);
    }
    if (model.graph.inputs.empty() && model.problems.empty())
        model.problems.add("the graph has no input");
}

void read_node(const onnx::NodeProto& proto, OnnxModel& model) {
    OnnxNode node(proto, model);
    if (proto.output_size() == 0 || (proto.output_size() == 1 && proto.output(0).empty()))
        return node.problem("it has no output");
    const std::string key = onnx_operator_key(proto.domain(), proto.op_type());
    const auto found = onnx_readers().find(key);
    const auto refused = onnx_refused_operators().find(key);
    const std::string domain = proto.domain().empty() ? "" : " of domain " + proto.domain();
    if (refused != onnx_refused_operators().end()) {
        node.problem(fmt::format("the operator {}{} is not understood: {}", proto.op_type(), domain, refused->second));
    } else if (found == onnx_readers().end()) {
        node.problem(fmt::format("the operator {}{} is not understood", proto.op_type(), domain));
    } else {
        try {
            if (!fold_onnx_node(node))
                found->second(node);
        } catch (const support::Error& error) { // from a constant's evaluation: one more line of this file's list
            node.problem(error.problem());
        }
        node.finish();
    }
    for (const std::string& output : proto.output())
        if (!output.empty() && model.values.count(output) == 0)
            model.values[output] = Unknown{};
}

void read_outputs(const onnx::GraphProto& graph, OnnxModel& model) {
    for (const onnx::ValueInfoProto& info : graph.output()) {
        const auto found = model.values.find(info.name());
        if (found == model.values.end()) {
            model.problems.add(fmt::format("the output '{}' is made by no node", info.name()));
        } else if (const auto* tensor = std::get_if<Tensor>(&found->second)) {
            // The border: what leaves has the file's own order of axes.
            onnx::NodeProto border;
            border.set_name(info.name());
            border.add_output(info.name());
            OnnxNode node(border, model);
            model.graph.outputs.push_back(straight(node, *tensor).layer);
        } else if (std::holds_alternative<OnnxConstant>(found->second)) {
            model.problems.add(fmt::format("the output '{}' is a constant", info.name()));
        }
    }
    if (graph.output_size() == 0)
        model.problems.add("the graph has no output");
}

} // namespace

Graph parse_onnx(const std::string& bytes, const std::string& name) {
    onnx::ModelProto proto;
    if (!proto.ParseFromString(bytes) || !proto.has_graph())
        throw support::user_error("this is not a whole ONNX file", name, "write the file again");
    OnnxModel model(name);
    model.graph.file = name;
    model.graph.kind = FileKind::onnx;
    model.graph.name = proto.graph().name().empty() ? "network" : proto.graph().name();
    check_versions(proto, model);
    read_initializers(proto.graph(), model);
    read_inputs(proto.graph(), model);
    for (const onnx::NodeProto& node : proto.graph().node())
        read_node(node, model);
    read_outputs(proto.graph(), model);
    model.problems.throw_if_any();
    prune(model.graph);
    find_units(model.graph);
    return std::move(model.graph);
}

Graph read_onnx(const std::filesystem::path& file) {
    return parse_onnx(support::read_file(file), file.string());
}

} // namespace gw::import
