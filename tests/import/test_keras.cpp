// What is read from Keras files, and what is refused: all of a file at once, by name.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "import/keras.hpp"
#include "support/error.hpp"

namespace gw::import {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(GW_SOURCE_DIR) / "tests/fixtures/models" / name;
}

TEST(Keras, ThreeFormsGiveOneGraph) {
    const Graph archive = read_keras_archive(fixture("keras_forked.keras"));
    const Graph legacy = read_keras_hdf5(fixture("keras_forked.h5"));
    const Graph split = read_keras_json(fixture("keras_split.json"), std::nullopt);
    for (const Graph* other : {&legacy, &split}) {
        ASSERT_EQ(archive.layers.size(), other->layers.size());
        for (std::size_t i = 0; i < archive.layers.size(); ++i) {
            EXPECT_EQ(archive.layers[i].name, other->layers[i].name);
            EXPECT_EQ(archive.layers[i].shape, other->layers[i].shape);
            if (const auto* dense = std::get_if<Dense>(&archive.layers[i].body)) {
                EXPECT_EQ(dense->weights.values, std::get<Dense>(other->layers[i].body).weights.values);
            }
        }
        EXPECT_EQ(archive.outputs, other->outputs);
    }
    EXPECT_EQ(archive.outputs.size(), 2U);
}

/// One dense layer of 2 by 3 without weights: what is wrong with its configuration shows first.
json dense_model() {
    return json::parse(R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 5], "dtype": "float32"}},
        {"class_name": "Dense", "config": {"name": "trunk", "units": 6, "activation": "relu", "use_bias": true}}]}})");
}

std::string outcome(const json& model) {
    const Hdf5 weights = Hdf5::open(fixture("keras2_old.h5"));
    try {
        read_keras(model.dump(), weights, "m.json");
    } catch (const support::Error& error) {
        EXPECT_NE(error.kind(), support::ErrorKind::internal) << error.what();
        return error.what();
    }
    return "accepted";
}

json& layer_config(json& model, int layer) {
    return model["config"]["layers"][layer]["config"];
}

TEST(Keras, ASmallModelIsAccepted) {
    EXPECT_EQ(outcome(dense_model()), "accepted");
}

TEST(Keras, EveryUnknownOfAFileIsNamedAtOnce) {
    json model = dense_model();
    layer_config(model, 1)["bits"] = 4;
    layer_config(model, 1)["activation"] = "sparsemax";
    model["config"]["layers"].push_back({{"class_name", "Conv3D"}, {"config", {{"name", "conv"}}}});
    model["config"]["surprise"] = true;
    EXPECT_THAT(outcome(model), AllOf(HasSubstr("m.json"), HasSubstr("'bits'"), HasSubstr("sparsemax"),
                                      HasSubstr("Conv3D"), HasSubstr("surprise"), HasSubstr("'trunk'")));
}

TEST(Keras, LayersOfTrainedHgq1ModelsAreRefusedWithTheRemedy) {
    json model = dense_model();
    model["config"]["layers"][1]["class_name"] = "HGQ>HDense";
    EXPECT_THAT(outcome(model), AllOf(HasSubstr("'trunk'"), HasSubstr("HDense"), HasSubstr("HGQ.to_proxy_model"),
                                      Not(HasSubstr("units"))));
}

TEST(Keras, ValuesOfTheWrongKindAreNamed) {
    const std::pair<const char*, json> cases[] = {
        {"units", "six"}, {"units", -1},           {"units", 1e300},
        {"units", 2.5},   {"use_bias", "yes"},     {"dtype", "float16"},
        {"lora_rank", 4}, {"activation", nullptr}, {"quantization_config", json::object()}};
    for (const auto& [key, value] : cases) {
        json model = dense_model();
        layer_config(model, 1)[key] = value;
        const bool fine = value.is_null(); // no activation is a linear one
        EXPECT_THAT(outcome(model), HasSubstr(fine ? "accepted" : key)) << key << " = " << value;
    }
}

TEST(Keras, ShapesThatDoNotFitAreNamed) {
    json model = dense_model();
    layer_config(model, 0)["batch_shape"] = {nullptr, 4};
    EXPECT_THAT(outcome(model), AllOf(HasSubstr("trunk"), HasSubstr("[5, 6]"), HasSubstr("[4, 6]")));
    layer_config(model, 0)["batch_shape"] = {nullptr, nullptr};
    EXPECT_THAT(outcome(model), HasSubstr("shape"));
    layer_config(model, 0)["batch_shape"] = {nullptr, 5, 5}; // a dense layer acts on the last axis
    EXPECT_THAT(outcome(model), HasSubstr("accepted"));
}

TEST(Keras, BrokenGraphsAreNamed) {
    json model = dense_model();
    model["class_name"] = "Functional";
    auto& layers = model["config"]["layers"];
    layers[0]["inbound_nodes"] = json::array();
    layers[1]["inbound_nodes"] = json::parse(R"([[["nowhere", 0, 0, {}]]])");
    model["config"]["input_layers"] = json::parse(R"([["x", 0, 0]])");
    model["config"]["output_layers"] = json::parse(R"([["gone", 0, 0]])");
    EXPECT_THAT(outcome(model), AllOf(HasSubstr("nowhere"), HasSubstr("gone")));
    layers[1]["inbound_nodes"] = json::parse(R"([[["x", 0, 0, {}], ["x", 0, 0, {}]]])");
    EXPECT_THAT(outcome(model), HasSubstr("gone"));
    layers[1]["inbound_nodes"] = json::parse(R"([[["x", 0, 0, {}]], [["trunk", 0, 0, {}]]])");
    EXPECT_THAT(outcome(model), HasSubstr("[6, 6]")); // the second call of a shared layer does not fit
}

TEST(Keras, PythonsInfinityIsRefusedByItsKey) {
    std::string text = dense_model().dump();
    text.replace(text.find("\"units\":6"), 9, "\"units\":Infinity");
    const Hdf5 weights = Hdf5::open(fixture("keras2_old.h5"));
    try {
        read_keras(text, weights, "m.json");
        FAIL() << "accepted";
    } catch (const support::Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("'units'"), HasSubstr("Infinity")));
    }
}

TEST(Keras, JsonOfAnyOtherFormIsRefused) {
    for (const char* text : {"[]", "3", "null", "{}", R"({"class_name": 3})", R"({"class_name": "Sequential"})",
                             R"({"class_name": "Sequential", "config": []})",
                             R"({"class_name": "Sequential", "config": {"layers": {"a": 1}}})",
                             R"({"class_name": "Functional", "config": {"layers": [3, null, []]}})",
                             R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense"}]}})"})
        EXPECT_THAT(outcome(json::parse(text)), Not(HasSubstr("accepted"))) << text;
}

} // namespace
} // namespace gw::import
