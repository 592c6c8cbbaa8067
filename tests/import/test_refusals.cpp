// What Keras models may hold and we do not take: refused all at once, by file, layer and attribute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/keras.hpp"
#include "support/error.hpp"

namespace gw::import {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string outcome(const std::string& json) {
    static const Hdf5 weights = Hdf5::open(GW_SOURCE_DIR "/tests/fixtures/models/keras_split.weights.h5");
    try {
        read_keras(json, weights, "dir/m.json");
    } catch (const support::Error& error) {
        EXPECT_NE(error.kind(), support::ErrorKind::internal) << error.what();
        return error.what();
    }
    return "accepted";
}

std::string sequential(const std::string& layers) {
    return R"({"class_name": "Sequential", "config": {"name": "m", "layers": [)" + layers + "]}}";
}
std::string input(const std::string& shape) {
    return R"({"class_name": "InputLayer", "config": {"name": "x", "batch_shape": )" + shape + "}}";
}

TEST(Refusals, EverythingInASequentialModelAtOnce) {
    EXPECT_THAT(outcome(sequential(input("[null, 8, 8, 3]") + R"(,
        {"class_name": "Conv2D", "config": {"name": "c", "filters": 2, "kernel_size": [3, 3], "wobble": 1,
                                            "padding": "reflect", "dtype": "bfloat16"}},
        {"class_name": "Conv3D", "config": {"name": "deep"}},
        {"class_name": "StringLookup", "config": {"name": "words"}},
        {"module": "my_package.layers", "class_name": "Own", "config": {"name": "own"}})")),
                AllOf(HasSubstr("dir/m.json"), HasSubstr("Conv2D layer 'c': 'wobble'"),
                      HasSubstr("Conv2D layer 'c': 'padding' is 'reflect'"), HasSubstr("'dtype' is \"bfloat16\""),
                      HasSubstr("Conv3D layer 'deep': layers of class Conv3D are not understood: it has three spatial"),
                      HasSubstr("StringLookup layer 'words'"), HasSubstr("turn them into numbers before"),
                      HasSubstr("my_package.Own layer 'own'")));
}

TEST(Refusals, ShapesThatAreNotKnownAndRanksThatDoNotFit) {
    EXPECT_THAT(outcome(sequential(input("[null, null, 3]") + R"(,
        {"class_name": "Flatten", "config": {"name": "f"}})")),
                AllOf(HasSubstr("InputLayer layer 'x'"), HasSubstr("[null,null,3] is no shape")));
    EXPECT_THAT(outcome(sequential(input("[null, 5]") + R"(,
        {"class_name": "Conv2D", "config": {"name": "c", "filters": 2, "kernel_size": [3, 3]}})")),
                HasSubstr("Conv2D layer 'c': its input has shape [5], 3 axes are expected"));
    EXPECT_THAT(outcome(sequential(input("[null, 1000000, 1000000]") + R"(,
        {"class_name": "Flatten", "config": {"name": "f"}})")),
                HasSubstr("more than 2^24 elements"));
    EXPECT_THAT(outcome(sequential(input("[null, 1000]") + R"(,
        {"class_name": "RepeatVector", "config": {"name": "r", "n": 1000000}})")),
                AllOf(HasSubstr("RepeatVector layer 'r'"), HasSubstr("more than 2^24 elements")));
    EXPECT_THAT(outcome(sequential(input("[null, 4, 4, 1]") + R"(,
        {"class_name": "MaxPooling2D", "config": {"name": "p", "pool_size": [1000000, 1000000], "padding": "same"}})")),
                HasSubstr("MaxPooling2D layer 'p'"));
    EXPECT_THAT(outcome(sequential(input("[null, 8]") + R"(,
        {"class_name": "Reshape", "config": {"name": "r", "target_shape": [16777216, 16777216, 16777216, -1]}})")),
                HasSubstr("Reshape layer 'r': 'target_shape'"));
}

/// `node` in the form of Keras 2 and of Keras 3.
std::string functional(const std::string& dense_node, const std::string& outputs, const std::string& more = "") {
    return R"({"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [null, 5]}, "inbound_nodes": []},
        {"class_name": "Activation", "name": "a", "config": {"name": "a", "activation": "sparsemax"},
         "inbound_nodes": [)" +
           dense_node + "]}" + more + R"(], "input_layers": [["x", 0, 0]], "output_layers": )" + outputs + "}}";
}
const char* const old_node = R"([["x", 0, 0, {}]])";
const char* const new_node =
    R"({"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}], "kwargs": {}})";

TEST(Refusals, TensorsThatNothingMakes) {
    for (const char* ghost : {R"([["ghost", 0, 0, {}]])", R"({"args": [["ghost", 0, 0]], "kwargs": {}})"})
        EXPECT_THAT(outcome(functional(ghost, R"([["a", 0, 0]])")),
                    HasSubstr("Activation layer 'a' reads 'ghost', which nothing makes"));
    for (const char* node : {old_node, new_node})
        EXPECT_THAT(outcome(functional(node, R"([["a", 0, 0], ["nobody", 0, 0]])")),
                    AllOf(HasSubstr("the output 'nobody' is no layer of the model"),
                          HasSubstr("\"sparsemax\", which is not understood: it sorts"),
                          Not(HasSubstr("the output 'a'"))));
    EXPECT_THAT(outcome(functional(R"({"args": [["x", 0, 0]], "kwargs": {"mask": 3}, "odd": 1})", R"([["a", 0, 0]])")),
                AllOf(HasSubstr("call arguments {\"mask\":3}"), HasSubstr("'odd'")));
}

TEST(Refusals, LayersBehindOnesThatCouldNotBeReadAndInsideModels) {
    const std::string inner = R"({"name": "n", "layers": [
        {"class_name": "InputLayer", "config": {"name": "ix", "batch_shape": [null, 5]}},
        {"class_name": "Lambda", "config": {"name": "code"}}, {"class_name": "Hashing", "config": {"name": "h"}}]})";
    EXPECT_THAT(outcome(functional(old_node, R"([["n", 0, 0]])",
                                   R"(,
        {"class_name": "Masking", "name": "behind", "config": {"name": "behind"}, "inbound_nodes": [[["a", 0, 0, {}]]]},
        {"class_name": "Sequential", "name": "n", "config": )" +
                                       inner + R"(, "inbound_nodes": [[["x", 0, 0, {}]]]})")),
                AllOf(HasSubstr("sparsemax"), HasSubstr("Masking layer 'behind'"),
                      HasSubstr("events of varying length"), HasSubstr("Lambda layer 'n/code'"),
                      HasSubstr("Hashing layer 'n/h'")));
}

TEST(Refusals, OtherTypesThanExpected) {
    EXPECT_THAT(outcome(sequential(input("[null, 5]") + R"(,
        {"class_name": "Dense", "config": {"name": "d", "units": "many", "use_bias": 1,
                                           "activation": {"class_name": 7, "config": []}}})")),
                AllOf(HasSubstr("'units' is \"many\""), HasSubstr("'use_bias' is 1")));
    EXPECT_THAT(outcome(sequential(input("[null, 4, 5]") + R"(,
        {"class_name": "Bidirectional", "config": {"name": "b", "layer": {"class_name": 7, "config": 3}}})")),
                HasSubstr("Bidirectional layer 'b'"));
    EXPECT_THAT(outcome(sequential(input("[null, 4, 5]") + R"(,
        {"class_name": "TimeDistributed", "config": {"name": "t", "layer": {"class_name": ["x"]}}})")),
                HasSubstr("TimeDistributed layer 't'"));
    EXPECT_THAT(outcome("[" + std::string(1000, '[') + std::string(1000, ']') + "]"), HasSubstr("nested too deeply"));
    EXPECT_THAT(outcome(sequential("3, null, {}")), HasSubstr("a layer is expected, not 3"));
}

} // namespace
} // namespace gw::import
