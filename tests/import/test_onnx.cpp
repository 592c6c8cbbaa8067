// ONNX files made here, node by node: what is refused, and how the refusal reads.
#include <cmath>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "import/onnx.hpp"
#include "import/onnx_registry.hpp"
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
    /// The input x has this shape, its first size open.
    explicit Model(const std::vector<int>& shape) : Model() {
        graph().clear_input();
        add_value(graph().add_input(), "x", shape);
        graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_param(
            "N");
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
    Graph read() const { return parse_onnx(model_.SerializeAsString(), "m.onnx"); }
    std::string outcome() const {
        try {
            read();
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
    EXPECT_THAT(wrong_shape.outcome(), AllOf(HasSubstr("y_node"), HasSubstr("[2, 3]"), HasSubstr("[events, 3]")));
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

TEST(Onnx, QuantisersThatMeanNothingAreNamed) {
    const auto quantised = [](float scale, float zero, float bits) {
        Model model;
        model.quant("x", "y", scale, zero, bits);
        return model.outcome();
    };
    EXPECT_EQ(quantised(0.25F, 0, 8), "accepted");
    EXPECT_EQ(quantised(0.3F, 3, 8), "accepted");
    EXPECT_EQ(quantised(0.25F, 0, 1), "accepted");
    EXPECT_THAT(quantised(-0.5F, 0, 8), HasSubstr("not positive"));
    EXPECT_THAT(quantised(0, 0, 8), HasSubstr("not positive"));
    EXPECT_THAT(quantised(0.25F, 0.5F, 8), HasSubstr("zero point"));
    EXPECT_THAT(quantised(0.25F, 0, 7.5F), HasSubstr("bit width"));
    EXPECT_THAT(quantised(0.25F, 0, 0), HasSubstr("bit width"));
}

/// The quantisers of a graph, in order.
std::vector<const Quantise*> quantisers(const Graph& graph) {
    std::vector<const Quantise*> found;
    for (const Layer& layer : graph.layers)
        if (const auto* quantise = std::get_if<Quantise>(&layer.body))
            found.push_back(quantise);
    return found;
}

TEST(Onnx, APairOfConversionsIsOneQuantiser) {
    Model model;
    model.constant("s", {}, {0.25F});
    model.constant("z", {}, {0}).set_data_type(onnx::TensorProto::INT8);
    auto& zero = *model.graph().mutable_initializer(1);
    zero.clear_float_data();
    zero.add_int32_data(0);
    model.node("QuantizeLinear", {"x", "s", "z"}, "q");
    model.node("DequantizeLinear", {"q", "s", "z"}, "y");
    const Graph graph = parse_onnx(model.proto().SerializeAsString(), "m.onnx");
    const auto found = quantisers(graph);
    ASSERT_EQ(found.size(), 1U); // the integers between, which nothing reads, are gone
    EXPECT_FALSE(found.front()->codes);
    EXPECT_FALSE(found.front()->scale);
    EXPECT_EQ(found.front()->types,
              std::vector{fixed::ap_fixed(8, 6, fixed::Rounding::rnd_conv, fixed::Overflow::sat)});
}

TEST(Onnx, WeightsOfAnyScaleFindTheirUnitAgain) {
    Model model;
    model.quant("x", "a", 0.25F, 0, 8);
    model.constant("w0", {3, 2}, {0.31F, -0.58F, 0.9F, 0.3F, 0, 1.2F});
    model.quant("w0", "w", 0.3F, 0, 4);
    model.node("MatMul", {"a", "w"}, "y");
    const Graph graph = parse_onnx(model.proto().SerializeAsString(), "m.onnx");
    const auto& weights = std::get<Dense>(graph.layers.back().body).weights;
    ASSERT_EQ(weights.units.size(), 1U);
    EXPECT_EQ(weights.units.front(), double{0.3F});
    EXPECT_EQ(weights.values,
              (std::vector<double>{0.3F, -2 * double{0.3F}, 3 * double{0.3F}, 0.3F, 0, 4 * double{0.3F}}));
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
    Model events_mixed;
    events_mixed.node("Transpose", {"x"}, "a");
    events_mixed.node("MatMul", {"x", "a"}, "y");
    EXPECT_THAT(events_mixed.outcome(), HasSubstr("several events"));
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

void set_wholes(onnx::NodeProto& node, const std::string& name, const std::vector<int>& values) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INTS);
    for (const int value : values)
        attribute->add_ints(value);
}

void indices(Model& model, const std::string& name, const std::vector<int>& values) {
    auto& tensor = model.constant(name, {static_cast<int>(values.size())}, {});
    tensor.set_data_type(onnx::TensorProto::INT64);
    for (const int value : values)
        tensor.add_int64_data(value);
}

template <typename Body> std::size_t count(const Graph& graph) {
    std::size_t result = 0;
    for (const Layer& layer : graph.layers)
        result += std::holds_alternative<Body>(layer.body) ? 1 : 0;
    return result;
}

const Shape& output_shape(const Graph& graph) {
    return graph.layer(graph.outputs.at(0)).shape;
}

TEST(Onnx, AChainOfConvolutionsIsTurnedAtItsBordersOnly) {
    Model model({1, 2, 6, 6});
    model.constant("w", {4, 2, 3, 3}, std::vector<float>(72, 0.5F));
    model.constant("v", {4, 4, 1, 1}, std::vector<float>(16, 0.5F));
    model.constant("b", {4, 1, 1}, {1, 2, 3, 4});
    model.node("Conv", {"x", "w"}, "a");
    model.node("Relu", {"a"}, "b1");
    set_wholes(model.node("MaxPool", {"b1"}, "c"), "kernel_shape", {2, 2});
    model.node("Add", {"c", "b"}, "d");
    model.node("Conv", {"d", "v"}, "e");
    model.node("Add", {"e", "d"}, "f");
    set_whole(model.node("Concat", {"f", "d"}, "y"), "axis", 1);
    const Graph graph = model.read();
    EXPECT_EQ(count<Rearrange>(graph), 2U);
    EXPECT_EQ(count<Reshape>(graph), 0U);
    EXPECT_EQ(output_shape(graph), (Shape{8, 3, 3}));
    EXPECT_TRUE(std::holds_alternative<Rearrange>(graph.layers.at(1).body));
    EXPECT_TRUE(std::holds_alternative<Rearrange>(graph.layers.back().body));
}

TEST(Onnx, TranspositionsThatCancelLeaveNothing) {
    Model model({1, 2, 3});
    set_wholes(model.node("Transpose", {"x"}, "a"), "perm", {1, 0, 2});
    set_wholes(model.node("Transpose", {"a"}, "b"), "perm", {1, 2, 0});
    model.node("Relu", {"b"}, "c");
    set_wholes(model.node("Transpose", {"c"}, "y"), "perm", {0, 2, 1});
    const Graph graph = model.read();
    EXPECT_EQ(count<Rearrange>(graph), 0U);
    EXPECT_EQ(output_shape(graph), (Shape{2, 3}));
}

TEST(Onnx, ShapesThatTheFileComputesFold) {
    Model model({1, 2, 3});
    indices(model, "first", {0});
    indices(model, "rest", {-1});
    model.node("Shape", {"x"}, "shape");
    model.node("Gather", {"shape", "first"}, "events");
    set_whole(model.node("Concat", {"events", "rest"}, "to"), "axis", 0);
    model.node("Reshape", {"x", "to"}, "y");
    EXPECT_EQ(output_shape(model.read()), Shape{6});
}

TEST(Onnx, EventsAndStepsInOneAxisComeApartAgain) {
    Model model({1, 2, 3});
    model.constant("w", {3, 2}, six);
    indices(model, "rows", {-1, 3});
    indices(model, "back", {-1, 2, 2});
    model.node("Reshape", {"x", "rows"}, "a");
    model.node("MatMul", {"a", "w"}, "b");
    model.node("Reshape", {"b", "back"}, "y");
    const Graph graph = model.read();
    EXPECT_EQ(output_shape(graph), (Shape{2, 2}));
    EXPECT_EQ(count<Dense>(graph), 1U);
    EXPECT_EQ(graph.layers.size(), 2U);
}

TEST(Onnx, WhatWouldMixEventsIsRefused) {
    const auto reshaped = [](const std::vector<int>& to) {
        Model model({1, 2, 3});
        indices(model, "to", to);
        model.node("Reshape", {"x", "to"}, "y");
        return model.outcome();
    };
    EXPECT_EQ(reshaped({0, 6}), "accepted");
    EXPECT_EQ(reshaped({-1, 6}), "accepted");
    EXPECT_THAT(reshaped({2, -1, 3}), AllOf(HasSubstr("[events, 2, 3]"), HasSubstr("event by event")));
    EXPECT_THAT(reshaped({0, 7}), HasSubstr("cannot become [0, 7]"));
    EXPECT_THAT(reshaped({-1, -1}), HasSubstr("cannot become"));
    const auto over_events = [](const std::string& name, int axis) {
        Model model({1, 2, 3});
        set_wholes(model.node(name, {"x"}, "y"), "axes", {axis});
        return model.outcome();
    };
    EXPECT_EQ(over_events("ReduceMean", 1), "accepted");
    EXPECT_THAT(over_events("ReduceMean", 0), HasSubstr("over the events"));
    EXPECT_THAT(over_events("Squeeze", 0), HasSubstr("axis of events"));
    EXPECT_THAT(over_events("ReduceMean", 5), HasSubstr("5 is no axis of 3"));
    Model softmax({1, 2, 3});
    set_whole(softmax.node("Softmax", {"x"}, "y"), "axis", 0);
    EXPECT_THAT(softmax.outcome(), HasSubstr("several events"));
}

TEST(Onnx, RanksAndAttributesThatNoLayerHasAreNamedAtOnce) {
    Model model({1, 2, 6, 6});
    model.constant("w", {4, 2, 3, 3}, std::vector<float>(72, 0.5F));
    model.constant("deep", {4, 2, 3, 3, 3}, std::vector<float>(216, 0.5F));
    model.constant("narrow", {4, 3, 3, 3}, std::vector<float>(108, 0.5F));
    model.node("Conv", {"x", "deep"}, "rank");
    model.node("Conv", {"x", "narrow"}, "channels");
    set_wholes(model.node("Conv", {"x", "w"}, "pads"), "pads", {0, -1, 0, 0});
    set_wholes(model.node("Conv", {"x", "w"}, "strides"), "strides", {1});
    set_wholes(model.node("MaxPool", {"x"}, "large"), "kernel_shape", {9, 9});
    set_wholes(model.node("MaxPool", {"x"}, "indices"), "kernel_shape", {2, 2});
    model.graph().mutable_node(5)->add_output("where");
    set_wholes(model.node("Transpose", {"x"}, "order"), "perm", {0, 1, 1, 2});
    model.node("Add", {"x", "w"}, "broadcast");
    model.node("NonZero", {"x"}, "sizes");
    model.node("LpPool", {"x"}, "root");
    model.node("Relu", {"later"}, "early");
    model.node("Relu", {"x"}, "later");
    model.node("Relu", {"x"}, "y");
    EXPECT_THAT(model.outcome(),
                AllOf(HasSubstr("rank_node"), HasSubstr("[4, 2, 3, 3, 3]"), HasSubstr("channels_node"),
                      HasSubstr("[0, -1, 0, 0]"), HasSubstr("'strides' is [1]"), HasSubstr("a window of 9"),
                      HasSubstr("indices"), HasSubstr("no order of 4 axes"), HasSubstr("broadcast_node"),
                      HasSubstr("depends on the data")));
    EXPECT_THAT(model.outcome(), AllOf(HasSubstr("root of a sum of powers"), HasSubstr("'later', which nothing")));
}

TEST(Onnx, RecurrentLayersThatDifferFromOursAreNamed) {
    Model model({1, 4, 3});
    model.constant("w", {1, 8, 3}, std::vector<float>(24, 0.5F));
    model.constant("r", {1, 8, 2}, std::vector<float>(16, 0.5F));
    set_wholes(model.node("Transpose", {"x"}, "t"), "perm", {1, 0, 2});
    auto& good = model.node("LSTM", {"t", "w", "r"}, "g");
    set_whole(good, "hidden_size", 2);
    model.node("Identity", {"g"}, "y");
    EXPECT_EQ(model.outcome(), "accepted");
    EXPECT_EQ(output_shape(model.read()), (Shape{4, 1, 2}));
    auto& bad = model.node("LSTM", {"t", "w", "r"}, "b");
    set_whole(bad, "hidden_size", 3);
    set_whole(bad, "input_forget", 1);
    EXPECT_THAT(model.outcome(), AllOf(HasSubstr("input_forget"), HasSubstr("[1, 8, 3]"), HasSubstr("[1, 12, 3]")));
    Model straight({1, 4, 3});
    straight.constant("w", {1, 2, 3}, six);
    straight.constant("r", {1, 2, 2}, {1, 2, 3, 4});
    set_whole(straight.node("RNN", {"x", "w", "r"}, "y"), "hidden_size", 2);
    EXPECT_THAT(straight.outcome(), HasSubstr("[time, events, size]"));
}

TEST(Onnx, InputsThatAreNoEventsAreNamed) {
    const auto with_input = [](const std::function<void(onnx::ValueInfoProto&)>& change) {
        Model model;
        change(*model.graph().mutable_input(0));
        model.node("Relu", {"x"}, "y");
        return model.outcome();
    };
    const auto dims = [](onnx::ValueInfoProto& input) { return input.mutable_type()->mutable_tensor_type(); };
    EXPECT_THAT(with_input([&](auto& x) { dims(x)->clear_shape(); }), HasSubstr("input 'x'"));
    EXPECT_THAT(with_input([&](auto& x) { dims(x)->mutable_shape()->mutable_dim(1)->set_dim_value(0); }),
                HasSubstr("known sizes"));
    EXPECT_THAT(with_input([&](auto& x) { dims(x)->mutable_shape()->mutable_dim()->RemoveLast(); }),
                HasSubstr("known sizes"));
    EXPECT_THAT(with_input([&](auto& x) { dims(x)->set_elem_type(onnx::TensorProto::STRING); }),
                HasSubstr("element type"));
    EXPECT_THAT(with_input([&](auto& x) { x.mutable_type()->mutable_sequence_type(); }), HasSubstr("input 'x'"));
}

TEST(Onnx, AProductOfTwoConstantsWithAComputedAddendIsRefused) {
    Model model;
    model.constant("a", {1, 3}, {1, 2, 3});
    model.constant("w", {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    model.node("Gemm", {"a", "w", "x"}, "y");
    EXPECT_THAT(model.outcome(), AllOf(HasSubstr("y_node"), HasSubstr("both of its factors are constants")));
}

TEST(Onnx, AFloatingPointFormatBeyondBinary32IsRefused) {
    Model model;
    const std::vector<std::pair<std::string, float>> numbers{
        {"scale", 1e-44F}, {"exponent", 4.0F}, {"mantissa", 3.0F}, {"bias", 7.0F}, {"largest", 480.0F}};
    std::vector<std::string> inputs{"x"};
    for (const auto& [name, value] : numbers) {
        model.constant(name, {}, {value});
        inputs.push_back(name);
    }
    model.node("FloatQuant", inputs, "y").set_domain("qonnx.custom_op.general");
    EXPECT_THAT(model.outcome(), AllOf(HasSubstr("y_node"), HasSubstr("beyond binary32's range")));
}

TEST(Onnx, NoOperatorIsBothReadAndRefused) {
    for (const auto& [name, reason] : onnx_refused_operators()) {
        EXPECT_EQ(onnx_readers().count(name), 0U) << name;
        EXPECT_FALSE(reason.empty()) << name;
    }
}

} // namespace
} // namespace gw::import
