// What the networks of tests/support/random_network.hpp may hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gw::test {

struct RandomNetworkOptions {
    std::int64_t widest = 24;     ///< bits of any type
    std::int64_t most_dense = 4;  ///< of a chain: dense ops, at least one
    std::int64_t most_units = 8;  ///< outputs of a dense op
    std::int64_t most_inputs = 8; ///< of a chain
    /// Kinds (network::kind_of) of a graph's ops. None: a chain of what every room knows (dense, affine, relu,
    /// requantise), one input and one output of rank 1.
    std::vector<std::string> kinds = {};
};

/// Every op of network/network.hpp.
inline const std::vector<std::string>& every_kind() {
    static const std::vector<std::string> kinds{"dense",  "conv",      "pool",   "reduce",    "affine",
                                                "divide", "relu",      "select", "table",     "steps",
                                                "merge",  "rearrange", "matmul", "embedding", "requantise"};
    return kinds;
}

} // namespace gw::test
