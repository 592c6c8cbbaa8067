// numpy's broadcasting: shapes are aligned at their last axis, extents of 1 (and missing ones) repeat.
#pragma once

#include <cstddef>
#include <vector>

#include "network/network.hpp"

namespace gw::floating {

class Broadcast {
  public:
    /// `operand` must fit `result`; if not, throws support::Error (kind internal).
    Broadcast(const network::Shape& operand, const network::Shape& result);

    /// The operand's flat index for a flat index of the result.
    std::size_t operator()(std::size_t i) const {
        std::size_t index = 0;
        for (const Axis& axis : axes_)
            index += i / axis.result % axis.extent * axis.operand;
        return index;
    }

  private:
    struct Axis {
        std::size_t result, extent, operand; ///< strides, and the extent in the result
    };
    std::vector<Axis> axes_; ///< only those that the operand has
};

} // namespace gw::floating
