// ONNX files made here, node by node: what is refused, and how the refusal reads.
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "import/onnx.hpp"
#include "support/error.hpp"

namespace gw::import {
namespace {

using testing::AllOf;
using testing::HasSubstr;

void add_value(onnx::ValueInfoProto* value, const std::string& name, const std::vector<int>& shape) {
    value->set_name(name);
    auto* type = value->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (const int size : shape)
        type->mutable_shape()->add_dim()->set_dim_value(size);
}

/// A model of one input x [1, 3] and one output y.
class Model {
  public:
    Model() {
        model_.set_ir_version(8);
        model_.add_opset_import()->set_version(13);
        add_value(graph().add_input(), "x", {1, 3});
        add_value(graph().add_output(), "y", {1, 2});
    }
    onnx::GraphProto& graph() { return *model_.mutable_graph(); }
    onnx::ModelProto& proto() { return model_; }

    onnx::TensorProto& constant(const std::string& name, const std::vector<int>& shape,
                                const std::vector<float>& values) {
        auto* tensor = graph().add_initializer();
        tensor->set_name(name);
        tensor->set_data_type(onnx::TensorProto::FLOAT);
        for (const int size : shape)
            tensor->add_dims(size);
        for (const float value : values)
            tensor->add_float_data(value);
        return *tensor;
    }
    onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs, const std::string& output) {
        auto* node = graph().add_node();
        node->set_op_type(type);
        node->set_name(output + "_node");
        for (const std::string& input : inputs)
            node->add_input(input);
        node->add_output(output);
        return *node;
    }
    void quant(const std::string& from, const std::string& to, float scale, float zero, float bits) {
        constant(to + "_s", {}, {scale});
        constant(to + "_z", {}, {zero});
        constant(to + "_b", {}, {bits});
        node("Quant", {from, to + "_s", to + "_z", to + "_b"}, to).set_domain("qonnx.custom_op.general");
    }
    std::string outcome() const {
        try {
            parse_onnx(model_.SerializeAsString(), "m.onnx");
        } catch (const support::Error& error) {
            EXPECT_NE(error.kind(), support::ErrorKind::internal) << error.what();
            return error.what();
        }
        return "accepted";
    }

  private:
    onnx::ModelProto model_;
};

void set_whole(onnx::NodeProto& node, const std::string& name, int value) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INT);
    attribute->set_i(value);
}

const std::vector<float> six{1, 2, 3, 4, 5, 6};

TEST(Onnx, APlainProductIsAccepted) {
    Model model;
    model.constant("w", {3, 2}, six);
    model.node("MatMul", {"x", "w"}, "y");
    EXPECT_EQ(model.outcome(), "accepted");
}

TEST(Onnx, FunctionsAndMergesAreAccepted) {
    for (const char* name : {"Sigmoid", "Elu", "Gelu", "Sqrt", "Sign"}) {
        Model model;
        model.node(name, {"x"}, "a");
        model.node("Mul", {"a", "x"}, "b");
        model.node("Max", {"a", "b", "x"}, "y");
        EXPECT_EQ(model.outcome(), "accepted") << name;
    }
}

TEST(Onnx, EveryUnknownOfAFileIsNamedAtOnce) {
    Model model;
    model.constant("w", {3, 2}, six);
    set_whole(model.node("MatMul", {"x", "w"}, "a"), "axis", 1);
    model.node("Sinh", {"a"}, "b");
    model.node("Relu", {"a"}, "c").set_domain("my.own");
    model.node("Relu", {"missing"}, "y");
    EXPECT_THAT(model.outcome(), AllOf(HasSubstr("m.onnx"), HasSubstr("'axis'"), HasSubstr("Sinh"), HasSubstr("my.own"),
                                       HasSubstr("'missing'")));
}

