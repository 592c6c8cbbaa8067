// Cores of networks, for the formal check.
#pragma once

#include "datapath/lower.hpp"
#include "datapath/pipeline.hpp"
#include "formal/prove.hpp"
#include "rtl/emit.hpp"

namespace gw::test {

inline rtl::Rtl built(const network::Network& network, const plan::Plan& plan) {
    const auto graph = datapath::lower(network, plan);
    return rtl::emit(graph, datapath::pipeline(graph, plan), "net", plan.clock_ns,
                     plan.chain_operands == 3 ? rtl::Adders::instances : rtl::Adders::expressions);
}

} // namespace gw::test
