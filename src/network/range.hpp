// Range inference: for each tensor element the exact interval of what it can hold, by interval arithmetic from the
// input types.
#pragma once

#include <vector>

#include "fixed/interval.hpp"
#include "network/network.hpp"

namespace gw::network {

struct Ranges {
    /// values[tensor][element]: after the cast to the tensor's type.
    std::vector<std::vector<fixed::Interval>> values;
    /// before_cast[tensor][element]: of the exact result, before that cast; for inputs the same as values.
    std::vector<std::vector<fixed::Interval>> before_cast;
};

/// The network must be sound (network/verify.hpp).
Ranges infer_ranges(const Network& network);

/// The same for a network that grows: each op is added when all its inputs are known.
class RangeInference {
  public:
    /// Any value of the tensor's types.
    void add_input(const Network& network, TensorId id);
    /// Of the op's output, also a second time, after its tensor's types have changed.
    void add_op(const Network& network, const Op& op);

    const std::vector<fixed::Interval>& values(TensorId id) const {
        return ranges_.values[static_cast<std::size_t>(id)];
    }
    const std::vector<fixed::Interval>& before_cast(TensorId id) const {
        return ranges_.before_cast[static_cast<std::size_t>(id)];
    }
    Ranges take() { return std::move(ranges_); }

  private:
    void set(const Tensor& tensor, TensorId id, std::vector<fixed::Interval> exact);

    Ranges ranges_;
};

} // namespace gw::network