TEST(Onnx, TensorsThatDoNotFitAreNamed) {
    Model wrong_shape;
    wrong_shape.constant("w", {2, 3}, six);
    wrong_shape.node("MatMul", {"x", "w"}, "y");
    EXPECT_THAT(wrong_shape.outcome(), AllOf(HasSubstr("y_node"), HasSubstr("[2, 3]"), HasSubstr("[3]")));
    Model too_short;
    too_short.constant("w", {3, 2}, {1, 2});
    too_short.node("MatMul", {"x", "w"}, "y");
    EXPECT_THAT(too_short.outcome(), AllOf(HasSubstr("'w'"), HasSubstr("6 elements")));
    Model huge;
    huge.constant("w", {1 << 30, 1 << 30}, {});
    huge.node("MatMul", {"x", "w"}, "y");
    EXPECT_THAT(huge.outcome(), HasSubstr("2^26"));
    Model outside;
    outside.constant("w", {3, 2}, {}).set_data_location(onnx::TensorProto::EXTERNAL);
    outside.node("MatMul", {"x", "w"}, "y");
    EXPECT_THAT(outside.outcome(), HasSubstr("another file"));
    Model text;
    text.constant("w", {3, 2}, six).set_data_type(onnx::TensorProto::STRING);
    EXPECT_THAT(text.outcome(), HasSubstr("element type"));
}

TEST(Onnx, NanAndInfinityAreNamed) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        Model model;
        model.constant("w", {3, 2}, {1, 2, 3, 4, 5, bad});
        model.node("MatMul", {"x", "w"}, "y");
        EXPECT_THAT(model.outcome(), AllOf(HasSubstr("'w'"), HasSubstr(std::isnan(bad) ? "NaN" : "inf")));
    }
}

TEST(Onnx, QuantisersWithoutATypeAreNamed) {
    const auto quantised = [](float scale, float zero, float bits) {
        Model model;
        model.quant("x", "y", scale, zero, bits);
        return model.outcome();
    };
    EXPECT_EQ(quantised(0.25F, 0, 8), "accepted");
    EXPECT_THAT(quantised(0.3F, 0, 8), HasSubstr("power of two"));
    EXPECT_THAT(quantised(-0.5F, 0, 8), HasSubstr("power of two"));
    EXPECT_THAT(quantised(0, 0, 8), HasSubstr("power of two"));
    EXPECT_THAT(quantised(0.25F, 3, 8), HasSubstr("zero point"));
    EXPECT_THAT(quantised(0.25F, 0, 7.5F), HasSubstr("bit width"));
    EXPECT_THAT(quantised(0.25F, 0, 0), HasSubstr("bit width"));
    EXPECT_THAT(quantised(0.25F, 0, 1), HasSubstr("one signed bit"));
}

TEST(Onnx, GraphsThatHangInTheAirAreNamed) {
    Model no_maker;
    EXPECT_THAT(no_maker.outcome(), HasSubstr("'y' is made by no node"));
    Model twice;
    twice.node("Relu", {"x"}, "y");
    twice.node("Relu", {"x"}, "y");
    EXPECT_THAT(twice.outcome(), HasSubstr("made twice"));
    Model loop;
    loop.node("Relu", {"y"}, "y");
    EXPECT_THAT(loop.outcome(), HasSubstr("nothing before it makes"));
    Model two_computed;
    two_computed.node("MatMul", {"x", "x"}, "y");
    EXPECT_THAT(two_computed.outcome(), HasSubstr("computed"));
    Model no_output;
    no_output.graph().clear_output();
    EXPECT_THAT(no_output.outcome(), HasSubstr("no output"));
    Model no_size;
    no_size.graph()
        .mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(1)
        ->set_dim_param("n");
    no_size.node("Relu", {"x"}, "y");
    EXPECT_THAT(no_size.outcome(), HasSubstr("input 'x'"));
    Model old;
    old.proto().mutable_opset_import(0)->set_version(6);
    old.node("Relu", {"x"}, "y");
    EXPECT_THAT(old.outcome(), HasSubstr("operator set 6"));
}

} // namespace
} // namespace gw::import
