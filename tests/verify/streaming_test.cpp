// Streamed designs in simulation against the reference evaluation, with waits at both ends.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "emulate/reference.hpp"
#include "stream/partition.hpp"
#include "stream/schedule.hpp"
#include "stream/verilog.hpp"
#include "support/error.hpp"
#include "support/random_network.hpp"
#include "verify/scratch.hpp"
#include "verify/streaming.hpp"

namespace gw::test {
namespace {

using fixed::FixedType;
using network::TensorId;

struct Streamed {
    stream::Schedule schedule;
    stream::StreamedRtl rtl;
};

Streamed streamed(const network::Network& network, const std::string& name, std::uint32_t reuse = 1) {
    plan::Plan plan;
    plan.reuse_factor = reuse;
    plan.clock_ns = 2.5;
    stream::Design design = stream::partition(network, plan, name);
    stream::lower_cores(design, plan);
    Streamed result;
    result.schedule = stream::schedule(design);
    result.rtl = stream::emit(design, plan.clock_ns);
    return result;
}

std::vector<std::int64_t> answers(const network::Network& network, const std::vector<std::int64_t>& inputs) {
    std::vector<std::int64_t> outputs;
    for (std::size_t at = 0; at < inputs.size(); at += network.input_size()) {
        const auto answer = emulate::evaluate(network, std::span(inputs).subspan(at, network.input_size()));
        outputs.insert(outputs.end(), answer.begin(), answer.end());
    }
    return outputs;
}

/// An image classifier: convolution, ReLU, pool, convolution, flatten, dense.
network::Network classifier(support::Random& random) {
    network::Network net;
    net.name = "classifier";
    const auto constant = [&](network::Shape shape, std::int32_t width) {
        network::Constant result{std::move(shape), {width, 4, true, {}, {}}, {}};
        for (std::size_t k = network::elements(result.shape); k > 0; --k)
            result.raw.push_back(random.between(-(1 << (width - 1)), (1 << (width - 1)) - 1));
        return result;
    };
    const auto type = fixed::ap_fixed(8, 4, fixed::Rounding::rnd, fixed::Overflow::sat);
    const auto tensor = [&](const char* name, network::Shape shape) {
        return net.add({name, std::move(shape), {type}});
    };
    const auto x = tensor("image", {9, 11, 2}), c = tensor("conv1", {9, 11, 3}), r = tensor("relu1", {9, 11, 3});
    const auto p = tensor("pool1", {4, 5, 3}), d = tensor("conv2", {2, 2, 4}), f = tensor("flat", {16}),
               y = tensor("y", {5});
    net.inputs = {x};
    net.outputs = {y};
    net.ops.push_back(
        {"conv1",
         network::Conv{x, c, {{3, 3}, {1, 1}, {1, 1}, {1, 1}}, 1, constant({3, 3, 2, 3}, 4), constant({3}, 5), {}}});
    net.ops.push_back({"relu1", network::Relu{c, r, {}}});
    net.ops.push_back(
        {"pool1", network::Pool{r, p, network::Pool::Kind::maximum, {{2, 2}, {2, 2}, {1, 1}, {0, 0}}, {}, {}}});
    net.ops.push_back(
        {"conv2",
         network::Conv{p, d, {{3, 3}, {1, 2}, {1, 1}, {0, 0}}, 1, constant({3, 3, 3, 4}, 4), constant({4}, 5), {}}});
    network::Rearrange flat{{d}, f, {}};
    for (std::uint32_t i = 0; i < 16; ++i)
        flat.sources.emplace_back(i);
    net.ops.push_back({"flat", flat});
    net.ops.push_back({"dense", network::Dense{f, y, constant({16, 5}, 4), constant({5}, 5), {}}});
    return net;
}

TEST(Streaming, AClassifierOfImagesWithWaitsOnBothSides) {
    support::Random random(1);
    const network::Network net = classifier(random);
    const Streamed design = streamed(net, "classifier");
    EXPECT_EQ(design.schedule.cycles_per_frame, 11U * 13U); // the first window's padded image
    const verify::Scratch scratch;
    verify::StreamSimulation simulation(scratch.path(), design.rtl, verify::Speed::compiles_fast);
    constexpr std::size_t frames = 60;
    const auto inputs = random_inputs(net, random, frames);
    const auto outputs = answers(net, inputs);
    std::uint64_t mismatches = 0, compared = 0;
    for (const verify::Waits& waits : {verify::Waits{0, 0, 1}, {30, 0, 2}, {0, 40, 3}, {50, 50, 4}, {5, 95, 5}}) {
        const auto result = simulation.run(inputs, outputs, waits);
        EXPECT_TRUE(result.finished);
        EXPECT_EQ(result.frames, frames);
        EXPECT_EQ(result.mismatches, 0U);
        mismatches += result.mismatches;
        compared += result.frames;
        if (waits.input_percent + waits.output_percent == 0) {
            EXPECT_DOUBLE_EQ(*result.cycles_per_frame, static_cast<double>(design.schedule.cycles_per_frame));
            EXPECT_NEAR(static_cast<double>(result.latency_cycles), static_cast<double>(design.schedule.latency_cycles),
                        12);
        }
    }
    std::printf("%llu mismatches in %llu frames\n", static_cast<unsigned long long>(mismatches),
                static_cast<unsigned long long>(compared));
}

/// 16 -> 16 -> relu -> 12 -> relu -> 1, with biases.
network::Network perceptron(support::Random& random, const network::Accumulator& accumulator) {
    network::Network net;
    net.name = "perceptron";
    const auto tensor = [&](const char* name, std::uint32_t size, bool is_signed, std::int32_t fraction) {
        return net.add({name, {size}, {FixedType{9, fraction, is_signed, fixed::Rounding::rnd, fixed::Overflow::sat}}});
    };
    const auto constant = [&](network::Shape shape, int bits) {
        network::Constant made{std::move(shape), {bits, bits - 1, true}, {}};
        for (std::size_t i = 0; i < network::elements(made.shape); ++i)
            made.raw.push_back(static_cast<std::int64_t>(random.below(1U << bits)) - (std::int64_t{1} << (bits - 1)));
        return made;
    };
    TensorId last = tensor("x", 16, true, 6);
    net.inputs = {last};
    std::uint32_t from = 16;
    for (const std::uint32_t to : {16U, 12U, 1U}) {
        const std::string name = "dense" + std::to_string(net.ops.size());
        const TensorId sum = tensor(name.c_str(), to, true, 4);
        net.ops.push_back({name, network::Dense{last, sum, constant({from, to}, 6), constant({to}, 5), accumulator}});
        last = sum;
        from = to;
        if (to > 1) {
            last = tensor((name + "_relu").c_str(), to, false, 4);
            net.ops.push_back({name + "_relu", network::Relu{sum, last, {}}});
        }
    }
    net.outputs = {last};
    return net;
}

TEST(Streaming, AtEveryReuseFactorTheBitsAreTheSameAndThePaceIsThePrinted) {
    using Products = network::Accumulator::Products;
    const FixedType wraps{14, 6, true, fixed::Rounding::trn, fixed::Overflow::wrap};
    const FixedType saturates{12, 6, true, fixed::Rounding::trn, fixed::Overflow::sat};
    std::uint64_t mismatches = 0, compared = 0;
    for (const network::Accumulator& accumulator :
         {network::Accumulator{}, {wraps, Products::converted}, {wraps, Products::exact}, {saturates, Products::exact}})
        for (const std::uint32_t reuse : {1U, 2U, 4U, 8U, 16U}) {
            if (accumulator.type && reuse % 4 != 0)
                continue;
            support::Random random(7);
            const network::Network net = perceptron(random, accumulator);
            const Streamed design = streamed(net, "perceptron", reuse);
            // A sum whose order can be seen is not taken apart; the last layer then has but one beat.
            EXPECT_EQ(design.schedule.cycles_per_frame, reuse);
            const verify::Scratch scratch;
            verify::StreamSimulation simulation(scratch.path(), design.rtl, verify::Speed::compiles_fast);
            const auto inputs = random_inputs(net, random, 200);
            const auto outputs = answers(net, inputs);
            for (const verify::Waits& waits : {verify::Waits{0, 0, 1}, {40, 40, 2}}) {
                const auto result = simulation.run(inputs, outputs, waits);
                EXPECT_TRUE(result.finished);
                EXPECT_EQ(result.mismatches, 0U) << "reuse factor " << reuse;
                mismatches += result.mismatches;
                compared += result.frames;
                if (waits.input_percent == 0) {
                    EXPECT_DOUBLE_EQ(*result.cycles_per_frame, reuse);
                }
            }
        }
    std::printf("%llu mismatches in %llu frames\n", static_cast<unsigned long long>(mismatches),
                static_cast<unsigned long long>(compared));
}

/// Whether the network has what this test is about.
bool has_streams(const stream::Design& design) {
    return std::any_of(design.channels.begin(), design.channels.end(),
                       [](const stream::Channel& channel) { return channel.beats > 1; });
}

TEST(Streaming, RandomNetworksOfEveryOp) {
    constexpr std::size_t networks = 6, frames = 25;
    constexpr std::uint64_t first_seed = 300;
    RandomNetworkOptions options;
    options.kinds = every_kind();
    options.widest = 8;
    std::size_t done = 0, mismatches = 0, compared = 0;
    std::uint64_t seed = first_seed;
    for (; done < networks; ++seed) {
        support::Random random(seed);
        const network::Network net = random_network(random, options);
        try {
            stream::Design design = stream::partition(net, {}, "net");
            if (!has_streams(design))
                continue;
            stream::lower_cores(design, {});
        } catch (const support::Error& error) { // a stream of no bits, a value of more than 64
            EXPECT_EQ(error.kind(), support::ErrorKind::unsupported) << "seed " << seed << ": " << error.what();
            continue;
        }
        const Streamed design = streamed(net, "net", 1 + static_cast<std::uint32_t>(seed % 4));
        const verify::Scratch scratch;
        verify::StreamSimulation simulation(scratch.path(), design.rtl, verify::Speed::compiles_fast);
        const auto inputs = random_inputs(net, random, frames);
        const auto outputs = answers(net, inputs);
        for (const verify::Waits& waits : {verify::Waits{0, 0, seed}, {40, 60, seed}}) {
            const auto result = simulation.run(inputs, outputs, waits);
            EXPECT_TRUE(result.finished) << "seed " << seed;
            EXPECT_EQ(result.mismatches, 0U) << "seed " << seed;
            mismatches += result.mismatches;
            compared += frames;
            if (waits.input_percent == 0) {
                EXPECT_DOUBLE_EQ(*result.cycles_per_frame, static_cast<double>(design.schedule.cycles_per_frame))
                    << "seed " << seed;
            }
        }
        ++done;
    }
    std::printf("%zu mismatches in %zu frames of %zu random networks, seeds %llu to %llu\n", mismatches, compared, done,
                static_cast<unsigned long long>(first_seed), static_cast<unsigned long long>(seed - 1));
}

} // namespace
} // namespace gw::test
