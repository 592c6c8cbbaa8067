// The meaning that proofs start from is the network's: on numbers against the reference evaluation, as logic against
// itself on numbers.
#include <gtest/gtest.h>

#include "emulate/reference.hpp"
#include "formal/meaning.hpp"
#include "support/random_network.hpp"

namespace gw::test {
namespace {

TEST(Meaning, EvaluatesAsTheReference) {
    constexpr std::size_t events = 40;
    std::size_t compared = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        support::Random random(seed);
        RandomNetworkOptions options;
        options.widest = seed % 2 == 0 ? 8 : 16;
        if (seed % 3 != 0)
            options.kinds = every_kind();
        const network::Network network = random_network(random, options);
        const formal::Meaning meaning(network);
        const auto inputs = random_inputs(network, random, events);
        const auto columns = formal::evaluate(meaning, inputs, events);
        for (std::size_t event = 0; event < events; ++event) {
            const std::size_t width = network.input_size();
            const auto expected = emulate::evaluate_all(network, std::span(inputs).subspan(event * width, width));
            for (std::size_t tensor = 0; tensor < network.tensors.size(); ++tensor)
                for (std::size_t i = 0; i < meaning.tensors()[tensor].size(); ++i, ++compared) {
                    const formal::Value& value = meaning.tensors()[tensor][i];
                    const fixed::FixedType& type = network.tensors[tensor].type(i);
                    const auto actual = formal::column_of(value, type.fraction, columns, events)[event];
                    ASSERT_EQ(static_cast<std::int64_t>(actual), expected[tensor][i])
                        << "seed " << seed << ", tensor " << network.tensors[tensor].name << ", element " << i;
                    const fixed::Interval range = meaning.range(value);
                    ASSERT_TRUE(value.is_zero() ||
                                fixed::aligned(range, std::max(range.fraction, type.fraction)).contains(actual));
                }
        }
    }
    EXPECT_GT(compared, 10000U);
}

} // namespace
} // namespace gw::test
