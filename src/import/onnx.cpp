#include "import/onnx.hpp"

#include <cmath>

#include <fmt/format.h>

#include "import/onnx_reader.hpp"
#include "import/onnx_refused.hpp"
#include "import/onnx_tensor.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

/// Where operators may live: ONNX's own domain, and the three that QONNX's have had.
bool known_domain(const std::string& domain) {
    return domain.empty() || domain == "ai.onnx" || domain == "qonnx.custom_op.general" || domain == "onnx.brevitas" ||
           domain == "finn.custom_op.general";
}

} // namespace

OnnxReader::OnnxReader(std::string file) : problems_(file) {
    graph_.file = std::move(file);
    graph_.kind = FileKind::onnx;
}

Graph OnnxReader::read(const onnx::ModelProto& model) {
    const onnx::GraphProto& graph = model.graph();
    graph_.name = graph.name().empty() ? "network" : graph.name();
    check_versions(model);
    for (const onnx::TensorProto& tensor : graph.initializer())
        values_[tensor.name()] = read_tensor(tensor, graph_.file + ": tensor '" + tensor.name() + "'");
    if (graph.sparse_initializer_size() > 0)
        problems_.add("sparse initializers are not understood");
    read_inputs(graph);
    for (const onnx::NodeProto& node : graph.node())
        read_node(node);
    read_outputs(graph);
    problems_.throw_if_any();
    return std::move(graph_);
}

void OnnxReader::check_versions(const onnx::ModelProto& model) {
    for (const auto& opset : model.opset_import())
        if (known_domain(opset.domain()) && (opset.domain().empty() || opset.domain() == "ai.onnx") &&
            opset.version() < 7)
            problems_.add(fmt::format("operator set {} is too old; 7 and later are understood", opset.version()));
}

void OnnxReader::read_inputs(const onnx::GraphProto& graph) {
    for (const onnx::ValueInfoProto& info : graph.input()) {
        if (values_.count(info.name()) != 0) // an initializer listed as an input too, as old files do
            continue;
        const auto& dims = info.type().tensor_type().shape().dim();
        Shape shape;
        bool good = dims.size() >= 2 && dims.size() <= 8;
        for (int i = 1; good && i < dims.size(); ++i) {
            good = dims[i].dim_value() > 0 && dims[i].dim_value() <= (1 << 20);
            shape.push_back(static_cast<std::uint32_t>(dims[i].dim_value()));
        }
        if (!good) {
            problems_.add(fmt::format("input '{}': a shape [events, size...] of known sizes is expected", info.name()));
            values_[info.name()] = Unknown{};
            continue;
        }
        names_.insert(info.name());
        const LayerId id = graph_.add({info.name(), {}, std::move(shape), Input{}});
        values_[info.name()] = id;
        graph_.inputs.push_back(id);
    }
    if (graph_.inputs.empty() && problems_.empty())
        problems_.add("the graph has no input");
}

void OnnxReader::read_outputs(const onnx::GraphProto& graph) {
    for (const onnx::ValueInfoProto& info : graph.output()) {
        const auto found = values_.find(info.name());
        if (found == values_.end())
            problems_.add(fmt::format("the output '{}' is made by no node", info.name()));
        else if (const LayerId* id = std::get_if<LayerId>(&found->second))
            graph_.outputs.push_back(*id);
        else if (std::holds_alternative<FloatArray>(found->second))
            problems_.add(fmt::format("the output '{}' is a constant", info.name()));
    }
    if (graph.output_size() == 0)
        problems_.add("the graph has no output");
}

void OnnxReader::read_node(const onnx::NodeProto& proto) {
    OnnxNode node(proto, problems_);
    if (proto.output_size() == 0 || proto.output(0).empty())
        return node.problem("it has no output");
    const auto found = operators().find(proto.op_type());
    if (found == operators().end() || !known_domain(proto.domain())) {
        const std::string domain = proto.domain().empty() ? "" : " of domain " + proto.domain();
        node.problem(fmt::format("the operator {}{} is not understood{}", proto.op_type(), domain,
                                 refusal(onnx_refusals(), proto.op_type())));
    } else {
        try {
            (this->*found->second)(node);
        } catch (const support::Error& error) { // from a constant's evaluation: one more line of this file's list
            node.problem(error.problem());
        }
        node.finish();
    }
    for (const std::string& output : proto.output())
        if (!output.empty() && values_.count(output) == 0)
            values_[output] = Unknown{};
}

