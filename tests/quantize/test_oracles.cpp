// What the models' own frameworks compute (tests/fixtures/make_models.py): qonnx and hls4ml to the bit, Keras and onnx
// nearly.
#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "quantize/load.hpp"

namespace gw::quantize {
namespace {

class Qonnx : public testing::TestWithParam<const char*> {};

TEST_P(Qonnx, EveryOutputIsThatOfQonnx) {
    const std::string name = GetParam();
    const Quantised quantised = load_network(fixture(name + ".onnx"), {});
    const Comparison result = compare(quantised.network, name);
    EXPECT_EQ(result.different, 0U);
    EXPECT_TRUE(quantised.notes.empty()) << quantised.notes.front();
    std::printf("%s: %zu mismatches in %zu values\n", name.c_str(), result.different, result.values);
}

INSTANTIATE_TEST_SUITE_P(Files, Qonnx,
                         testing::Values("qonnx_trained", "qonnx_rounding0", "qonnx_rounding1", "qonnx_rounding2",
                                         "qonnx_rounding3", "qonnx_rounding4", "qonnx_rounding5"));

class Float : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Float, FewBitsAwayFromTheFramework) {
    const auto [file, name] = GetParam();
    const Quantised quantised = load_network(fixture(file), {});
    const Comparison result = compare(quantised.network, name);
    // 12 fraction bits in weights, 10 in activations, inputs up to 10: a few thousandths a layer.
    EXPECT_LT(result.largest, 0.02);
    EXPECT_FALSE(quantised.notes.empty());
    std::printf("%s: largest difference %g in %zu values\n", file, result.largest, result.values);
}

INSTANTIATE_TEST_SUITE_P(
    Files, Float,
    testing::Values(std::pair("onnx_float.onnx", "onnx_float"), std::pair("keras_chain.keras", "keras_chain"),
                    std::pair("keras_chain.h5", "keras_chain"), std::pair("keras_forked.keras", "keras_forked"),
                    std::pair("keras_forked.h5", "keras_forked"), std::pair("keras_split.json", "keras_forked"),
                    std::pair("keras2_old.h5", "keras2_old")));

TEST(Hls4ml, EveryOutputIsThatOfItsSimulation) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(fixture("")))
        if (entry.path().extension() == ".yml")
            names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    ASSERT_FALSE(names.empty());
    std::size_t values = 0, different = 0;
    for (const std::string& name : names) {
        Options options;
        options.numerics = Numerics::hls4ml;
        options.config = import::read_hls4ml_config(fixture(name + ".yml"));
        const Comparison result = compare(load_network(fixture(name + ".keras"), options).network, name);
        EXPECT_EQ(result.different, 0U) << name << " of " << result.values;
        values += result.values;
        different += result.different;
    }
    std::printf("%zu models of hls4ml: %zu mismatches in %zu values\n", names.size(), different, values);
}

} // namespace
} // namespace gw::quantize
