#include "train/onnx_writer.hpp"

#include <cmath>
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "support/error.hpp"

namespace gw::train {
namespace {

constexpr const char* quant_domain = "qonnx.custom_op.general";

/// Builds a graph node by node.
class GraphWriter {
  public:
    explicit GraphWriter(onnx::GraphProto& graph) : graph_(graph) {}

    std::string constant(const std::string& name, const std::vector<std::int64_t>& shape,
                         const std::vector<float>& values) {
        onnx::TensorProto* tensor = graph_.add_initializer();
        tensor->set_name(name);
        tensor->set_data_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t extent : shape)
            tensor->add_dims(extent);
        tensor->mutable_raw_data()->assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
        return name;
    }

    std::string node(const std::string& type, const std::string& name, const std::vector<std::string>& inputs,
                     const std::string& output) {
        onnx::NodeProto* node = graph_.add_node();
        node->set_op_type(type);
        node->set_name(name);
        for (const std::string& input : inputs)
            node->add_input(input);
        node->add_output(output);
        return output;
    }

    std::string quant(const std::string& name, const std::string& input, const Quantiser& q,
                      const std::string& output) {
        node("Quant", name,
             {input, constant(name + "_scale", {}, {static_cast<float>(std::ldexp(1.0, -q.fraction))}),
              constant(name + "_zero_point", {}, {0}), constant(name + "_bits", {}, {static_cast<float>(q.bits)})},
             output);
        onnx::NodeProto& made = *graph_.mutable_node(graph_.node_size() - 1);
        made.set_domain(quant_domain);
        integer(made, "signed", q.is_signed ? 1 : 0);
        integer(made, "narrow", q.narrow ? 1 : 0);
        onnx::AttributeProto* rounding = made.add_attribute();
        rounding->set_name("rounding_mode");
        rounding->set_type(onnx::AttributeProto::STRING);
        rounding->set_s(q.floor ? "FLOOR" : "ROUND");
        return output;
    }

    void value(onnx::ValueInfoProto& info, const std::string& name, std::int64_t width) {
        info.set_name(name);
        auto* tensor = info.mutable_type()->mutable_tensor_type();
        tensor->set_elem_type(onnx::TensorProto::FLOAT);
        tensor->mutable_shape()->add_dim()->set_dim_param("events");
        tensor->mutable_shape()->add_dim()->set_dim_value(width);
    }

  private:
    static void integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
        onnx::AttributeProto* attribute = node.add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::INT);
        attribute->set_i(value);
    }

    onnx::GraphProto& graph_;
};

} // namespace

std::string to_onnx(const Trained& trained, const Quantiser& input, const std::string& name) {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.set_producer_name("gatewright");
    onnx::OperatorSetIdProto* standard = model.add_opset_import();
    standard->set_version(13);
    onnx::OperatorSetIdProto* quantisers = model.add_opset_import();
    quantisers->set_domain(quant_domain);
    quantisers->set_version(1);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name(name);
    GraphWriter writer(graph);
    writer.value(*graph.add_input(), "features", trained.layers.front().inputs);
    std::string x = writer.quant("input_quant", "features", input, "features_quantised");
    for (std::size_t i = 0; i < trained.layers.size(); ++i) {
        const TrainedLayer& layer = trained.layers[i];
        const bool last = i + 1 == trained.layers.size();
        const std::string prefix = fmt::format("dense{}", i + 1);
        const std::string w =
            writer.quant(prefix + "_weights_quant",
                         writer.constant(prefix + "_weights", {layer.inputs, layer.outputs}, layer.weights),
                         layer.weight, prefix + "_weights_quantised");
        const std::string b =
            writer.quant(prefix + "_bias_quant", writer.constant(prefix + "_bias", {layer.outputs}, layer.bias),
                         layer.offset, prefix + "_bias_quantised");
        const std::string product = writer.node("MatMul", prefix, {x, w}, prefix + "_product");
        std::string sum = writer.node("Add", prefix + "_add", {product, b}, prefix + "_sum");
        if (!last)
            sum = writer.node("Relu", fmt::format("relu{}", i + 1), {sum}, prefix + "_rectified");
        x = writer.quant(last ? "output_quant" : fmt::format("relu{}_quant", i + 1), sum, layer.activation,
                         last ? "prediction" : prefix + "_activation");
    }
    writer.value(*graph.add_output(), x, trained.layers.back().outputs);
    std::string bytes;
    if (!model.SerializeToString(&bytes))
        throw support::internal_error("the ONNX model cannot be serialised");
    return bytes;
}

} // namespace gw::train
