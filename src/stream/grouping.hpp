// Which ops become one core, and in how many beats each tensor is made.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "network/network.hpp"
#include "plan/plan.hpp"
#include "stream/fold.hpp"

namespace gw::stream {

struct Group {
    std::uint32_t beats = 1;               ///< a frame, of what it makes
    std::uint32_t reads = 1;               ///< beats a frame in which it reads its inputs
    std::vector<network::TensorId> inputs; ///< read from outside
    std::vector<const network::Op*> ops;   ///< of the network, in order
    std::set<network::TensorId> made;
    /// The first op is a convolution or pool, and its input comes by windows: each channel's value outside the image.
    std::optional<std::vector<std::int64_t>> padding;
    std::optional<Fold> fold; ///< the first op's

    /// Whether another op may read the group's inputs as they come.
    bool shares_inputs() const { return !padding && !fold; }
};

struct Grouping {
    std::vector<Group> groups;
    std::vector<std::uint32_t> beats; ///< of each tensor of the network, a frame, as it is made
};

/// @param network must outlive the result
Grouping group(const network::Network& network, const plan::Plan& plan);

} // namespace gw::stream
