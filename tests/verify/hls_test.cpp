// The HLS project, compiled by g++ against the vendor's headers, gives the reference's bits.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>

#include "emulate/reference.hpp"
#include "support/need.hpp"
#include "support/parallel.hpp"
#include "support/random_network.hpp"
#include "support/rng.hpp"
#include "verify/hls.hpp"
#include "verify/vectors.hpp"

namespace gw::verify {
namespace {

using fixed::ap_fixed;
using fixed::ap_ufixed;
using fixed::Overflow;
using fixed::Rounding;
using network::Network;

std::vector<std::int64_t> vectors(const Network& network, std::uint64_t seed, std::size_t count) {
    ElementTypes types;
    const network::Tensor& in = network.tensor(network.inputs.front());
    for (std::size_t i = 0; i < in.size(); ++i)
        types.push_back(in.type(i));
    std::vector<std::int64_t> inputs = corner_vectors(types);
    support::Random random(seed);
    std::vector<std::int64_t> event(types.size());
    for (std::size_t i = 0; i < count; ++i) {
        random_vector(types, random, event);
        inputs.insert(inputs.end(), event.begin(), event.end());
    }
    return inputs;
}

HlsResult compare(const Network& network, const std::filesystem::path& ap_types, std::uint64_t seed,
                  std::size_t count) {
    const std::vector<std::int64_t> inputs = vectors(network, seed, count);
    const std::size_t width = network.input_size();
    std::vector<std::int64_t> expected;
    for (std::size_t at = 0; at < inputs.size(); at += width) {
        const auto outputs = emulate::evaluate(network, std::span(inputs).subspan(at, width));
        expected.insert(expected.end(), outputs.begin(), outputs.end());
    }
    return verify_hls(hls::emit(network, plan::Plan{}, "net"), "net", inputs, width, expected, network.output_size(),
                      {ap_types, "-O0"});
}

/// Dense with every kind of accumulator, affine, relu with a ceiling, and element types of every kind.
Network mixed_network() {
    Network network;
    network.name = "mixed";
    const auto x = network.add({"x", {3}, {ap_fixed(8, 4), ap_ufixed(5, 2), {0, 0, true, {}, {}}}});
    const auto a =
        network.add({"a", {2}, {ap_fixed(12, 7, Rounding::rnd, Overflow::sat), ap_fixed(7, 3, Rounding::rnd_conv)}});
    const auto b = network.add({"b", {2}, {ap_ufixed(9, 6, Rounding::rnd_inf, Overflow::sat_zero)}});
    const auto c = network.add({"c", {2}, {ap_fixed(10, 5, Rounding::trn_zero, Overflow::sat_sym)}});
    const auto y = network.add({"y", {1}, {ap_fixed(8, 6, Rounding::rnd_min_inf, Overflow::wrap)}});
    network.inputs = {x};
    network.outputs = {y};
    network::Dense first{
        x, a, {{3, 2}, ap_fixed(5, 2), {7, -16, 3, 5, 1, 1}}, network::Constant{{2}, ap_fixed(4, 2), {-3, 2}}, {}};
    network::Dense last{c,
                        y,
                        {{2, 1}, ap_fixed(6, 3), {-29, 17}},
                        {},
                        {ap_fixed(9, 6, Rounding::rnd, Overflow::sat), network::Accumulator::Products::converted}};
    network.ops = {{"int", first},
                   {"relu", network::Relu{a, b, network::Constant{{1}, ap_fixed(6, 5), {21}}}},
                   {"relu-1", network::Affine{b, c, network::Constant{{2}, ap_fixed(5, 3), {-7, 11}},
                                              network::Constant{{1}, ap_fixed(5, 3), {5}}}},
                   {"relu_1", last}};
    return network;
}

class Hls : public testing::Test {
  protected:
    void SetUp() override {
        ap_types_ = find_ap_types();
        GW_NEED(ap_types_.has_value(), "no ap_fixed.h: run scripts/bootstrap, or set GW_AP_TYPES");
    }
    std::optional<std::filesystem::path> ap_types_;
};

TEST_F(Hls, EveryOpAndElementTypeGivesTheReferencesBits) {
    const HlsResult result = compare(mixed_network(), *ap_types_, 7, 2000);
    EXPECT_EQ(result.mismatches, 0U) << result.first_mismatches;
    EXPECT_GT(result.vectors, 2000U);
    std::cout << result.mismatches << " mismatches in " << result.vectors << " vectors\n";
}

TEST_F(Hls, AWrongBitIsSeen) {
    const Network network = mixed_network();
    const auto inputs = vectors(network, 3, 10);
    const std::size_t events = inputs.size() / network.input_size();
    std::vector<std::int64_t> expected;
    for (std::size_t event = 0; event < events; ++event)
        expected.push_back(emulate::evaluate(network, std::span(inputs).subspan(event * 3, 3)).front());
    expected[4] ^= 1;
    const HlsResult result =
        verify_hls(hls::emit(network, plan::Plan{}, "net"), "net", inputs, 3, expected, 1, {*ap_types_, "-O0"});
    EXPECT_EQ(result.mismatches, 1U);
    EXPECT_NE(result.first_mismatches.find("event 4"), std::string::npos) << result.first_mismatches;
}

/// 200 with GW_LONG=1: each costs some seconds of g++.
TEST_F(Hls, RandomNetworksGiveTheReferencesBits) {
    const std::uint64_t networks = std::getenv("GW_LONG") != nullptr ? 200 : 16;
    std::atomic<std::uint64_t> vectors = 0, mismatches = 0;
    support::parallel_for(networks, 1, 0, [&](std::size_t begin, std::size_t) {
        const std::uint64_t seed = 1000 + begin;
        support::Random random(seed);
        const HlsResult result = compare(test::random_network(random), *ap_types_, seed, 300);
        vectors += result.vectors;
        mismatches += result.mismatches;
        EXPECT_EQ(result.mismatches, 0U) << "seed " << seed << ": " << result.first_mismatches;
    });
    std::cout << mismatches << " mismatches in " << vectors << " vectors of " << networks << " networks\n";
}

} // namespace
} // namespace gw::verify
