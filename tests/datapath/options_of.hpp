// Options of a constant multiplication, for tests.
#pragma once

#include <cstdint>

#include "datapath/cmvm.hpp"

namespace gw::test {

inline datapath::CmvmOptions options_of(std::uint32_t extra_depth, std::uint32_t rounds = 0,
                                        datapath::Objective objective = datapath::Objective::bits) {
    datapath::CmvmOptions options;
    options.extra_depth = extra_depth;
    options.rounds = rounds;
    options.objective = objective;
    return options;
}

} // namespace gw::test
