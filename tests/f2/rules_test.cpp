// The shell's rules: kept by the design under any delay of host memory, and noticed when a design breaks them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "f2/fixture.hpp"
#include "support/need.hpp"

namespace gw::shell::f2 {
namespace {

using testing::HasSubstr;
using tests::byte_design;
using tests::Emulation;

class Rules : public testing::Test {
  protected:
    void SetUp() override { GW_NEED(support::program_exists("verilator"), "Verilator is not installed"); }
};

device::Device open(const tests::F2Design& design) {
    device::DeviceOptions options;
    options.kind = device::Kind::f2;
    options.f2.library = design.library();
    options.time_limit = std::chrono::milliseconds(2000);
    return device::Device::open(design.card.bundle, options);
}

TEST_F(Rules, AreKeptWhereTheKernelsBurstsTakeLongerThanTheShellWaits) {
    Emulation emulation(byte_design());
    device::Device device = open(byte_design());
    // 64 events a beat and 64 beats a burst: 4096 clocks, twice the shell's patience, between a burst's ends.
    const tests::Vectors vectors = tests::vectors(byte_design().card, 100'000, 3);
    EXPECT_EQ(tests::mismatches(device.predict(vectors.inputs), vectors.outputs), 0U);
    EXPECT_EQ(emulation.complaint(), "");
}

TEST_F(Rules, AreKeptWhileHostMemoryIsBusy) {
    Emulation emulation(byte_design());
    device::Device device = open(byte_design());
    for (const std::uint32_t percent : {10U, 50U, 90U}) {
        ASSERT_EQ(emulation.disturb(0, 0, percent, percent), 0);
        const tests::Vectors vectors = tests::vectors(byte_design().card, 20'000, percent);
        EXPECT_EQ(tests::mismatches(device.predict(vectors.inputs), vectors.outputs), 0U) << percent;
        EXPECT_EQ(emulation.complaint(), "") << percent;
    }
}

TEST_F(Rules, EveryAddressOfEveryPortAnswers) {
    Emulation emulation(byte_design());
    emulation.write(0x3fffffc, 1);
    EXPECT_EQ(emulation.read(0x3fffffc), 0U);
    EXPECT_EQ(emulation.read(0x1ffc), 0U);
    EXPECT_EQ(emulation.read(registers::identity), identity_value);
    std::uint64_t both = 0;
    EXPECT_EQ(emulation.poke64(emulation.bar, registers::descriptors, 0x123456789abcdef0), 0);
    EXPECT_EQ(emulation.peek64(emulation.bar, registers::descriptors, &both), 0);
    EXPECT_EQ(both, 0x123456789abcdec0U) << "a multiple of 64";
    int burst_port = 0;
    ASSERT_EQ(emulation.attach(0, 0, 4, 1, &burst_port), 0);
    std::uint32_t words[32] = {}, value = 1;
    EXPECT_EQ(emulation.write_burst(burst_port, 0, words, 32), 0);
    EXPECT_EQ(emulation.peek(burst_port, 64, &value), 0);
    EXPECT_EQ(value, 0U);
    emulation.detach(burst_port);
    EXPECT_EQ(emulation.complaint(), "");
}

TEST_F(Rules, AFunctionLevelResetIsAnsweredInTheMiddleOfABatch) {
    Emulation emulation(byte_design());
    constexpr std::uint32_t many = 4 << 20; // seconds of it
    tests::HostBuffer input(emulation, many), output(emulation, many);
    namespace kernel = shell::registers;
    emulation.poke64(emulation.bar, kernel::input_address, input.physical);
    emulation.write(kernel::output_address, static_cast<std::uint32_t>(output.physical));
    emulation.write(kernel::output_address + 4, static_cast<std::uint32_t>(output.physical >> 32U));
    emulation.write(kernel::events, many);
    emulation.write(kernel::control, 1);
    while (emulation.read(kernel::events_issued) < 10'000)
        std::this_thread::yield();
    std::uint64_t clocks = 0;
    ASSERT_EQ(emulation.function_level_reset(0, &clocks), 0);
    EXPECT_LT(clocks, 2000U) << "8 us";
    EXPECT_EQ(emulation.read(kernel::events_issued), 0U);
    EXPECT_EQ(emulation.read(registers::reads_outstanding), 0U);
    device::Device device = open(byte_design());
    const tests::Vectors vectors = tests::vectors(byte_design().card, 16'384, 5);
    EXPECT_EQ(tests::mismatches(device.predict(vectors.inputs), vectors.outputs), 0U);
    EXPECT_EQ(emulation.complaint(), "");
}

TEST_F(Rules, AFunctionLevelResetIsAnsweredWhenHostMemoryHangs) {
    Emulation emulation(byte_design());
    ASSERT_EQ(emulation.disturb(0, 1, 0, 1), 0);
    device::Device device = open(byte_design());
    const tests::Vectors vectors = tests::vectors(byte_design().card, 1000, 5);
    const device::Future future = device.submit(vectors.inputs);
    while (emulation.read(registers::reads_outstanding) == 0)
        std::this_thread::yield();
    std::uint64_t clocks = 0;
    ASSERT_EQ(emulation.function_level_reset(0, &clocks), 0);
    EXPECT_GE(clocks, 2000U);
    EXPECT_LE(clocks, 2010U);
}

/// A design that breaks three rules, each in its place, made by changing three lines of a good one.
TEST_F(Rules, BrokenOnesAreNoticed) {
    tests::F2Design early = tests::f2_folder("f2_early", {fixed::ap_ufixed(8, 8)}, 3);
    tests::change(early, "design/f2_early_kernel_f2_writes.v", "burst_valid && whole != 5'd0", "burst_valid");
    tests::change(early, "design/f2_early_kernel_f2_ring.v", "ack         <= access && !ack;",
                  "ack         <= access && !ack && address != 12'h0fc;");
    tests::change(early, "design/f2_early_kernel_f2_reads.v", "16'd16 : {12'd0, newest}",
                  "16'd16 : {12'd0, newest & 4'he}");
    compile_emulation(early.folder);
    Emulation emulation(early);

    EXPECT_EQ(emulation.read(0x10fc), 0xffffffffU);
    EXPECT_THAT(emulation.complaint(), HasSubstr("a register read was not answered within 8 us"));
    EXPECT_EQ(emulation.read(registers::identity), 0xffffffffU) << "the port is closed";

    // One burst of reads, so that nothing but the write's data is wrong; then several.
    const tests::Vectors vectors = tests::vectors(early.card, 16'384, 3);
    const auto failure = [&](std::size_t events) {
        emulation.reload();
        device::Device device = open(early);
        return tests::message_of([&] { device.predict(std::span(vectors.inputs).first(events)); });
    };
    const std::string message = failure(4096);
    EXPECT_THAT(message, HasSubstr("the data of a write did not come within 8 us of its address"));
    EXPECT_THAT(message, HasSubstr("events_issued")) << "the registers";
    EXPECT_THAT(failure(16'384), HasSubstr("two reads under way have one identifier"));
}

} // namespace
} // namespace gw::shell::f2