std::vector<std::string> OnnxReader::operator_names() {
    std::vector<std::string> names;
    for (const auto& [name, read] : operators())
        names.push_back(name);
    return names;
}

// Operands -----------------------------------------------------------------------------------------------------------

bool OnnxReader::is_constant(const OnnxNode& node, int index) const {
    const auto found = values_.find(node.input(index));
    return found != values_.end() && std::holds_alternative<FloatArray>(found->second);
}

std::optional<LayerId> OnnxReader::computed(OnnxNode& node, int index) {
    const std::string name = node.input(index);
    const auto found = values_.find(name);
    if (name.empty())
        node.problem(fmt::format("input {} is missing", index));
    else if (found == values_.end())
        node.problem(fmt::format("it reads '{}', which nothing before it makes", name));
    else if (std::holds_alternative<FloatArray>(found->second))
        node.problem(fmt::format("its input '{}' is a constant, computed values are expected", name));
    else if (const LayerId* id = std::get_if<LayerId>(&found->second))
        return *id;
    return std::nullopt;
}

const FloatArray* OnnxReader::constant(OnnxNode& node, int index) {
    const std::string name = node.input(index);
    const auto found = values_.find(name);
    if (name.empty())
        node.problem(fmt::format("input {} is missing", index));
    else if (found == values_.end())
        node.problem(fmt::format("it reads '{}', which nothing before it makes", name));
    else if (std::holds_alternative<LayerId>(found->second))
        node.problem(fmt::format("its input '{}' is computed, a constant is expected", name));
    else
        return std::get_if<FloatArray>(&found->second);
    return nullptr;
}

const FloatArray* OnnxReader::finite_constant(OnnxNode& node, int index) {
    const FloatArray* array = constant(node, index);
    if (array != nullptr)
        for (double value : array->values)
            if (!std::isfinite(value)) {
                node.problem(fmt::format("its input '{}' contains {}", node.input(index), value));
                return nullptr;
            }
    return array;
}

std::optional<double> OnnxReader::scalar(OnnxNode& node, int index) {
    const FloatArray* array = constant(node, index);
    if (array != nullptr && array->values.size() == 1)
        return array->values.front();
    if (array != nullptr)
        node.problem(
            fmt::format("its input '{}' has {} elements, one is expected", node.input(index), array->values.size()));
    return std::nullopt;
}

std::uint32_t OnnxReader::channels(LayerId id) const {
    return graph_.layer(id).shape.back();
}

// Results ------------------------------------------------------------------------------------------------------------

void OnnxReader::define(OnnxNode& node, Value value) {
    const std::string& name = node.proto().output(0);
    if (!values_.emplace(name, std::move(value)).second)
        node.problem(fmt::format("its output '{}' is made twice", name));
}

void OnnxReader::emit(OnnxNode& node, LayerId input, Shape shape, LayerBody body) {
    define(node, graph_.add({unique_name(node), {input}, std::move(shape), std::move(body)}));
}

std::string OnnxReader::unique_name(const OnnxNode& node) {
    const std::string base = !node.proto().name().empty() ? node.proto().name() : node.proto().output(0);
    std::string name = base;
    for (unsigned count = 2; !names_.insert(name).second; ++count)
        name = fmt::format("{}_{}", base, count);
    return name;
}

Graph parse_onnx(const std::string& bytes, const std::string& name) {
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes) || !model.has_graph())
        throw support::user_error("this is not a whole ONNX file", name, "write the file again");
    return OnnxReader(name).read(model);
}

Graph read_onnx(const std::filesystem::path& file) {
    return parse_onnx(support::read_file(file), file.string());
}

} // namespace gw::import
