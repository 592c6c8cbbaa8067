// The estimate beside real synthesis, on networks that nothing was fitted to.
#include <gtest/gtest.h>

#include "datapath/lower.hpp"
#include "datapath/pipeline.hpp"
#include "estimate/estimate.hpp"
#include "rtl/emit.hpp"
#include "support/need.hpp"
#include "support/process.hpp"
#include "support/random_network.hpp"
#include "synth/yosys.hpp"

namespace gw::test {
namespace {

class Synthesised : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Synthesised, CountsAreWithinAFifthAndTenCells) {
    GW_NEED(support::program_exists("yosys"), "no yosys");
    support::Random random(GetParam());
    RandomNetworkOptions options;
    options.widest = 10;
    const auto network = random_network(random, options);
    plan::Plan plan;
    plan.clock_ns = 3;
    plan.chain_operands = 2 + static_cast<std::uint32_t>(GetParam() % 2);
    const auto graph = datapath::lower(network, plan);
    const auto pipeline = datapath::pipeline(graph, plan);
    const auto estimate = estimate::estimate(graph, pipeline, plan);
    const auto rtl = rtl::emit(graph, pipeline, "core", plan.clock_ns,
                               plan.chain_operands == 3 ? rtl::Adders::instances : rtl::Adders::expressions);
    const auto real = synth::synthesise("core", rtl.files, {}).total;
    EXPECT_NEAR(estimate.lut.value, static_cast<double>(real.lut), 0.2 * static_cast<double>(real.lut) + 10);
    EXPECT_NEAR(estimate.ff.value, static_cast<double>(real.ff), 0.2 * static_cast<double>(real.ff) + 10);
    EXPECT_EQ(real.dsp, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Synthesised, testing::Values(11, 12, 13, 14));

} // namespace
} // namespace gw::test
