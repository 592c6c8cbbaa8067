// Random small networks for property tests: every op, width, rounding, overflow and accumulator that a Network can
// hold.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "emulate/reference.hpp"
#include "network/network.hpp"
#include "support/random_chain.hpp"
#include "support/random_graph.hpp"
#include "support/rng.hpp"

namespace gw::test {

/// Raw inputs, event-major: uniform values, ends of the range, zeros and small steps mixed.
inline std::vector<std::int64_t> random_inputs(const network::Network& network, support::Random& random,
                                               std::size_t events) {
    std::vector<std::int64_t> inputs;
    for (std::size_t event = 0; event < events; ++event)
        for (const network::TensorId id : network.inputs)
            for (std::size_t i = 0; i < network.tensor(id).size(); ++i) {
                const fixed::FixedType& type = network.tensor(id).type(i);
                const auto low = static_cast<std::int64_t>(type.lowest()),
                           high = static_cast<std::int64_t>(type.highest());
                const std::uint64_t kind = random.below(8);
                if (kind == 0)
                    inputs.push_back(low);
                else if (kind == 1)
                    inputs.push_back(high);
                else if (kind == 2)
                    inputs.push_back(high == 0 ? low : random.between(0, 1));
                else
                    inputs.push_back(random.between(low, high));
            }
    return inputs;
}

/// Whether any output differs between random events: a network that always says the same tests little.
inline bool moves(const network::Network& network, support::Random& random) {
    const std::size_t width = network.input_size();
    const auto inputs = random_inputs(network, random, 24);
    const auto first = emulate::evaluate(network, std::span(inputs).first(width));
    for (std::size_t at = width; at < inputs.size(); at += width)
        if (emulate::evaluate(network, std::span(inputs).subspan(at, width)) != first)
            return true;
    return false;
}

/// A sound network whose outputs depend on its inputs (but for one in eight, which is kept as drawn: constants are
/// corner cases, too).
inline network::Network random_network(support::Random& random, const RandomNetworkOptions& options = {}) {
    const bool any = random.below(8) == 0;
    for (;;) {
        network::Network network =
            options.kinds.empty() ? ChainGenerator(random, options).draw() : GraphGenerator(random, options).draw();
        if (any || moves(network, random))
            return network;
    }
}

} // namespace gw::test
