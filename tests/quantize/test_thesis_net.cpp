// The muon network of a thesis, deployed with hls4ml in 2020 (shared data, not part of the project): its integers and
// its outputs.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "emulate/reference.hpp"
#include "quantize/load.hpp"

namespace gw::quantize {
namespace {

const std::filesystem::path folder = std::filesystem::path(GW_SHARED_DIR) / "data/thesis-net";

class ThesisNet : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(folder / "vectors.csv"))
            GTEST_SKIP() << folder << " is absent";
    }
    static network::Network load(const char* file) {
        Options options;
        options.numerics = Numerics::hls4ml;
        options.config = import::read_hls4ml_config(folder / "hls4ml.yml");
        return load_network(folder / file, options).network;
    }
};

void expect_constant(const nlohmann::json& expected, const network::Constant& constant, const std::string& what) {
    EXPECT_EQ(expected["fraction_bits"].get<int>(), constant.type.fraction) << what;
    EXPECT_EQ(expected["raw"].get<std::vector<std::int64_t>>(), constant.raw) << what;
    EXPECT_EQ("fixed" + expected["type"].get<std::string>(), fixed::to_string(constant.type)) << what;
}

TEST_P(ThesisNet, HasTheDeployedIntegers) {
    const network::Network network = load(GetParam());
    std::ifstream file(folder / "network.json");
    const auto layers = nlohmann::json::parse(file)["layers"];
    ASSERT_EQ(network.ops.size(), 3 * layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto& dense = std::get<network::Dense>(network.ops[3 * i].body);
        const auto& norm = std::get<network::Affine>(network.ops[3 * i + 1].body);
        expect_constant(layers[i]["weight"], dense.weights, "weight");
        expect_constant(layers[i]["bias"], *dense.bias, "bias");
        expect_constant(layers[i]["scale"], *norm.scale, "scale");
        expect_constant(layers[i]["scale_bias"], *norm.bias, "scale_bias");
    }
}

TEST_P(ThesisNet, GivesAllDeployedOutputs) {
    const network::Network network = load(GetParam());
    ASSERT_EQ(network.input_size(), 27U);
    ASSERT_EQ(network.output_size(), 1U);
    std::ifstream file(folder / "vectors.csv");
    std::size_t vectors = 0, mismatches = 0;
    for (std::string line; std::getline(file, line); ++vectors) {
        std::vector<std::int64_t> numbers;
        std::istringstream row(line);
        for (std::string cell; std::getline(row, cell, ',');)
            numbers.push_back(std::stoll(cell));
        ASSERT_EQ(numbers.size(), 28U) << "row " << vectors;
        const auto output = emulate::evaluate(network, std::span(numbers).first(27));
        mismatches += output.front() != numbers.back() ? 1 : 0;
    }
    EXPECT_EQ(vectors, 7124U);
    EXPECT_EQ(mismatches, 0U);
    std::printf("%s: %zu mismatches in %zu vectors\n", GetParam(), mismatches, vectors);
}

INSTANTIATE_TEST_SUITE_P(Files, ThesisNet, testing::Values("muon_pt.keras", "muon_pt.h5", "muon_pt.json"));

} // namespace
} // namespace gw::quantize
