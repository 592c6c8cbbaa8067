// The state of reading one ONNX graph: what each tensor name stands for so far, and one function per operator
// (onnx_operators.cpp).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include <onnx/onnx_pb.h>

#include "import/graph.hpp"
#include "import/onnx_node.hpp"
#include "import/problems.hpp"
#include "import/qonnx_quant.hpp"

namespace gw::import {

class OnnxReader {
  public:
    explicit OnnxReader(std::string file);

    /// Throws support::Error as read_onnx.
    Graph read(const onnx::ModelProto& model);
    /// Every operator that is understood.
    static std::vector<std::string> operator_names();

  private:
    /// A tensor is what a layer computes, a constant, or (after an error already noted) unknown.
    struct Unknown {};
    using Value = std::variant<Unknown, LayerId, FloatArray>;
    using Operator = void (OnnxReader::*)(OnnxNode&);
    static const std::map<std::string, Operator>& operators();

    void read_inputs(const onnx::GraphProto& graph);
    void read_outputs(const onnx::GraphProto& graph);
    void check_versions(const onnx::ModelProto& model);
    void read_node(const onnx::NodeProto& proto);

    /// The operands of a node. A missing one, or one of the other kind, is noted; a node with such an operand is left
    /// out.
    std::optional<LayerId> computed(OnnxNode& node, int index);
    const FloatArray* constant(OnnxNode& node, int index);
    const FloatArray* finite_constant(OnnxNode& node, int index);
    std::optional<double> scalar(OnnxNode& node, int index);
    bool is_constant(const OnnxNode& node, int index) const;

    void define(OnnxNode& node, Value value);
    void emit(OnnxNode& node, LayerId input, Shape shape, LayerBody body);
    std::string unique_name(const OnnxNode& node);
    std::uint32_t channels(LayerId id) const;

    // onnx_elementwise.cpp
    static void add_functions(std::map<std::string, Operator>& table);
    void function(OnnxNode& node);
    void merge(OnnxNode& node, Merge::Kind kind);
    void merge_all(OnnxNode& node);

    // onnx_operators.cpp
    bool both_computed(const OnnxNode& node) const { return !is_constant(node, 0) && !is_constant(node, 1); }
    void gemm(OnnxNode& node);
    void matmul(OnnxNode& node);
    void dense(OnnxNode& node, LayerId input, FloatArray weights, std::optional<FloatArray> bias);
    void add(OnnxNode& node);
    void sub(OnnxNode& node);
    void mul(OnnxNode& node);
    void div(OnnxNode& node);
    void batch_norm(OnnxNode& node);
    void relu(OnnxNode& node);
    void clip(OnnxNode& node);
    void identity(OnnxNode& node);
    void dropout(OnnxNode& node);
    void flatten(OnnxNode& node);
    void reshape(OnnxNode& node);
    void transpose(OnnxNode& node);
    void constant_node(OnnxNode& node);
    void quant(OnnxNode& node);
    void bipolar_quant(OnnxNode& node);
    void apply_quant(OnnxNode& node, const QuantSpec& spec);

    /// A constant operand of an elementwise operator: as many elements as channels, or one.
    std::optional<FloatArray> per_channel(OnnxNode& node, int index, LayerId against);
    static FloatArray negated(FloatArray array);

    Graph graph_;
    Problems problems_;
    std::map<std::string, Value> values_;
    std::set<std::string> names_;
};

} // namespace gw::import
