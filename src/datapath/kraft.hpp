// The budget of adder levels, exactly: terms of depths d can be summed by two-input adders under depth D if and only if
// sum 2^d <= 2^D (L. G. Kraft's inequality for binary trees, 1949).
#pragma once

#include <algorithm>
#include <cstdint>

#include "datapath/cmvm.hpp"
#include "support/error.hpp"

namespace gw::datapath {

/// Loads are in units of 2^(depth of the shallowest source).
class Kraft {
  public:
    using Load = fixed::UInt128;

    explicit Kraft(const CmvmProblem& problem) {
        bool first = true;
        auto see = [&](const Source& source) {
            base_ = first ? source.depth : std::min(base_, source.depth);
            first = false;
        };
        std::for_each(problem.inputs.begin(), problem.inputs.end(), see);
        for (const auto& addends : problem.addends) {
            std::for_each(addends.begin(), addends.end(), see);
        }
    }
    /// 2^depth. Throws support::Error (unsupported) where depths lie too far apart.
    Load weight(std::uint32_t depth) const {
        if (depth - base_ > most_levels) {
            throw support::unsupported("terms of one sum that arrive too many levels of logic apart");
        }
        return Load{1} << (depth - base_);
    }
    /// The depth that `extra` levels above the least allow; beyond any use it stops growing.
    static std::uint32_t limit(std::uint32_t least, std::uint32_t extra) { return least + std::min(extra, most_extra); }
    /// The least depth at which a load fits.
    std::uint32_t levels(Load load) const {
        std::uint32_t depth = base_;
        while (weight(depth) < load) {
            ++depth;
        }
        return depth;
    }
    /// The greatest depth of a term that fits beside what leaves `room`; room >= 1.
    std::uint32_t deepest(Load room) const {
        std::uint32_t depth = base_;
        while (depth - base_ < most_levels && weight(depth + 1) <= room) {
            ++depth;
        }
        return depth;
    }

  private:
    static constexpr std::uint32_t most_levels = 110, most_extra = 40;
    std::uint32_t base_ = 0;
};

} // namespace gw::datapath
