// The descriptor ring: laps, interrupts, descriptors that cannot be read, and a reset in the middle.
#include <gtest/gtest.h>

#include <thread>

#include "f2/fixture.hpp"
#include "support/need.hpp"

namespace gw::shell::f2 {
namespace {

using tests::byte_design;
using tests::Emulation;
using tests::HostBuffer;
using tests::Ring;
using tests::ring_entries;

class RingTest : public testing::Test {
  protected:
    void SetUp() override { GW_NEED(support::program_exists("verilator"), "Verilator is not installed"); }
};

TEST_F(RingTest, GoesRoundManyTimesAndReadsNoRegister) {
    Emulation emulation(byte_design());
    HostBuffer input(emulation, 1 << 20), output(emulation, 1 << 20);
    for (std::size_t i = 0; i < (1U << 20U); ++i)
        input.host[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    Ring ring(emulation);
    constexpr std::uint32_t batches = 203, room = 4096;
    const auto events_of = [](std::uint32_t batch) { return 1 + batch * 37 % 4000; };
    std::uint32_t queued = 0;
    std::uint64_t with_interrupt = 0, events = 0;
    for (std::uint32_t done = 0; done < batches; ++done, ++ring.completed) {
        for (; queued < batches && queued - done < ring_entries; ++queued)
            ring.add(input.physical + queued * room, output.physical + queued * room, events_of(queued), queued % 2,
                     queued + 1000);
        ring.ring();
        ASSERT_TRUE(ring.wait()) << "batch " << done;
        ASSERT_EQ(ring.field<std::uint64_t>(0), done + 1000U);
        ASSERT_EQ(ring.field<std::uint32_t>(16), events_of(done));
        ASSERT_EQ(ring.field<std::uint32_t>(20), 0U) << "errors";
        ASSERT_EQ(ring.field<std::uint32_t>(24), (events_of(done) + 63) / 64) << "beats read";
        ASSERT_GT(ring.field<std::uint64_t>(8), events_of(done)) << "clocks";
        with_interrupt += done % 2;
        events += events_of(done);
    }
    std::size_t different = 0;
    for (std::uint32_t batch = 0; batch < batches; ++batch)
        for (std::size_t i = batch * room; i < batch * room + events_of(batch); ++i)
            different += output.host[i] != static_cast<std::uint8_t>(input.host[i] + 1) ? 1U : 0U;
    EXPECT_EQ(different, 0U) << "of " << events;
    EXPECT_GT(events, 10'000U);
    EXPECT_EQ(emulation.read(registers::completed), batches);
    // A request is held back while the last one is not acknowledged; batches here take longer than that.
    EXPECT_EQ(emulation.interrupts(0), with_interrupt);
    EXPECT_EQ(emulation.complaint(), "");
}

TEST_F(RingTest, StopsAtADescriptorThatCannotBeReadAndGoesOnAfterAReset) {
    Emulation emulation(byte_design());
    HostBuffer input(emulation, 4096), output(emulation, 4096);
    Ring ring(emulation);
    emulation.poke64(emulation.bar, registers::descriptors, std::uint64_t{1} << 50U); // nobody's memory
    ring.add(input.physical, output.physical, 10, 0, 1);
    ring.ring();
    ASSERT_TRUE(ring.wait());
    EXPECT_EQ(ring.field<std::uint32_t>(20), 8U);
    EXPECT_EQ(ring.field<std::uint32_t>(16), 0U) << "no event";
    EXPECT_EQ(emulation.read(registers::status) & 4U, 4U);
    ring.start();
    EXPECT_EQ(emulation.read(registers::status) & 4U, 0U);
    ring.add(input.physical, output.physical, 10, 0, 2);
    ring.ring();
    ASSERT_TRUE(ring.wait());
    EXPECT_EQ(ring.field<std::uint32_t>(20), 0U);
    EXPECT_EQ(output.host[9], 1);
    EXPECT_EQ(emulation.complaint(), "");
}

TEST_F(RingTest, ReportsABatchWhoseMemoryIsNotThereAndGoesOn) {
    Emulation emulation(byte_design());
    HostBuffer input(emulation, 4096), output(emulation, 4096);
    Ring ring(emulation);
    ring.add(std::uint64_t{1} << 50U, output.physical, 100, 0, 1);
    ring.add(input.physical, std::uint64_t{1} << 50U, 100, 0, 2);
    ring.add(input.physical + 1, output.physical, 0, 0, 3);
    ring.add(input.physical, output.physical, 100, 0, 4);
    ring.ring();
    for (const std::uint32_t errors : {1U, 2U, 4U, 0U}) {
        ASSERT_TRUE(ring.wait());
        EXPECT_EQ(ring.field<std::uint32_t>(20), errors);
        ++ring.completed;
    }
    EXPECT_EQ(emulation.complaint(), "");
}

TEST_F(RingTest, ComesOutOfAResetOnceHostMemoryAnswersAgain) {
    Emulation emulation(byte_design());
    HostBuffer input(emulation, 1 << 16), output(emulation, 1 << 16);
    Ring ring(emulation);
    for (const std::uint32_t hang : {1U, 2U}) {
        emulation.disturb(0, hang, 0, 1);
        for (std::uint64_t i = 0; i < ring_entries; ++i)
            ring.add(input.physical, output.physical, 60'000, 0, i);
        ring.ring();
        const std::uint64_t under_way = hang == 1 ? registers::reads_outstanding : registers::writes_outstanding;
        while (emulation.read(under_way) == 0)
            std::this_thread::yield();
        emulation.write(registers::control, 2);
        EXPECT_EQ(emulation.read(registers::status) & 2U, 2U) << "waits for the shell";
        emulation.disturb(0, 0, 0, 1);
        ring.start();
        ring.add(input.physical, output.physical, 60'000, 0, 77);
        ring.ring();
        ASSERT_TRUE(ring.wait());
        EXPECT_EQ(ring.field<std::uint64_t>(0), 77U);
        EXPECT_EQ(ring.field<std::uint32_t>(16), 60'000U);
        EXPECT_EQ(emulation.complaint(), "");
        ring.start();
    }
}

} // namespace
} // namespace gw::shell::f2
