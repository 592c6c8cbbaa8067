// The fast emulator against the plain evaluation on graphs of every op.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "emulate/emulator.hpp"
#include "emulate/kernels.hpp"
#include "emulate/reference.hpp"
#include "support/random_network.hpp"

namespace gw::emulate {
namespace {

using network::Network;

struct Count {
    std::uint64_t drawn = 0, plain = 0; ///< plain: the emulator has no vectorised form of it
};
using Counts = std::map<std::string, Count>; ///< by kind of op

/// One op of a network by itself, its operands being inputs.
Network alone(const Network& network, const network::Op& op) {
    Network one;
    one.name = "one";
    one.tensors = network.tensors;
    std::set<network::TensorId> operands;
    for (const network::TensorId id : network::inputs_of(op))
        if (operands.insert(id).second)
            one.inputs.push_back(id);
    one.ops = {op};
    one.outputs = {network::output_of(op)};
    return one;
}

void count_ops(const Network& network, Counts& counts) {
    for (const network::Op& op : network.ops) {
        Count& count = counts[network::kind_of(op)];
        ++count.drawn;
        count.plain += Emulator(alone(network, op), {1}).reference_ops();
    }
}

test::RandomNetworkOptions options_for(std::uint64_t seed) {
    test::RandomNetworkOptions options;
    options.widest = seed % 4 == 0 ? 40 : 20; // wide ones reach the 64-bit lanes and beyond
    options.kinds = test::every_kind();
    return options;
}

TEST(EveryOp, AgreesWithTheReferenceOnRandomGraphs) {
    constexpr std::uint64_t networks = 1500;
    std::size_t vectors = 0, mismatches = 0, plain = 0;
    Counts counts;
    for (std::uint64_t seed = 1; seed <= networks; ++seed) {
        support::Random random(seed);
        const Network network = test::random_network(random, options_for(seed));
        const std::size_t events = 1 + random.below(90), width = network.input_size(), outputs = network.output_size();
        const auto inputs = test::random_inputs(network, random, events);
        std::vector<std::int64_t> fast(events * outputs);
        const Emulator emulator(network, {static_cast<unsigned>(1 + seed % 2)});
        emulator.run(inputs, fast);
        std::size_t wrong = 0;
        for (std::size_t event = 0; event < events; ++event) {
            const auto expected = evaluate(network, std::span(inputs).subspan(event * width, width));
            wrong += std::equal(expected.begin(), expected.end(), &fast[event * outputs]) ? 0 : 1;
        }
        EXPECT_EQ(wrong, 0U) << "seed " << seed;
        vectors += events;
        mismatches += wrong;
        plain += emulator.reference_ops();
        count_ops(network, counts);
    }
    std::uint64_t ops = 0;
    for (const std::string& kind : test::every_kind()) {
        const Count& count = counts[kind];
        ops += count.drawn;
        std::printf("%-10s drawn %llu times, %llu on the plain path\n", kind.c_str(),
                    static_cast<unsigned long long>(count.drawn), static_cast<unsigned long long>(count.plain));
        EXPECT_GT(count.drawn, 200U) << kind << " must be drawn often";
    }
    std::cout << mismatches << " mismatches in " << vectors << " vectors of " << networks << " networks; " << plain
              << " of " << ops << " ops on the plain path; " << vector_unit() << "\n";
    EXPECT_LT(plain, ops / 2) << "the fast path must not go unused";
}

/// Which names the tensor where a network of the test above goes wrong.
TEST(EveryOp, TracesEveryTensor) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        support::Random random(seed);
        const Network network = test::random_network(random, options_for(seed));
        const std::size_t events = 1 + random.below(70), width = network.input_size();
        const auto inputs = test::random_inputs(network, random, events);
        const Trace trace = Emulator(network, {1}).trace(inputs);
        for (std::size_t event = 0; event < events; ++event) {
            const auto values = evaluate_all(network, std::span(inputs).subspan(event * width, width));
            for (std::size_t t = 0; t < values.size(); ++t)
                for (std::size_t i = 0; i < values[t].size(); ++i)
                    ASSERT_EQ(trace[t].raw[event * trace[t].size + i], values[t][i])
                        << "seed " << seed << ", tensor " << trace[t].name << ", element " << i;
        }
    }
}

} // namespace
} // namespace gw::emulate
