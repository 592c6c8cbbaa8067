// One node of an ONNX graph: its attributes, each consumed or refused.
#pragma once

#include <set>
#include <string>

#include <onnx/onnx_pb.h>

#include "import/problems.hpp"

namespace gw::import {

class OnnxNode {
  public:
    OnnxNode(const onnx::NodeProto& node, Problems& problems);

    const onnx::NodeProto& proto() const { return node_; }
    /// "Gemm node 'dense1'".
    const std::string& where() const { return where_; }
    void problem(const std::string& what);

    double number(const std::string& attribute, double if_absent);
    std::int64_t whole(const std::string& attribute, std::int64_t if_absent);
    std::string text(const std::string& attribute, const std::string& if_absent);
    const onnx::TensorProto* tensor(const std::string& attribute);
    /// Present or not, it cannot change what the node computes.
    void ignore(const std::string& attribute);
    /// Refuses every attribute that was not asked for.
    void finish();

    /// Input `index` or "" where it is left out.
    std::string input(int index) const;

  private:
    const onnx::AttributeProto* find(const std::string& attribute, onnx::AttributeProto::AttributeType type);

    const onnx::NodeProto& node_;
    Problems& problems_;
    std::string where_;
    std::set<std::string> taken_;
};

} // namespace gw::import
