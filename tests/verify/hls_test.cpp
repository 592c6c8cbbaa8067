// The HLS project, compiled by g++ against the vendor's headers, gives the reference's bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <tuple>

#include "emulate/reference.hpp"
#include "network/elements.hpp"
#include "support/need.hpp"
#include "support/parallel.hpp"
#include "support/process.hpp"
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
using test::RandomNetworkOptions;

std::vector<std::int64_t> vectors(const Network& network, std::uint64_t seed, std::size_t count) {
    const ElementTypes types = network::element_types(network, network.inputs);
    std::vector<std::int64_t> inputs = corner_vectors(types);
    support::Random random(seed);
    std::vector<std::int64_t> event(types.size());
    for (std::size_t i = 0; i < count; ++i) {
        random_vector(types, random, event);
        inputs.insert(inputs.end(), event.begin(), event.end());
    }
    return inputs;
}

HlsResult compare(const Network& network, const std::filesystem::path& ap_types, std::uint64_t seed, std::size_t count,
                  const hls::Options& options = {}, std::uint32_t reuse = 1) {
    plan::Plan plan;
    plan.reuse_factor = reuse;
    const std::vector<std::int64_t> inputs = vectors(network, seed, count);
    const std::size_t width = network.input_size();
    std::vector<std::int64_t> expected;
    for (std::size_t at = 0; at < inputs.size(); at += width) {
        const auto outputs = emulate::evaluate(network, std::span(inputs).subspan(at, width));
        expected.insert(expected.end(), outputs.begin(), outputs.end());
    }
    return verify_hls(hls::emit(network, plan, "net", options), "net", inputs, width, expected, network.output_size(),
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

/// Three positions of 300 values, more than one stream carries; a layer on each and one on all of them.
Network wide_network() {
    constexpr std::uint32_t values = 300;
    Network network;
    network.name = "wide";
    const auto x = network.add({"x", {3, values}, {ap_fixed(16, 6)}});
    const auto same = network.add({"same", {3, values}, {ap_fixed(15, 5)}});
    const auto flat = network.add({"flat", {3 * values}, {ap_fixed(15, 5)}});
    const auto y = network.add({"y", {2}, {ap_fixed(14, 8)}});
    network.inputs = {x};
    network.outputs = {y, same};
    network::Rearrange rearrange{{same}, flat, {}};
    network::Dense dense{flat, y, {{3 * values, 2}, ap_fixed(5, 2), {}}, {}, {}};
    support::Random random(9);
    for (std::uint32_t i = 0; i < 3 * values; ++i) {
        rearrange.sources.emplace_back(i);
        for (int k = 0; k < 2; ++k)
            dense.weights.raw.push_back(random.between(-16, 15));
    }
    network.ops = {{"relu", network::Relu{x, same, {}}}, {"flatten", rearrange}, {"dense", dense}};
    return network;
}

TEST_F(Hls, BeatsAndEventsWiderThanAStreamGiveTheReferencesBits) {
    const Network network = wide_network();
    for (const auto& [io, strategy, interface] :
         {std::tuple(hls::IoType::stream, hls::Strategy::resource, hls::Interface::plain),
          std::tuple(hls::IoType::stream, hls::Strategy::latency, hls::Interface::m_axi),
          std::tuple(hls::IoType::parallel, hls::Strategy::resource, hls::Interface::m_axi)}) {
        hls::Options options;
        options.io = io;
        options.strategy = strategy;
        options.interface = interface;
        plan::Plan plan;
        plan.reuse_factor = 7;
        const hls::Files files = hls::emit(network, plan, "net", options);
        EXPECT_TRUE(std::any_of(files.begin(), files.end(), [](const auto& file) {
            return file.first.starts_with("firmware/net") && file.second.find("gw::Part<") != std::string::npos;
        }));
        const HlsResult result = compare_hls(network, files, "net", {100, 7, {}}, {*ap_types_, "-O1"});
        EXPECT_EQ(result.mismatches, 0U) << result.first_mismatches;
        EXPECT_EQ(result.vectors, 100U);
    }
}

TEST_F(Hls, ClangCompilesThemToo) {
    const char* clang = "clang++-14";
    if (!support::program_exists(clang)) // it comes with the sanitizers' builds
        GTEST_SKIP() << "no clang++-14";
    hls::Options options;
    options.io = hls::IoType::stream;
    options.interface = hls::Interface::m_axi;
    const Network network = mixed_network();
    const HlsResult result = compare_hls(network, hls::emit(network, plan::Plan{}, "net", options), "net",
                                         {2000, 7, {}}, {*ap_types_, "-O0", clang});
    EXPECT_EQ(result.mismatches, 0U) << result.first_mismatches;
    EXPECT_EQ(result.vectors, 2000U);
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

struct Style {
    hls::Options options;
    std::uint32_t reuse;
};

/// Each style in turn.
Style style_of(std::uint64_t seed) {
    Style style{{}, 1 + static_cast<std::uint32_t>(seed / 4 % 4)};
    style.options.io = seed % 2 == 0 ? hls::IoType::parallel : hls::IoType::stream;
    style.options.strategy = seed / 2 % 2 == 0 ? hls::Strategy::latency : hls::Strategy::resource;
    style.options.constants = seed / 4 % 2 == 0 ? hls::Constants::arrays : hls::Constants::shared;
    style.options.interface = static_cast<hls::Interface>(seed % 3);
    return style;
}

/// GW_LONG=1: more networks and vectors, since each costs some seconds of g++.
bool is_long() {
    return std::getenv("GW_LONG") != nullptr;
}

/// Random networks of these ops, in all styles; a stream of no bits, say, cannot be written and is passed over.
void random_networks(const std::filesystem::path& ap_types, std::uint64_t networks, const RandomNetworkOptions& options,
                     std::uint64_t first_seed) {
    std::atomic<std::uint64_t> vectors = 0, mismatches = 0, passed_over = 0;
    support::parallel_for(networks, 1, 0, [&](std::size_t begin, std::size_t) {
        const std::uint64_t seed = first_seed + begin;
        support::Random random(seed);
        const Network network = test::random_network(random, options);
        const Style style = style_of(seed);
        try {
            const HlsResult result =
                compare(network, ap_types, seed, is_long() ? 10'000 : 300, style.options, style.reuse);
            vectors += result.vectors;
            mismatches += result.mismatches;
            EXPECT_EQ(result.mismatches, 0U) << "seed " << seed << ": " << result.first_mismatches;
        } catch (const support::Error& error) {
            EXPECT_EQ(error.kind(), support::ErrorKind::unsupported) << "seed " << seed << ": " << error.what();
            ++passed_over;
        }
    });
    EXPECT_LT(passed_over * 4, networks);
    std::cout << mismatches << " mismatches in " << vectors << " vectors of " << networks - passed_over
              << " networks, seeds from " << first_seed << "\n";
}

TEST_F(Hls, RandomNetworksGiveTheReferencesBits) {
    random_networks(*ap_types_, is_long() ? 60 : 16, {}, 1000);
}

TEST_F(Hls, RandomNetworksOfEveryOpGiveTheReferencesBits) {
    RandomNetworkOptions options;
    options.kinds = test::every_kind();
    random_networks(*ap_types_, is_long() ? 240 : 32, options, 2000);
}

} // namespace
} // namespace gw::verify
