// QKeras's quantisers as functions of constants. The values expected are QKeras 0.9.0's own, in binary32; its
// straight-through sums (x + (q - x)) leave them a rounding off where a scale is no power of two.
#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/qkeras_quantizer.hpp"
#include "support/error.hpp"

namespace gw::import {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;

/// A layer without configuration, for a quantiser to be read by.
class Quantisers : public testing::Test {
  protected:
    std::optional<QkerasQuantizer> read(const Json& value) { return read_qkeras_quantizer(layer_, "kernel", value); }
    std::vector<double> of(const Json& value, const Shape& shape, const std::vector<double>& constants) {
        const auto quantiser = read(value);
        return quantiser ? quantiser->apply({shape, constants, {}, {}}).values : std::vector<double>{};
    }
    std::string problems() {
        try {
            problems_.throw_if_any();
        } catch (const support::Error& error) {
            return error.what();
        }
        return "";
    }

  private:
    Graph graph_;
    Problems problems_{"m.json"};
    KerasModel model_{graph_, problems_, 2};
    Json empty_ = Json::object();
    Attributes config_{empty_, "QDense layer 'q'", problems_};
    Hdf5 file_ = Hdf5::open(std::filesystem::path(GW_SOURCE_DIR) / "tests/fixtures/models/keras2_old.h5");
    KerasLayer layer_{model_, "QDense", "q", config_, KerasWeights(file_), {}};
};

const Shape matrix{4, 2};
const std::vector<double> weights{0.5, -0.3, 0.9, 0.1, -0.2, 0.7, 0.35, -0.65};

TEST_F(Quantisers, PowersOfTwoAsScalesAreExact) {
    EXPECT_EQ(of("quantized_bits(4,0,1,alpha='auto_po2')", matrix, weights),
              (std::vector<double>{0.5, -0.25, 0.875, 0.125, -0.25, 0.75, 0.375, -0.625}));
    EXPECT_EQ(of("quantized_bits(3,1,1,alpha='auto_po2')", matrix, weights),
              (std::vector<double>{0.5, -0.25, 0.75, 0, -0.25, 0.75, 0.25, -0.75}));
    EXPECT_EQ(of("binary(alpha='auto_po2')", matrix, weights),
              (std::vector<double>{0.5, -0.5, 0.5, 0.5, -0.5, 0.5, 0.5, -0.5}));
    const std::vector<double> zeros_between{0.5, -0.5, 0.5, 0, 0, 0.5, 0.5, -0.5};
    EXPECT_EQ(of("ternary(alpha='auto_po2')", matrix, weights), zeros_between);
    EXPECT_EQ(of("stochastic_ternary(alpha='auto_po2')", matrix, weights), zeros_between);
    EXPECT_EQ(of("quantized_bits(4,0,1,alpha='auto_po2')", {3}, {0.5, -0.3, 0.9}),
              (std::vector<double>{0.5, -0.25, 0.875}));
}

TEST_F(Quantisers, OtherScalesBecomeUnitsOfTheChannels) {
    const auto made = read("quantized_bits(4,0,1,alpha='auto')")->apply({matrix, weights, {}, {}});
    EXPECT_THAT(made.values, Pointwise(DoubleNear(1e-7), {0.514285683631897, -0.30000001192092896, 0.8999999761581421,
                                                          0.10000000149011612, -0.2571428418159485, 0.699999988079071,
                                                          0.38571426272392273, -0.6000000238418579}));
    ASSERT_EQ(made.units.size(), 2U);
    for (std::size_t k = 0; k < weights.size(); ++k) {
        const double steps = made.values[k] / made.units[k % 2];
        EXPECT_NEAR(steps, std::nearbyint(steps), 1e-12);
    }
    EXPECT_THAT(of("binary(alpha='auto')", matrix, weights),
                Pointwise(DoubleNear(1e-7),
                          {0.4874999523162842, -0.4374999403953552, 0.4874999523162842, 0.4374999403953552,
                           -0.4874999523162842, 0.4374999403953552, 0.4874999523162842, -0.4374999403953552}));
    EXPECT_THAT(of("ternary(alpha='auto')", matrix, weights),
                Pointwise(DoubleNear(1e-7), {0.5833332538604736, -0.5499998927116394, 0.5833332538604736, 0.0, 0.0,
                                             0.5499998927116394, 0.5833332538604736, -0.5499998927116394}));
}

TEST_F(Quantisers, StaircasesJumpWhereQkerasDoes) {
    const std::vector<double> x{-100,   -4,   -3,    -1.5, -1,   -0.75, -0.5, -0.375, -0.0625, 0,
                                0.0625, 0.25, 0.375, 0.5,  0.75, 1,     1.5,  3,      4,       100};
    const auto expect = [&](const char* text, const std::vector<double>& y) {
        EXPECT_EQ(of(text, {20}, x), y) << text;
    };
    expect("quantized_po2(4,4)",
           {-4, -4, -4, -2, -1, -1, -0.5, -0.5, -0.0625, 0.0625, 0.0625, 0.25, 0.5, 0.5, 1, 1, 2, 4, 4, 4});
    expect("quantized_po2(4,2,quadratic_approximation=True)",
           {-1, -1, -1, -1, -1, -1, -1, -0.25, -0.0625, 0.0625, 0.0625, 0.25, 0.25, 1, 1, 1, 1, 1, 1, 1});
    expect("quantized_relu_po2(3,4,0.25)",
           {-4, -1, -1, -0.5, -0.25, -0.25, -0.125, -0.125, -0.0625, 0.0625, 0.0625, 0.25, 0.5, 0.5, 1, 1, 2, 4, 4, 4});
    expect("quantized_relu(4,1,1)",
           {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.25, 0.5, 0.5, 0.75, 1, 1.5, 1.875, 1.875, 1.875});
    expect("quantized_relu(4,1,1,0.25)",
           {-0.5, -0.5, -0.5, -0.5, -0.5, 0, 0, 0, 0, 0, 0, 0, 0.5, 0.5, 1, 1, 1.5, 1.75, 1.75, 1.75});
    expect("quantized_hswish(6,2,alpha=1)", {0, 0,     0,    -0.375, -0.375, -0.25, -0.25, -0.125, 0,     0,
                                             0, 0.125, 0.25, 0.25,   0.5,    0.625, 1.125, 3,      3.875, 3.875});
    expect("quantized_bits(1,0,alpha=1)", {-1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
    EXPECT_THAT(of("quantized_ulaw(4,0,1)", {3}, {-0.0625, 0.25, 0.375}),
                Pointwise(DoubleNear(1e-7), {0.0, 0.7521010041236877, 0.875}));
}

TEST_F(Quantisers, WhatIsNotUnderstoodIsNamed) {
    EXPECT_FALSE(read("quantized_bits(4,0,alpha='auto_po3')"));
    EXPECT_FALSE(read("quantized_ulaw(4,0,0,-3)"));
    EXPECT_FALSE(read({{"class_name", "quantized_bits"}, {"config", {{"bits", 2.5}}}}));
    EXPECT_FALSE(read("bernoulli()"));
    read("quantized_po2(4,-2)");
    const std::string all = problems();
    for (const char* part : {"max_value -2", "auto_po3", "u -3", "bits 2.5", "bernoulli", "kernel", "QDense layer 'q'"})
        EXPECT_THAT(all, HasSubstr(part));
}

} // namespace
} // namespace gw::import
