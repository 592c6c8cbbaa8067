// Every op of a network as datapath nodes, against the reference evaluation, bit for bit.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datapath/lower.hpp"
#include "emulate/reference.hpp"
#include "support/error.hpp"
#include "support/random_network.hpp"

namespace gw::datapath {
namespace {

using ::testing::IsEmpty;

struct Count {
    std::size_t networks = 0, vectors = 0, mismatches = 0, refused = 0;
};

/// Random graphs of these kinds; one whose values pass 64 bits is refused, and counted.
Count compare(const std::vector<std::string>& kinds, std::int64_t widest, std::uint64_t first_seed,
              std::size_t networks) {
    test::RandomNetworkOptions options;
    options.widest = widest;
    options.kinds = kinds;
    constexpr std::size_t events = 30;
    Count count;
    for (std::uint64_t seed = first_seed; seed < first_seed + networks; ++seed) {
        support::Random random(seed);
        const network::Network net = test::random_network(random, options);
        plan::Plan plan;
        plan.chain_operands = seed % 2 == 0 ? 3 : 2;
        Graph graph;
        try {
            graph = lower(net, plan);
        } catch (const support::Error& error) {
            EXPECT_EQ(error.kind(), support::ErrorKind::unsupported) << "seed " << seed << ": " << error.what();
            ++count.refused;
            continue;
        }
        EXPECT_THAT(problems(graph), IsEmpty()) << "seed " << seed;
        const auto inputs = test::random_inputs(net, random, events);
        const std::size_t width = net.input_size();
        for (std::size_t event = 0; event < events; ++event) {
            const auto x = std::span(inputs).subspan(event * width, width);
            const bool equal = evaluate(graph, x) == emulate::evaluate(net, x);
            EXPECT_TRUE(equal) << "seed " << seed << " event " << event;
            count.mismatches += equal ? 0 : 1;
            ++count.vectors;
        }
        ++count.networks;
    }
    return count;
}

class EveryOp : public testing::TestWithParam<std::string> {};

TEST_P(EveryOp, ComputesWhatTheReferenceComputes) {
    const std::uint64_t first = 10000;
    const Count count = compare({GetParam(), "rearrange"}, 20, first, 60);
    EXPECT_GE(count.networks, 30U);
    std::cout << count.mismatches << " mismatches in " << count.vectors << " vectors of " << count.networks
              << " networks, " << count.refused << " refused as too wide (seeds from " << first << ")\n";
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryOp, testing::ValuesIn(test::every_kind()),
                         [](const auto& info) { return info.param; });

TEST(EveryOpTogether, ComputesWhatTheReferenceComputes) {
    const Count count = compare(test::every_kind(), 14, 20000, 300);
    EXPECT_GE(count.networks, 200U);
    std::cout << count.mismatches << " mismatches in " << count.vectors << " vectors of " << count.networks
              << " networks, " << count.refused << " refused as too wide\n";
}

} // namespace
} // namespace gw::datapath
