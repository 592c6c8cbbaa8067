// What the parts of the compiler (compile*.cpp) share.
#pragma once

#include <optional>

#include "emulate/program.hpp"
#include "network/range.hpp"

namespace gw::emulate {

inline bool fits_lane(fixed::Int128 value, Lane lane) {
    const fixed::Int128 end = fixed::Int128{1} << (bits_of(lane) - 1);
    return value >= -end && value < end;
}
inline bool fits_lane(const fixed::Interval& range, Lane lane) {
    return fits_lane(range.low, lane) && fits_lane(range.high, lane);
}

/// The narrowest lane that holds every value.
std::optional<Lane> lane_for(const std::vector<fixed::Interval>& values);

/// From `range`, exact at its fraction, to `type` in lanes of a width; none if something on the way does not fit.
std::optional<Finish> finish_for(const fixed::Interval& range, const fixed::FixedType& type, Lane lane);

inline bool is_nothing(const Finish& finish) {
    return !finish.accumulator && !finish.rectify && !finish.ceiling && finish.left == 0 && finish.dropped == 0 &&
           !finish.limit;
}

/// The compiler's view of a network.
struct Compiler {
    const network::Network& network;
    const network::Ranges& ranges;
    const std::vector<Lane>& lanes; ///< of tensors

    const network::Tensor& tensor(network::TensorId id) const { return network.tensor(id); }
    const std::vector<fixed::Interval>& range(network::TensorId id) const {
        return ranges.values[static_cast<std::size_t>(id)];
    }
    Lane lane(network::TensorId id) const { return lanes[static_cast<std::size_t>(id)]; }
};

/// A step's body with the lane that it computes in.
struct Compiled {
    Lane lane = Lane::i64;
    decltype(Step::body) body;
};

/// Ops that are weighted sums, in the narrowest lanes that hold them; none if 64 bits do not.
std::optional<Compiled> compile_linear(const Compiler& compiler, const network::Op& op);
/// All other ops; none if there is no vectorised form.
std::optional<Compiled> compile_groups(const Compiler& compiler, const network::Op& op);

/// Lets an op that alone reads a step's output disappear into the step (compile_fuse.cpp); false, and nothing changed,
/// where that cannot be.
bool fuse(const Compiler& compiler, const network::Op& op, Step& step);

/// Leaves out places whose outputs nothing reads. @param outputs tensors that the world reads
void drop_unread(Program& program, const network::Network& network);
/// Gives each tensor its place in a block's memory. @param reuse let tensors take the memory of those no longer needed
void place_tensors(Program& program, const network::Network& network, const std::vector<bool>& held, bool reuse);

} // namespace gw::emulate
