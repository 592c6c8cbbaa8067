// The check finds what is wrong: small changes of the Verilog, of a weight, of registers. What a change does is known
// from all inputs there are, so networks are small here.
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "emulate/emulator.hpp"
#include "formal/built.hpp"
#include "formal/mutants.hpp"
#include "formal/netlist.hpp"
#include "formal/replay.hpp"
#include "formal/samples.hpp"
#include "network/elements.hpp"
#include "rtl/packing.hpp"
#include "support/error.hpp"
#include "support/need.hpp"
#include "support/process.hpp"
#include "support/random_network.hpp"

namespace gw::test {
namespace {

/// A network of at most 13 input bits, so that every event can be run.
network::Network small_network(std::uint64_t& seed) {
    for (;; ++seed) {
        support::Random random(seed);
        RandomNetworkOptions options;
        options.widest = 5;
        if (seed % 3 != 0)
            options.kinds = every_kind();
        network::Network network = random_network(random, options);
        int bits = 0, outputs = 0;
        for (const auto& type : network::element_types(network, network.inputs))
            bits += type.width;
        for (const auto& type : network::element_types(network, network.outputs))
            outputs += type.width;
        if (bits > 4 && bits <= 13 && outputs > 0 && network.ops.size() > 1)
            return network;
    }
}

std::vector<std::int64_t> every_event(const network::Network& network) {
    const auto types = network::element_types(network, network.inputs);
    std::vector<std::int64_t> events, event;
    for (const auto& type : types)
        event.push_back(static_cast<std::int64_t>(type.lowest()));
    for (bool more = true; more;) {
        events.insert(events.end(), event.begin(), event.end());
        more = false;
        for (std::size_t i = 0; i < types.size() && !more; ++i) {
            more = event[i] < static_cast<std::int64_t>(types[i].highest());
            event[i] = more ? event[i] + 1 : static_cast<std::int64_t>(types[i].lowest());
        }
    }
    return events;
}

/// Whether any event at all gives another output.
bool really_differs(const rtl::Core& core, const formal::Netlist& netlist, const network::Network& network) {
    const std::vector<std::int64_t> events = every_event(network);
    const std::size_t count = events.size() / network.input_size();
    std::vector<std::int64_t> expected(count * network.output_size());
    emulate::Emulator(network).run(events, expected);
    std::vector<formal::Word> words;
    for (const rtl::Field& field : core.outputs)
        words.push_back({field.name,
                         {netlist.y.begin() + field.offset, netlist.y.begin() + field.offset + field.type.width},
                         field.type.is_signed});
    const auto columns = formal::NetlistRun(netlist).numbers(words, core.inputs, events, count);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = 0; k < columns.size(); ++k)
            if (columns[k][i] != expected[i * columns.size() + k])
                return true;
    return false;
}

formal::Settings without_events() {
    formal::Settings settings;
    settings.events = 0; // the proof itself has to find it
    settings.piece_seconds = 2;
    settings.seconds = 10;
    return settings;
}

TEST(Formal, MutantsAreFound) {
    GW_NEED(support::program_exists("yosys"), "yosys is not installed");
    int different = 0, found = 0, same = 0, refused = 0, confirmed = 0, replayed = 0;
    const char* more = std::getenv("GW_MUTATED_NETWORKS"); // for a night
    const int wanted = more != nullptr ? std::stoi(more) : 30;
    std::uint64_t seed = 1;
    for (int networks = 0; networks < wanted; ++networks, ++seed) {
        const network::Network network = small_network(seed);
        plan::Plan plan;
        plan.clock_ns = networks % 2 == 0 ? 2 : 1000;
        plan.chain_operands = networks % 5 == 0 ? 3 : 2;
        const rtl::Rtl rtl = built(network, plan);
        support::Random random(seed);
        for (int i = 0; i < 6; ++i) {
            const Mutant mutant = mutated(rtl.files, random);
            SCOPED_TRACE("seed " + std::to_string(seed) + ", " + mutant.change);
            formal::Proof proof;
            try {
                proof = formal::prove(rtl.core, mutant.files, network, without_events());
            } catch (const support::Error& error) { // no Verilog any more
                EXPECT_NE(error.kind(), support::ErrorKind::internal) << error.what();
                ++refused;
                continue;
            }
            if (!proof.timing_problems.empty()) {
                EXPECT_EQ(proof.verdict, formal::Verdict::different);
                continue;
            }
            const formal::Netlist netlist =
                formal::read_netlist(rtl.core, mutant.files, std::chrono::seconds(60)).netlist;
            if (really_differs(rtl.core, netlist, network)) {
                EXPECT_NE(proof.verdict, formal::Verdict::proved) << to_json(proof).dump(1);
                ++different;
                found += proof.verdict == formal::Verdict::different ? 1 : 0;
                if (different % 10 == 0 && proof.counterexample) {
                    confirmed +=
                        formal::replay(rtl.core, mutant.files, network, *proof.counterexample).confirmed ? 1 : 0;
                    ++replayed;
                }
            } else {
                EXPECT_NE(proof.verdict, formal::Verdict::different);
                ++same;
            }
        }
    }
    std::printf("%d mutants differ, %d found; %d do not differ, %d are no Verilog; %d of %d confirmed by simulation\n",
                different, found, same, refused, confirmed, replayed);
    EXPECT_GE(different, 60);
    EXPECT_GE(found * 100, different * 95); // of the others no more can be said in the time
    EXPECT_EQ(confirmed, replayed);
}

/// Weights of the network are not those of the Verilog.
TEST(Formal, OtherWeightsAreFound) {
    GW_NEED(support::program_exists("yosys"), "yosys is not installed");
    int found = 0;
    std::uint64_t seed = 300;
    for (int networks = 0; networks < 20; ++networks, ++seed) {
        network::Network network = small_network(seed);
        const rtl::Rtl rtl = built(network, {});
        for (network::Op& op : network.ops)
            if (auto* dense = std::get_if<network::Dense>(&op.body))
                for (std::int64_t& weight : dense->weights.raw)
                    weight += weight == dense->weights.type.highest() ? -1 : 1;
        const formal::Netlist netlist = formal::read_netlist(rtl.core, rtl.files, std::chrono::seconds(60)).netlist;
        const bool differs = really_differs(rtl.core, netlist, network);
        const auto verdict = formal::prove(rtl.core, rtl.files, network, without_events()).verdict;
        EXPECT_EQ(verdict == formal::Verdict::different, differs) << "seed " << seed;
        found += differs ? 1 : 0;
    }
    EXPECT_GE(found, 3);
}

class Registers : public testing::Test {
  protected:
    void SetUp() override {
        GW_NEED(support::program_exists("yosys"), "yosys is not installed");
        std::uint64_t seed = 41;
        network_ = small_network(seed);
        plan::Plan plan;
        plan.stages = 4;
        rtl_ = built(network_, plan);
    }
    /// Replaces the first match in any file.
    formal::Proof proof_with(const std::string& from, const std::string& to) {
        rtl::Files files = rtl_.files;
        bool done = false;
        for (auto& [name, text] : files)
            if (const std::string changed =
                    std::regex_replace(text, std::regex(from), to, std::regex_constants::format_first_only);
                !done && changed != text) {
                text = changed;
                done = true;
            }
        EXPECT_TRUE(done) << from;
        return formal::prove(rtl_.core, files, network_, without_events());
    }
    network::Network network_;
    rtl::Rtl rtl_;
};

TEST_F(Registers, AsBuiltTheyAreRight) {
    EXPECT_EQ(formal::prove(rtl_.core, rtl_.files, network_, without_events()).verdict, formal::Verdict::proved);
}

TEST_F(Registers, OneTooFewOrTooManyIsFound) {
    const formal::Proof fewer = proof_with("(n[0-9]+)_s([0-9]) <= n[0-9]+_s[0-9]+;", "$1_s$2 <= $1;");
    EXPECT_EQ(fewer.verdict, formal::Verdict::different);
    EXPECT_FALSE(fewer.timing_problems.empty());
    rtl::Core core = rtl_.core;
    ++core.latency;
    EXPECT_EQ(formal::prove(core, rtl_.files, network_, without_events()).verdict, formal::Verdict::different);
}

TEST_F(Registers, AnotherEdgeAndALoopAreFound) {
    EXPECT_EQ(proof_with("posedge clk", "negedge clk").verdict, formal::Verdict::different);
    EXPECT_EQ(proof_with("(n[0-9]+_s[0-9]) <= n[0-9_s]+;", "$1 <= $1;").verdict, formal::Verdict::different);
}

} // namespace
} // namespace gw::test
