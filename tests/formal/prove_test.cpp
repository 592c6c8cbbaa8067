// Random networks are proved, of every op and under several plans: none is called different, and hardly one is left.
#include <cstdio>
#include <map>

#include <gtest/gtest.h>

#include "formal/built.hpp"
#include "support/need.hpp"
#include "support/process.hpp"
#include "support/random_network.hpp"

namespace gw::test {
namespace {

plan::Plan plan_for(std::uint64_t seed) {
    plan::Plan plan;
    plan.clock_ns = seed % 2 == 0 ? 2 : 1000;
    plan.chain_operands = seed % 5 == 0 ? 3 : 2;
    return plan;
}

network::Network drawn(std::uint64_t seed) {
    support::Random random(seed);
    RandomNetworkOptions options;
    options.widest = 8;
    if (seed % 3 != 0)
        options.kinds = every_kind();
    return random_network(random, options);
}

TEST(Formal, RandomNetworks) {
    GW_NEED(support::program_exists("yosys"), "yosys is not installed");
    constexpr std::uint64_t networks = 40;
    std::map<formal::Verdict, int> verdicts;
    std::uint64_t pieces = 0;
    for (std::uint64_t seed = 1; seed <= networks; ++seed) {
        const network::Network network = drawn(seed);
        const rtl::Rtl rtl = built(network, plan_for(seed));
        formal::Settings settings;
        settings.piece_seconds = 1;
        settings.seconds = 5;
        const formal::Proof proof = formal::prove(rtl.core, rtl.files, network, settings);
        ++verdicts[proof.verdict];
        pieces += proof.pieces(formal::Verdict::proved);
        EXPECT_NE(proof.verdict, formal::Verdict::different) << "seed " << seed << "\n" << to_json(proof).dump(1);
        EXPECT_EQ(proof.outputs.size(), network.output_size()) << "seed " << seed;
    }
    std::printf("%d of %d random networks proved, %llu pieces\n", verdicts[formal::Verdict::proved],
                static_cast<int>(networks), static_cast<unsigned long long>(pieces));
    EXPECT_GE(verdicts[formal::Verdict::proved], 38);
}

TEST(Formal, TimeLimitIsNoProof) {
    GW_NEED(support::program_exists("yosys"), "yosys is not installed");
    const network::Network network = drawn(2);
    const rtl::Rtl rtl = built(network, plan_for(2));
    formal::Settings settings;
    settings.seconds = 0;
    const formal::Proof proof = formal::prove(rtl.core, rtl.files, network, settings);
    EXPECT_EQ(proof.verdict, formal::Verdict::not_proved);
    for (const formal::OutputProof& output : proof.outputs)
        EXPECT_EQ(output.reason, "time limit");
}

} // namespace
} // namespace gw::test
