// The network's verifier, ranges and file.
#include <gtest/gtest.h>

#include "emulate/reference.hpp"
#include "network/file.hpp"
#include "network/range.hpp"
#include "network/verify.hpp"
#include "support/error.hpp"
#include "support/random_network.hpp"

namespace gw::network {
namespace {

using fixed::ap_fixed;

Network one_neuron() {
    Network network;
    network.name = "one neuron";
    const auto x = network.add({"x", {2}, {ap_fixed(8, 4)}});
    const auto y = network.add({"y", {1}, {ap_fixed(8, 5, fixed::Rounding::rnd, fixed::Overflow::sat)}});
    network.inputs = {x};
    network.outputs = {y};
    network.ops = {{"sum", Dense{x, y, {{2, 1}, ap_fixed(4, 2), {3, -5}}, {}, {}}}};
    return network;
}

struct Defect {
    const char* name;
    void (*damage)(Network&);
    const char* said;
};

Dense& dense(Network& network) {
    return std::get<Dense>(network.ops.front().body);
}

const Defect defects[] = {
    {"no inputs", [](Network& n) { n.inputs.clear(); }, "has no inputs"},
    {"no outputs", [](Network& n) { n.outputs.clear(); }, "has no outputs"},
    {"output never computed", [](Network& n) { n.ops.clear(); }, "never computed"},
    {"missing tensor", [](Network& n) { dense(n).input = static_cast<TensorId>(9); }, "not yet computed"},
    {"read before written", [](Network& n) { dense(n).input = n.outputs.front(); }, "not yet computed"},
    {"written twice", [](Network& n) { n.ops.push_back(n.ops.front()), n.ops.back().name = "again"; }, "written twice"},
    {"name twice", [](Network& n) { n.tensors[1].name = "x"; }, "unique"},
    {"op without a name", [](Network& n) { n.ops[0].name.clear(); }, "unique"},
    {"number of types", [](Network& n) { n.tensors[0].types.resize(3); }, "3 types for 2 elements"},
    {"width", [](Network& n) { n.tensors[0].types[0].width = 65; }, "outside 0 to 64"},
    {"unsigned width", [](Network& n) { n.tensors[0].types[0] = fixed::ap_ufixed(64, 64); }, "63 unsigned"},
    {"empty shape", [](Network& n) { n.tensors[0].shape = {0}; }, "elements"},
    {"rank",
     [](Network& n) {
         n.tensors[0].shape = {2, 1};
     },
     "alike but for their last axis"},
    {"weights' shape",
     [](Network& n) {
         dense(n).weights.shape = {1, 2};
     },
     "is expected"},
    {"weights' number", [](Network& n) { dense(n).weights.raw.pop_back(); }, "1 values, 2 are expected"},
    {"weight beyond its type", [](Network& n) { dense(n).weights.raw[0] = 8; }, "does not fit"},
    {"accumulator",
     [](Network& n) {
         dense(n).accumulator.type = fixed::FixedType{99, 0, true, {}, {}};
     },
     "outside 0 to 64"},
};

TEST(Verifier, FindsEachDefect) {
    EXPECT_TRUE(problems(one_neuron()).empty());
    for (const Defect& defect : defects) {
        Network network = one_neuron();
        defect.damage(network);
        std::string all;
        for (const std::string& problem : problems(network))
            all += problem + "\n";
        EXPECT_NE(all.find(defect.said), std::string::npos) << defect.name << ": " << all;
        EXPECT_THROW(require_sound(network, "test"), support::Error) << defect.name;
    }
}

/// By turns a chain and a graph of every op.
Network drawn(std::uint64_t seed, support::Random& random) {
    test::RandomNetworkOptions options;
    if (seed % 2 == 0)
        options.kinds = test::every_kind();
    return test::random_network(random, options);
}

TEST(File, RoundTripOfRandomNetworks) {
    for (std::uint64_t seed = 1; seed <= 600; ++seed) {
        support::Random random(seed);
        const Network network = drawn(seed, random);
        const std::string text = to_json(network);
        const Network again = from_json(text, "round trip");
        ASSERT_EQ(to_json(again), text) << "seed " << seed;
        const auto inputs = test::random_inputs(network, random, 1);
        ASSERT_EQ(emulate::evaluate(again, inputs), emulate::evaluate(network, inputs)) << "seed " << seed;
    }
}

TEST(File, EveryMistakeNamesItsPlace) {
    const std::string good = to_json(one_neuron());
    const auto refused = [&](const std::string& from, const std::string& to, const std::string& said) {
        std::string text = good;
        const std::size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
        try {
            from_json(text, "file.json");
            ADD_FAILURE() << "accepted: " << to;
        } catch (const support::Error& error) {
            EXPECT_EQ(error.kind(), support::ErrorKind::user);
            EXPECT_NE(std::string(error.what()).find("file.json"), std::string::npos) << error.what();
            EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
        }
    };
    refused("gatewright-network", "another", "expected 'gatewright-network'");
    refused("\"version\": 1", "\"version\": 2", "version 1");
    refused("\"op\": \"dense\"", "\"op\": \"dance\"", "unknown op 'dance'");
    refused("\"name\": \"sum\"", "\"nam\": \"sum\"", "'name' is missing");
    refused("\"weights\"", "\"wait\"", "wait");
    refused("fixed<4,2>", "fixed<4;2>", "not a fixed-point type");
    refused("-5", "-5.5", "64-bit integer");
    refused("-5", "99999999999999999999", "64-bit integer");
    refused("\"input\": \"x\"", "\"input\": \"z\"", "no tensor is called 'z'");
    refused("{", "", "not JSON");
}

TEST(File, DamagedFilesNeverCrash) {
    const std::string good = to_json(one_neuron());
    std::uint64_t refused = 0;
    for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
        support::Random random(seed);
        std::string text = good;
        for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes) {
            if (random.below(4) == 0)
                text.resize(random.below(text.size()) + 1);
            else
                text[random.below(text.size())] = static_cast<char>(random.below(256));
        }
        try {
            require_sound(from_json(text, "damaged"), "damaged");
        } catch (const support::Error& error) {
            EXPECT_NE(error.kind(), support::ErrorKind::internal) << "seed " << seed << ": " << error.what();
            ++refused;
        }
    }
    EXPECT_GT(refused, 3000U);
}

TEST(Ranges, HoldEveryValue) {
    std::uint64_t values = 0;
    for (std::uint64_t seed = 1; seed <= 800; ++seed) {
        support::Random random(seed);
        const Network network = drawn(seed, random);
        const Ranges ranges = infer_ranges(network);
        const auto inputs = test::random_inputs(network, random, 50);
        for (std::size_t event = 0; event < 50; ++event) {
            const auto all = emulate::evaluate_all(
                network, std::span(inputs).subspan(event * network.input_size(), network.input_size()));
            for (std::size_t t = 0; t < all.size(); ++t)
                for (std::size_t i = 0; i < all[t].size(); ++i, ++values)
                    ASSERT_TRUE(ranges.values[t][i].contains(all[t][i]))
                        << "seed " << seed << ", tensor " << network.tensors[t].name;
        }
    }
    std::cout << values << " values lie within their ranges\n";
}

} // namespace
} // namespace gw::network
