// Whole blocks of values against one conversion at a time, on every vector unit that this machine has.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "emulate/emulator.hpp"
#include "emulate/every_target.hpp"
#include "emulate/program.hpp"
#include "support/awkward_value.hpp"
#include "support/error.hpp"
#include "support/rng.hpp"

namespace gw::emulate {
namespace {

using network::Network;
using network::TensorId;

class BlocksOfValues : public EveryTarget {};

TEST_P(BlocksOfValues, AreConvertedAsOneValueIs) {
    for (std::uint64_t seed = 1; seed <= 120; ++seed) {
        support::Random random(seed);
        Network network;
        for (std::uint64_t part = 0; part <= random.below(2); ++part) { // tensors of one type, and of many
            network::Tensor tensor{"x" + std::to_string(part), {static_cast<std::uint32_t>(random.between(1, 21))}, {}};
            const std::size_t types = random.below(3) == 0 ? tensor.size() : 1;
            for (std::size_t i = 0; i < types; ++i) {
                fixed::FixedType type;
                type.is_signed = random.below(3) != 0;
                type.width = static_cast<std::int32_t>(random.between(1, random.below(3) == 0 ? 40 : 17));
                type.fraction = static_cast<std::int32_t>(random.between(random.below(4) == 0 ? -3 : 0, 17));
                type.rounding =
                    random.below(2) == 0 ? fixed::Rounding::trn : static_cast<fixed::Rounding>(random.below(7));
                type.overflow = static_cast<fixed::Overflow>(random.below(4));
                tensor.types.push_back(type);
            }
            network.inputs.push_back(network.add(std::move(tensor)));
        }
        network.outputs = network.inputs; // what goes in comes out
        std::vector<double> values, expected;
        constexpr std::size_t events = 3 * block + 7;
        const bool tame = random.below(2) == 0; // nothing that sends a whole block the long way
        for (std::size_t event = 0; event < events; ++event)
            for (const TensorId id : network.inputs)
                for (std::size_t i = 0; i < network.tensor(id).size(); ++i) {
                    const fixed::FixedType& type = network.tensor(id).type(i);
                    values.push_back(tame ? std::ldexp(random.uniform() - 0.5, type.integer() + 2)
                                          : test::awkward_value(type, random));
                    expected.push_back(fixed::to_double(fixed::from_double(values.back(), type), type.fraction));
                }
        std::vector<double> results(values.size());
        Emulator(network, {1}).predict(values, results);
        EXPECT_EQ(results, expected) << "seed " << seed;
    }
}

TEST_P(BlocksOfValues, WhatIsNotANumberIsFoundInAWholeBlock) {
    Network network;
    network.inputs = network.outputs = {network.add({"x", {11}, {fixed::ap_fixed(16, 6)}})};
    std::vector<double> values(2 * block * 11, 0.25), results(values.size());
    for (const std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{block * 11 + 3}}) {
        for (const double strange :
             {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
            values[at] = strange;
            EXPECT_THROW(Emulator(network, {1}).predict(values, results), support::Error) << at;
        }
        values[at] = 0.25;
    }
    Emulator(network, {1}).predict(values, results);
    EXPECT_EQ(results, values);
}

GW_ON_EVERY_TARGET(BlocksOfValues);

} // namespace
} // namespace gw::emulate
