// One node of an ONNX graph as its reader sees it: attributes, each consumed or refused; operands; results. A missing
// operand, or one of the wrong kind, is noted as a problem; the reader then leaves the node out.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "import/onnx_value.hpp"
#include "import/problems.hpp"

namespace gw::import {

/// What all nodes of a file share.
struct OnnxModel {
    explicit OnnxModel(const std::string& file) : problems(file) {}

    Graph graph;
    Problems problems;
    std::int64_t opset = 0;              ///< of ONNX's own operators
    std::optional<std::uint32_t> events; ///< how many events the inputs say that there are, if they say it
    std::map<std::string, Value> values;
    std::set<std::string> names;                                              ///< of layers
    std::map<std::pair<LayerId, std::vector<std::uint32_t>>, LayerId> turned; ///< layers in other orders of axes
};

class OnnxNode {
  public:
    OnnxNode(const onnx::NodeProto& node, OnnxModel& model);

    OnnxModel& model;

    const onnx::NodeProto& proto() const { return node_; }
    const std::string& type() const { return node_.op_type(); }
    /// "Gemm node 'dense1'".
    const std::string& where() const { return where_; }
    void problem(const std::string& what);

    // Attributes
    double number(const std::string& attribute, double if_absent);
    std::int64_t whole(const std::string& attribute, std::int64_t if_absent);
    bool flag(const std::string& attribute, bool if_absent) { return whole(attribute, if_absent ? 1 : 0) != 0; }
    std::string text(const std::string& attribute, const std::string& if_absent);
    const onnx::TensorProto* tensor(const std::string& attribute);
    std::optional<std::vector<std::int64_t>> wholes(const std::string& attribute);
    std::optional<std::vector<double>> numbers(const std::string& attribute);
    std::optional<std::vector<std::string>> texts(const std::string& attribute);
    /// Present or not, it cannot change what the node computes.
    void ignore(const std::string& attribute);
    /// Refuses every attribute that was not asked for.
    void finish();

    // Operands
    int inputs() const { return node_.input_size(); }
    /// The name of input `index`, or "" where it is left out.
    std::string input(int index) const;
    bool given(int index) const { return !input(index).empty(); }
    bool is_constant(int index) const;
    bool is_computed(int index) const;
    std::optional<Tensor> computed(int index);
    const OnnxConstant* constant(int index);
    /// Constants without infinities.
    const FloatArray* finite(int index);
    std::optional<double> scalar(int index);
    std::optional<std::vector<std::int64_t>> whole_constants(int index);
    /// Either kind; null after a problem.
    const Value* value(int index);
    /// Either kind as a tensor: constants become a layer.
    std::optional<Tensor> tensor_of(int index);

    /// `number` as an axis of so many, negative ones from the end. Notes a problem if it is none.
    std::optional<std::uint32_t> axis(std::int64_t number, std::size_t rank);
    /// Distinct axes, ascending, of the attribute or the constant input `index`; all where neither is given.
    std::optional<std::vector<std::uint32_t>> axes(const std::string& attribute, int index, std::size_t rank);
    /// Shape of the layer that computes the tensor.
    const Shape& shape(const Tensor& tensor) const { return model.graph.layer(tensor.layer).shape; }

    // Results
    int outputs() const { return node_.output_size(); }
    bool wanted(int output) const { return output < outputs() && !node_.output(output).empty(); }
    void give(Value value, int output = 0);
    /// A layer named after the node, and `suffix` where it is a part.
    LayerId add_layer(const std::string& suffix, std::vector<LayerId> from, Shape shape, LayerBody body);
    /// A layer over one tensor that keeps its order of axes, and its shape if none is given.
    Tensor add(const std::string& suffix, const Tensor& from, LayerBody body);
    Tensor add(const std::string& suffix, const Tensor& from, Shape shape, LayerBody body);

  private:
    const onnx::AttributeProto* find(const std::string& attribute, onnx::AttributeProto::AttributeType type);

    const onnx::NodeProto& node_;
    std::string where_;
    std::set<std::string> taken_;
};

} // namespace gw::import
