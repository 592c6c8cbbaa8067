// Tests that run once for each vector unit which this machine has and the emulator is compiled for.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <hwy/targets.h>
#include <string>

namespace gw::emulate {

class EveryTarget : public testing::TestWithParam<std::int64_t> {
  protected:
    void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
    void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

} // namespace gw::emulate

#define GW_ON_EVERY_TARGET(suite)                                                                                      \
    INSTANTIATE_TEST_SUITE_P(Targets, suite, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),                   \
                             [](const auto& info) { return std::string(hwy::TargetName(info.param)); })
