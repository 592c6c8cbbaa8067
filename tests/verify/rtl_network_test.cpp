// The property: RTL and reference agree on every bit of every random network, however it was planned.
#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>

#include "datapath/lower.hpp"
#include "datapath/pipeline.hpp"
#include "emulate/reference.hpp"
#include "network/elements.hpp"
#include "rtl/emit.hpp"
#include "support/random_network.hpp"
#include "verify/random_dense.hpp"
#include "verify/rtl.hpp"
#include "verify/scratch.hpp"
#include "verify/vectors.hpp"

namespace gw::test {
namespace {

constexpr std::uint64_t first_seed = 1;

rtl::Rtl built(const network::Network& network, const plan::Plan& plan, const std::string& name) {
    const auto graph = datapath::lower(network, plan);
    const auto cut = datapath::pipeline(graph, plan);
    const auto wrong = datapath::problems(graph, cut);
    EXPECT_TRUE(wrong.empty()) << wrong.front();
    return rtl::emit(graph, cut, name, plan.clock_ns);
}

/// Plans by turns: by a fast, usual and slow clock, and with a fixed number of stages.
plan::Plan plan_for(std::uint64_t index) {
    plan::Plan plan;
    plan.clock_ns = index % 4 == 0 ? 1.0 : index % 4 == 1 ? 5.0 : 1000.0;
    if (index % 4 == 3) {
        plan.stages = 1 + static_cast<std::uint32_t>(index % 7);
    }
    return plan;
}

struct Vectors {
    std::vector<std::int64_t> inputs, outputs;
};

Vectors vectors_for(const network::Network& network, std::size_t random_events, std::uint64_t seed) {
    const verify::ElementTypes types = network::element_types(network, network.inputs);
    Vectors vectors;
    vectors.inputs = verify::corner_vectors(types);
    support::Random random(seed);
    std::vector<std::int64_t> event(types.size());
    for (std::size_t i = 0; i < random_events; ++i) {
        verify::random_vector(types, random, event);
        vectors.inputs.insert(vectors.inputs.end(), event.begin(), event.end());
    }
    for (std::size_t at = 0; at < vectors.inputs.size(); at += types.size()) {
        const auto answer = emulate::evaluate(network, std::span(vectors.inputs).subspan(at, types.size()));
        vectors.outputs.insert(vectors.outputs.end(), answer.begin(), answer.end());
    }
    return vectors;
}

struct Sample {
    std::uint64_t seed;
    network::Network network;
    Vectors vectors;
};

/// By turns from the generator whose types follow the values, and from the one that all rooms share: chains, and graphs
/// of every op.
network::Network drawn(std::uint64_t seed) {
    if (seed % 2 == 0)
        return RandomDense(seed).make("net");
    support::Random random(seed);
    RandomNetworkOptions options;
    if (seed % 4 == 1) {
        options.kinds = every_kind();
        options.widest = 8;
    }
    return random_network(random, options);
}

/// The network of the first seed from `seed` on whose outputs differ between events: a network that answers always the
/// same tests little.
Sample next_sample(std::uint64_t seed) {
    for (;; ++seed) {
        Sample sample{seed, drawn(seed), {}};
        sample.vectors = vectors_for(sample.network, 400, seed);
        const auto& outputs = sample.vectors.outputs;
        const std::size_t width = sample.network.output_size();
        if (!std::equal(outputs.begin() + static_cast<std::ptrdiff_t>(width), outputs.end(), outputs.begin())) {
            return sample;
        }
    }
}

TEST(RtlNetwork, RandomNetworks) {
    constexpr std::uint64_t networks = 120, together = 40;
    std::uint64_t seed = first_seed, vectors = 0, mismatches = 0;
    for (std::uint64_t first = 0; first < networks; first += together) {
        const verify::Scratch scratch;
        verify::Simulation simulation(scratch.path());
        std::vector<std::uint64_t> seeds;
        std::vector<std::uint32_t> latencies;
        for (std::uint64_t i = 0; i < together; ++i) {
            const Sample sample = next_sample(seed);
            const auto rtl = built(sample.network, plan_for(first + i), "net" + std::to_string(i));
            simulation.append(simulation.add(rtl.core, rtl.files), sample.vectors.inputs, sample.vectors.outputs);
            latencies.push_back(rtl.core.latency);
            seeds.push_back(sample.seed);
            seed = sample.seed + 1;
        }
        simulation.build();
        const auto results = simulation.run();
        for (std::size_t i = 0; i < results.size(); ++i) {
            EXPECT_EQ(results[i].mismatches, 0U) << "random network of seed " << seeds[i];
            EXPECT_EQ(results[i].latency, latencies[i]) << "random network of seed " << seeds[i];
            vectors += results[i].vectors;
            mismatches += results[i].mismatches;
        }
    }
    std::printf("%llu mismatches in %llu vectors of %llu random networks, seeds %llu to %llu\n",
                static_cast<unsigned long long>(mismatches), static_cast<unsigned long long>(vectors),
                static_cast<unsigned long long>(networks), static_cast<unsigned long long>(first_seed),
                static_cast<unsigned long long>(seed - 1));
}

/// Rule 2: the plan never changes a bit. The same network, the same vectors, many plans.
TEST(RtlNetwork, PlansOfOneNetwork) {
    const verify::Scratch scratch;
    verify::Simulation simulation(scratch.path());
    std::vector<std::string> lanes;
    std::vector<std::uint32_t> latencies;
    for (const std::uint64_t seed : {5U, 17U}) {
        const auto [used, network, vectors] = next_sample(seed);
        std::vector<plan::Plan> plans(7);
        plans[0].clock_ns = 1;
        plans[1].clock_ns = 5;
        plans[2].clock_ns = 1000;
        plans[3].stages = 1;
        plans[4].stages = 9;
        plans[5].extra_depth = 3;
        plans[6].extra_depth = 1;
        plans[6].clock_ns = 2;
        for (std::size_t i = 0; i < plans.size(); ++i) {
            const std::string name = "plan" + std::to_string(used) + "_" + std::to_string(i);
            const auto rtl = built(network, plans[i], name);
            simulation.append(simulation.add(rtl.core, rtl.files), vectors.inputs, vectors.outputs);
            latencies.push_back(rtl.core.latency);
            lanes.push_back(name);
            if (plans[i].stages) {
                EXPECT_EQ(rtl.core.latency, *plans[i].stages);
            }
        }
    }
    simulation.build();
    const auto results = simulation.run();
    for (std::size_t i = 0; i < results.size(); ++i) {
        EXPECT_EQ(results[i].mismatches, 0U) << lanes[i];
        EXPECT_EQ(results[i].latency, latencies[i]) << lanes[i];
    }
}

/// The registers written are those that the pipeliner counted, or fewer.
TEST(RtlNetwork, RegistersAsPlanned) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const auto network = next_sample(seed).network;
        plan::Plan plan;
        plan.clock_ns = 1.5;
        const auto graph = datapath::lower(network, plan);
        const auto cut = datapath::pipeline(graph, plan);
        const auto rtl = rtl::emit(graph, cut, "net", plan.clock_ns);
        EXPECT_LE(rtl.register_bits, datapath::register_bits(graph, cut)) << "seed " << seed;
        EXPECT_GE(rtl.register_bits * 10, datapath::register_bits(graph, cut) * 9) << "seed " << seed;
    }
}

} // namespace
} // namespace gw::test
