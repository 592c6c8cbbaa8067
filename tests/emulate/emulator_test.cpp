// The fast emulator against the plain reference evaluation.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "emulate/emulator.hpp"
#include "emulate/kernels.hpp"
#include "emulate/reference.hpp"
#include "support/awkward_value.hpp"
#include "support/error.hpp"
#include "support/random_network.hpp"

namespace gw::emulate {
namespace {

using network::Network;

std::vector<std::int64_t> by_reference(const Network& network, const std::vector<std::int64_t>& inputs) {
    const std::size_t width = network.input_size();
    std::vector<std::int64_t> outputs;
    for (std::size_t at = 0; at < inputs.size(); at += width) {
        const auto event = evaluate(network, std::span(inputs).subspan(at, width));
        outputs.insert(outputs.end(), event.begin(), event.end());
    }
    return outputs;
}

TEST(Emulator, AgreesWithTheReferenceOnRandomNetworks) {
    constexpr std::uint64_t networks = 600;
    std::size_t vectors = 0, mismatches = 0, ops = 0, reference_ops = 0;
    for (std::uint64_t seed = 1; seed <= networks; ++seed) {
        support::Random random(seed);
        test::RandomNetworkOptions options;
        options.widest = seed % 3 == 0 ? 40 : 24; // wide ones reach the 64-bit lanes and beyond
        const Network network = test::random_network(random, options);
        const std::size_t events = 1 + random.below(150);
        const auto inputs = test::random_inputs(network, random, events);
        std::vector<std::int64_t> outputs(events * network.output_size());
        const Emulator emulator(network, {static_cast<unsigned>(1 + seed % 3)});
        emulator.run(inputs, outputs);
        ops += network.ops.size();
        reference_ops += emulator.reference_ops();
        vectors += events;
        if (outputs != by_reference(network, inputs)) {
            ++mismatches;
            ADD_FAILURE() << "seed " << seed;
        }
    }
    std::cout << mismatches << " mismatches in " << vectors << " vectors of " << networks << " networks; "
              << reference_ops << " of " << ops << " ops by reference; " << vector_unit() << "\n";
    EXPECT_LT(reference_ops, ops / 2) << "the fast path must not go unused";
}

TEST(Emulator, TracesEveryTensor) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        support::Random random(seed);
        const Network network = test::random_network(random);
        const std::size_t events = 1 + random.below(130);
        const auto inputs = test::random_inputs(network, random, events);
        const Trace trace = Emulator(network).trace(inputs);
        for (std::size_t event = 0; event < events; ++event) {
            const auto values =
                evaluate_all(network, std::span(inputs).subspan(event * network.input_size(), network.input_size()));
            for (std::size_t t = 0; t < values.size(); ++t)
                for (std::size_t i = 0; i < values[t].size(); ++i)
                    ASSERT_EQ(trace[t].raw[event * trace[t].size + i], values[t][i])
                        << "seed " << seed << ", tensor " << trace[t].name;
        }
    }
}

TEST(Emulator, ThreadsAndBatchesChangeNothing) {
    support::Random random(5);
    const Network network = test::random_network(random);
    const std::size_t events = 10000;
    const auto inputs = test::random_inputs(network, random, events);
    std::vector<std::int64_t> one(events * network.output_size()), three(one.size());
    Emulator(network, {1}).run(inputs, one);
    Emulator(network, {3}).run(inputs, three);
    EXPECT_EQ(one, three);
    EXPECT_EQ(one, by_reference(network, inputs));
}

TEST(Emulator, ValuesAreConvertedAsApFixedDoes) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        support::Random random(seed);
        const Network network = test::random_network(random);
        std::vector<double> values;
        std::vector<std::int64_t> raw;
        for (std::size_t i = 0; i < 50 * network.input_size(); ++i) {
            const auto& type = network.tensor(network.inputs.front()).type(i % network.input_size());
            values.push_back(
                std::ldexp(random.uniform() - 0.5, static_cast<int>(random.between(-4, type.integer() + 3))));
            raw.push_back(static_cast<std::int64_t>(fixed::from_double(values.back(), type)));
        }
        std::vector<std::int64_t> outputs(50 * network.output_size());
        std::vector<double> predicted(outputs.size()), expected(outputs.size());
        const Emulator emulator(network);
        emulator.run(raw, outputs);
        emulator.predict(values, predicted);
        for (std::size_t i = 0; i < outputs.size(); ++i)
            expected[i] = fixed::to_double(
                outputs[i], network.tensor(network.outputs.front()).type(i % network.output_size()).fraction);
        EXPECT_EQ(predicted, expected) << "seed " << seed;
    }
}

TEST(Emulator, TheShortWayToRawAndBackAgreesWithTheLongOne) {
    support::Random random(7);
    for (int round = 0; round < 5000; ++round) {
        fixed::FixedType type;
        type.is_signed = random.below(2) == 0;
        type.width = static_cast<std::int32_t>(random.between(1, 63));
        type.fraction = static_cast<std::int32_t>(random.between(-40, type.width + 20));
        type.rounding = static_cast<fixed::Rounding>(random.below(7));
        type.overflow = static_cast<fixed::Overflow>(random.below(4));
        Network network;
        const auto x = network.add({"x", {1}, {type}}), y = network.add({"y", {1}, {type}});
        network.inputs = {x};
        network.outputs = {y};
        for (int each = 0; each < 20; ++each) {
            const double value = test::awkward_value(type, random);
            std::int64_t raw = 0;
            to_raw(network, std::span(&value, 1), std::span(&raw, 1));
            ASSERT_EQ(raw, fixed::from_double(value, type)) << value << " as " << to_string(type);
            double back = 0;
            network.tensors[1].types.front().fraction = static_cast<std::int32_t>(random.between(-1024, 1024));
            to_values(network, std::span(&raw, 1), std::span(&back, 1));
            ASSERT_EQ(back, fixed::to_double(raw, network.tensors[1].types.front().fraction));
        }
    }
}

TEST(Emulator, NanIsAnErrorThatNamesTheEvent) {
    support::Random random(2);
    const Network network = test::random_network(random);
    std::vector<double> inputs(5000 * network.input_size(), 0.0), outputs(5000 * network.output_size());
    inputs[4000 * network.input_size()] = std::numeric_limits<double>::quiet_NaN();
    try {
        Emulator(network).predict(inputs, outputs);
        FAIL() << "NaN went through";
    } catch (const support::Error& error) {
        EXPECT_EQ(error.kind(), support::ErrorKind::user);
        EXPECT_EQ(error.where(), "event 4000, input 0");
    }
}

} // namespace
} // namespace gw::emulate
