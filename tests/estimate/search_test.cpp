// Devices, and what the search makes of wishes that can and cannot be granted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datapath/lower.hpp"
#include "datapath/pipeline.hpp"
#include "estimate/calibration.hpp"
#include "estimate/search.hpp"
#include "network/verify.hpp"
#include "support/error.hpp"
#include "support/random_network.hpp"

namespace gw::test {
namespace {

using estimate::device_of;
using testing::HasSubstr;

/// 8 inputs, two layers of 8.
network::Network small_network() {
    network::Network network;
    network.name = "small";
    const fixed::FixedType type{8, 4, true, {}, {}};
    network::TensorId at = network.add({"x", {8}, {type}});
    network.inputs = {at};
    support::Random random(3);
    for (const char* name : {"first", "second"}) {
        network::Dense op{
            at, network.add({std::string(name) + "_out", {8}, {type}}), {{8, 8}, {6, 5, true, {}, {}}, {}}, {}, {}};
        for (int i = 0; i < 64; ++i)
            op.weights.raw.push_back(random.between(-31, 31));
        at = op.output;
        network.ops.push_back({name, std::move(op)});
    }
    network.outputs = {at};
    network::require_sound(network, "small");
    return network;
}

template <class Call> void expect_error(Call&& call, const std::string& part, const std::string& remedy) {
    try {
        call();
        ADD_FAILURE() << "no error that says " << part;
    } catch (const support::Error& error) {
        EXPECT_THAT(error.problem(), HasSubstr(part));
        EXPECT_THAT(error.remedy(), HasSubstr(remedy));
    }
}

TEST(Device, PartNumbersAreFoundWithAndWithoutTheirPackage) {
    EXPECT_EQ(device_of("xcvu13p").lut, 1728000U);
    EXPECT_EQ(&device_of("XCVU13P-fhga2104-2L-e"), &device_of("xcvu13p"));
    EXPECT_EQ(device_of("xcu250-figd2104-2L-e").name, "xcu250");
    EXPECT_EQ(device_of("xc7z020clg400-1").family, estimate::Family::series7);
    for (const estimate::Device& device : estimate::devices()) {
        EXPECT_EQ(&device_of(std::string(device.name)), &device);
        EXPECT_GE(device.ff, device.lut);
    }
    expect_error([] { device_of("xcu2501"); }, "xcu2501", "xcvu13p");
    expect_error([] { device_of(""); }, "not in the table", "xck26");
}

TEST(Search, TheChosenPlanIsTheSmallestThatGrantsAll) {
    const auto network = small_network();
    estimate::Wanted wanted;
    wanted.device = &device_of("xcvu9p");
    wanted.latency_ns = 20;
    const auto found = estimate::search(network, wanted);
    ASSERT_TRUE(found.chosen.has_value());
    const auto& chosen = found.candidates[*found.chosen];
    EXPECT_LE(chosen.estimate.latency_ns, 20);
    EXPECT_TRUE(chosen.fit->fits);
    for (const auto& other : found.candidates) {
        EXPECT_TRUE(other.estimate.meets_clock());
        if (other.good()) {
            EXPECT_LE(chosen.estimate.lut.value, other.estimate.lut.value);
        }
        for (const auto& better : found.candidates)
            EXPECT_FALSE(better.estimate.latency_ns < other.estimate.latency_ns &&
                         better.estimate.lut.value < other.estimate.lut.value &&
                         better.estimate.ff.value < other.estimate.ff.value);
    }
}

TEST(Search, APlanFoundBuildsWhatWasEstimated) {
    const auto network = small_network();
    const auto found = estimate::search(network, {});
    const auto& plan = found.candidates.at(found.chosen.value()).plan;
    const auto graph = datapath::lower(network, plan);
    const auto pipeline = datapath::pipeline(graph, plan);
    const auto again = estimate::estimate(graph, pipeline, plan);
    const auto& estimate = found.candidates[*found.chosen].estimate;
    EXPECT_EQ(again.lut.value, estimate.lut.value);
    EXPECT_EQ(again.ff.value, estimate.ff.value);
    EXPECT_EQ(again.stages, pipeline.stages);
    EXPECT_DOUBLE_EQ(again.latency_ns, pipeline.stages * plan.clock_ns);
    EXPECT_DOUBLE_EQ(again.fmax_mhz, 1000 / again.path_ns);
    double lut = 0;
    for (const auto& layer : again.layers)
        lut += layer.lut;
    EXPECT_NEAR(lut, again.lut.value, 1e-6);
    EXPECT_LE(again.lut.low, again.lut.high);
}

TEST(Search, WhatIsMissedIsNamed) {
    const auto network = small_network();
    estimate::Wanted wanted;
    wanted.latency_ns = 1;
    auto found = estimate::search(network, wanted);
    EXPECT_FALSE(found.chosen.has_value());
    EXPECT_THAT(found.missed, HasSubstr("latency of 1 ns"));
    EXPECT_THAT(found.remedy, HasSubstr("--latency"));

    const estimate::Device tiny{"tiny", estimate::Family::ultrascale_plus, 100, 1000, 0, 0, ""};
    wanted = {};
    wanted.device = &tiny;
    found = estimate::search(network, wanted);
    EXPECT_FALSE(found.chosen.has_value());
    EXPECT_THAT(found.missed, HasSubstr("no plan fits tiny"));
    EXPECT_THAT(found.remedy, HasSubstr("larger device"));

    wanted = {};
    wanted.clock_ns = 0.5;
    expect_error([&] { estimate::search(network, wanted); }, "short as the clock", "at least");
}

TEST(Search, AClockThatIsGivenIsKept) {
    estimate::Wanted wanted;
    wanted.clock_ns = 3.3;
    for (const auto& candidate : estimate::search(small_network(), wanted).candidates)
        EXPECT_EQ(candidate.plan.clock_ns, 3.3);
}

TEST(Estimate, EveryOpHasOne) {
    RandomNetworkOptions options;
    options.kinds = every_kind();
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        support::Random random(seed);
        const auto network = random_network(random, options);
        plan::Plan plan;
        plan.chain_operands = 2 + static_cast<std::uint32_t>(seed % 2);
        const auto graph = datapath::lower(network, plan);
        const auto pipeline = datapath::pipeline(graph, plan);
        const auto estimate = estimate::estimate(graph, pipeline, plan);
        EXPECT_LE(estimate.ff.value, 1.01 * static_cast<double>(datapath::register_bits(graph, pipeline)) + 100)
            << seed;
    }
}

} // namespace
} // namespace gw::test
