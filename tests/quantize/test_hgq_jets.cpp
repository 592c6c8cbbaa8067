// Three jet classifiers trained with HGQ2 (shared data, not part of the project): the kernels and the ranges of their
// inputs that stand beside the files, and exact numerics against binary64.
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "emulate/emulator.hpp"
#include "floating/evaluate.hpp"
#include "quantize/load.hpp"
#include "support/rng.hpp"

namespace gw::quantize {
namespace {

const std::filesystem::path folder = std::filesystem::path(GW_SHARED_DIR) / "data/hgq-jets";

class HgqJets : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(model()))
            GTEST_SKIP() << folder << " is absent";
    }
    static std::filesystem::path model() { return folder / fmt::format("hgq-jets-{}.keras", GetParam()); }
};

/// A kernel as text: rows, columns, the rows, then lowest value, highest value and step of each input.
struct Extracted {
    std::size_t rows = 0, columns = 0;
    std::vector<double> kernel, inputs;

    explicit Extracted(const std::filesystem::path& path) {
        std::ifstream file(path);
        file >> rows >> columns;
        kernel.resize(rows * columns);
        inputs.resize(rows * 3);
        for (auto* numbers : {&kernel, &inputs})
            for (double& number : *numbers)
                file >> number;
        EXPECT_TRUE(file.good()) << path;
    }
};

TEST_P(HgqJets, HaveTheExtractedKernels) {
    const import::Graph graph = import_model(model(), std::nullopt);
    std::size_t found = 0;
    for (const import::Layer& layer : graph.layers) {
        const auto* einsum = std::get_if<import::Einsum>(&layer.body);
        if (einsum == nullptr)
            continue;
        const Extracted own(folder / fmt::format("kernel-{}-layer{}.txt", GetParam(), found++));
        ASSERT_EQ(einsum->weights->values.size(), own.kernel.size()) << layer.name;
        EXPECT_EQ(einsum->weights->values, own.kernel) << layer.name;
        const auto* quantise = std::get_if<import::Quantise>(&graph.layer(layer.inputs.at(0)).body);
        ASSERT_NE(quantise, nullptr) << layer.name;
        for (std::size_t i = 0; i < own.rows; ++i) {
            const fixed::FixedType& type = quantise->types[i % quantise->types.size()];
            EXPECT_EQ(fixed::to_double(type.lowest(), type.fraction), own.inputs[3 * i]) << layer.name << " " << i;
            EXPECT_EQ(fixed::to_double(type.highest(), type.fraction), own.inputs[3 * i + 1]) << layer.name << " " << i;
            const double step = type.width == 0 ? 1.0 : std::ldexp(1.0, -type.fraction);
            EXPECT_EQ(step, own.inputs[3 * i + 2]) << layer.name << " " << i;
        }
    }
    EXPECT_EQ(found, 4U);
}

TEST_P(HgqJets, AreExact) {
    const import::Graph graph = import_model(model(), std::nullopt);
    const network::Network network = quantize(graph, {}).network;
    constexpr std::size_t events = 200;
    support::Random random(7);
    std::vector<double> inputs(events * network.input_size()), outputs(events * network.output_size());
    for (double& input : inputs)
        input = std::ldexp(static_cast<double>(random.below(1U << 13)), -8) -
                16; // some beyond every range, so that it wraps
    emulate::Emulator(network, {1}).predict(inputs, outputs);
    for (std::size_t event = 0; event < events; ++event) {
        const auto expected =
            floating::evaluate(graph, std::span(inputs).subspan(event * network.input_size(), network.input_size()));
        const auto begin = outputs.begin() + static_cast<std::ptrdiff_t>(event * network.output_size());
        const std::vector<double> own(begin, begin + static_cast<std::ptrdiff_t>(network.output_size()));
        EXPECT_EQ(own, expected) << "event " << event;
    }
}

INSTANTIATE_TEST_SUITE_P(Files, HgqJets, testing::Values("ebops1572", "ebops2571", "ebops13285"));

} // namespace
} // namespace gw::quantize
