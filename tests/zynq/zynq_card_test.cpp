// The driver for a board's own processor, against a board of files: UIO, u-dma-buf, AXI DMA and the Verilated kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/device.hpp"
#include "file_board.hpp"
#include "shell/trivial_core.hpp"
#include "support/error.hpp"
#include "support/rng.hpp"

namespace gw::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr shell::BoardAddresses where{0xA0000000, 0xA0010000};

class ZynqCard : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = fs::path(GW_BINARY_DIR) / "tests" / "zynq" / "card";
        fs::remove_all(folder_);
        core_ = tests::trivial_core("board_core",
                                    {fixed::ap_fixed(7, 3), fixed::ap_ufixed(12, 2), fixed::ap_fixed(20, 9)}, 5);
        tests::write_card(folder_ / "bundle", core_.core, {{"board_core.v", core_.verilog}});
        const shell::StreamKernel kernel = shell::stream_kernel(core_.core, 64);
        support::write_files(folder_ / "verilog", shell::stream_verilog(kernel, core_.core));
        support::write_files(folder_ / "simulation", shell::zynq_simulation_sources(kernel, where));
        shell::compile_zynq_simulation({folder_ / "verilog", folder_ / "bundle/rtl"}, folder_ / "simulation", kernel);
        tests::write_card(folder_ / "other", tests::trivial_core("board_core", {fixed::ap_fixed(7, 3)}, 5).core, {});
    }
    void SetUp() override { fs::remove_all(root()); }

    static fs::path root() { return folder_ / "root"; }
    static std::unique_ptr<FileBoard> board(const std::string& kernel = "board_core_stream") {
        return std::make_unique<FileBoard>(root(), folder_ / "simulation" / shell::zynq_library, where, kernel);
    }
    static device::DeviceOptions options() {
        device::DeviceOptions made;
        made.kind = device::Kind::zynq;
        made.zynq.root = root();
        made.chunk_events = 1000;
        made.time_limit = std::chrono::milliseconds(20'000);
        return made;
    }
    static device::Device open(const std::string& bundle = "bundle", const device::DeviceOptions& how = options()) {
        return device::Device::open(folder_ / bundle, how);
    }
    static std::string refusal(const std::string& bundle, const device::DeviceOptions& how = options()) {
        try {
            open(bundle, how);
        } catch (const support::Error& error) {
            return error.what();
        }
        return "not refused";
    }

    struct Vectors {
        std::vector<double> inputs, outputs;
    };
    static Vectors vectors(std::size_t events, std::uint64_t seed) {
        Vectors made;
        support::Random random(seed);
        for (std::size_t i = 0; i < events; ++i)
            for (std::size_t k = 0; k < core_.core.inputs.size(); ++k) {
                const fixed::FixedType& type = core_.core.inputs[k].type;
                const auto raw =
                    random.between(static_cast<std::int64_t>(type.lowest()), static_cast<std::int64_t>(type.highest()));
                made.inputs.push_back(fixed::to_double(raw, type.fraction));
                made.outputs.push_back(fixed::to_double(core_.expected(k, raw), type.fraction));
            }
        return made;
    }

    static inline fs::path folder_;
    static inline tests::TrivialCore core_;
};

TEST_F(ZynqCard, TenThousandEventsAreRight) {
    const auto files = board();
    device::Device device = open();
    const Vectors some = vectors(10'500, 3);
    EXPECT_EQ(device.predict(some.inputs), some.outputs);
    EXPECT_EQ(device.predict(some.inputs), some.outputs);
    EXPECT_EQ(device.counters().events, 21'000U);
    EXPECT_EQ(device.counters().chunks, 22U);
    EXPECT_GT(device.counters().cycles, 21'000U);
    EXPECT_EQ(files->complaint(), "");
    EXPECT_EQ(support::read_file(root() / "sys/class/u-dma-buf/udmabuf0/sync_mode"), "2\n"); // write-combining
}

TEST_F(ZynqCard, AStreamThatHangsIsGivenUpWithAllRegistersAndTheNextBatchWorks) {
    const auto files = board();
    device::DeviceOptions how = options();
    how.time_limit = std::chrono::milliseconds(300);
    device::Device device = open("bundle", how);
    const Vectors some = vectors(300, 4);
    for (const std::uint32_t fault : {1U, 2U}) {
        files->set_fault(fault);
        try {
            device.predict(some.inputs);
            ADD_FAILURE() << "fault " << fault << " went by";
        } catch (const support::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("time limit of 300 ms"));
            EXPECT_THAT(error.what(), HasSubstr("AXI DMA S2MM"));
            EXPECT_THAT(error.what(), HasSubstr("packets_in"));
        }
        files->set_fault(0);
        EXPECT_EQ(device.predict(some.inputs), some.outputs) << "after fault " << fault;
    }
}

TEST_F(ZynqCard, MemoryThatFailsIsReportedAndTheNextBatchWorks) {
    const auto files = board();
    device::Device device = open();
    const Vectors some = vectors(300, 5);
    for (const auto& [fault, text] : {std::pair(3U, "a failed memory read"), {4U, "a failed memory write"}}) {
        files->set_fault(fault);
        try {
            device.predict(some.inputs);
            ADD_FAILURE() << "fault " << fault << " went by";
        } catch (const support::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(text));
        }
        files->set_fault(0);
        EXPECT_EQ(device.predict(some.inputs), some.outputs) << "after fault " << fault;
    }
}

TEST_F(ZynqCard, WhatIsNotThereOrNotOursIsNamed) {
    EXPECT_THAT(refusal("bundle"), HasSubstr("no UIO device is called 'dma'"));
    {
        const auto files = board("another");
        EXPECT_THAT(refusal("bundle"), HasSubstr("no UIO device is called 'board_core_stream'; there are: "));
        device::DeviceOptions named = options();
        named.zynq.kernel = "another";
        EXPECT_EQ(refusal("bundle", named), "not refused");
        EXPECT_THAT(refusal("other", named), HasSubstr("of another bundle"));
        named.zynq.buffer = "udmabuf7";
        EXPECT_THAT(refusal("bundle", named), HasSubstr("udmabuf7"));
        named.zynq.kernel = "dma";
        named.zynq.buffer = "udmabuf0";
        EXPECT_THAT(refusal("bundle", named), HasSubstr("none of ours"));
    }
}

} // namespace
} // namespace gw::test
