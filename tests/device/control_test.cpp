// The kernel by its registers alone, as XRT drives one: ap_ctrl_chain's overlapping batches, and the soft reset.
#include <gtest/gtest.h>

#include <algorithm>

#include "device/card_fixture.hpp"
#include "device/packing.hpp"

namespace gw::device {
namespace {

namespace reg = shell::registers;
constexpr std::uint32_t start = 1, done = 2, idle = 4, proceed = 16;

/// A card, and batches whose outputs are known.
class Driven {
  public:
    Driven(const tests::TrivialCard& card, std::size_t most_events, const SimulationOptions& options = {})
        : made_(card), card_(open_simulated_card(card.bundle / shell::card_library, options)),
          vectors_(tests::vectors(card, most_events, 3)), inputs_(most_events * card.kernel.input.bytes),
          expected_(most_events * card.kernel.output.bytes) {
        Packer(card.kernel.input).pack(vectors_.inputs, inputs_);
        Packer(card.kernel.output).pack(vectors_.outputs, expected_);
        input_ = card_->allocate(inputs_.size());
        card_->write_memory(input_, inputs_);
    }

    SimulatedCard& card() { return *card_; }
    std::uint32_t read(std::uint32_t offset) { return card_->read_register(offset); }
    void write(std::uint32_t offset, std::uint32_t value) { card_->write_register(offset, value); }
    void write_wide(std::uint32_t offset, std::uint64_t value) {
        write(offset, static_cast<std::uint32_t>(value));
        write(offset + 4, static_cast<std::uint32_t>(value >> 32));
    }

    /// Room for `events` outputs, filled with a pattern.
    std::uint64_t output_for(std::size_t events) {
        const std::uint64_t address = card_->allocate(events * made_.kernel.output.bytes);
        card_->write_memory(address, std::vector<std::byte>(events * made_.kernel.output.bytes, untouched));
        return address;
    }
    void begin(std::uint64_t output, std::uint32_t events, std::size_t first_event = 0) {
        write_wide(reg::input_address, input_ + first_event * made_.kernel.input.bytes);
        write_wide(reg::output_address, output);
        write(reg::events, events);
        write(reg::control, start);
    }
    /// Reads the control register until `bits` are `value`; whether that came within `most` reads.
    bool until(std::uint32_t bits, std::uint32_t value, std::size_t most = 200'000) {
        for (std::size_t k = 0; k < most; ++k)
            if ((read(reg::control) & bits) == value)
                return true;
        return false;
    }

    struct Written {
        std::size_t right = 0, untouched = 0, wrong = 0; ///< bytes
    };
    Written written(std::uint64_t output, std::size_t events, std::size_t first_event = 0) {
        std::vector<std::byte> bytes(events * made_.kernel.output.bytes);
        card_->read_memory(output, bytes);
        Written count;
        for (std::size_t k = 0; k < bytes.size(); ++k) {
            const bool right = bytes[k] == expected_[first_event * made_.kernel.output.bytes + k];
            ++(right ? count.right : bytes[k] == untouched ? count.untouched : count.wrong);
        }
        return count;
    }
    bool whole(std::uint64_t output, std::size_t events, std::size_t first_event = 0) {
        return written(output, events, first_event).right == events * made_.kernel.output.bytes;
    }

  private:
    static constexpr std::byte untouched{0xA5};

    const tests::TrivialCard& made_;
    std::unique_ptr<SimulatedCard> card_;
    tests::Vectors vectors_;
    std::vector<std::byte> inputs_, expected_;
    std::uint64_t input_ = 0;
};

TEST(Chain, TakesABatchWhileTheOneBeforeWaitsForItsContinue) {
    Driven driven(tests::chain_card(), 2000);
    const std::uint64_t first = driven.output_for(1000), second = driven.output_for(500), third = driven.output_for(64);
    driven.begin(first, 1000);
    ASSERT_TRUE(driven.until(start, 0)) << "never ready for another batch";
    EXPECT_EQ(driven.read(reg::control) & done, 0U) << "ready no sooner than done";
    driven.begin(second, 500, 1000);
    ASSERT_TRUE(driven.until(start, 0));
    // The first is done and stays so, however often that is read; the second is computed all the same.
    ASSERT_TRUE(driven.until(done, done));
    for (int k = 0; k < 2000; ++k)
        ASSERT_EQ(driven.read(reg::control) & done, done);
    EXPECT_TRUE(driven.whole(first, 1000));
    EXPECT_TRUE(driven.whole(second, 500, 1000));
    EXPECT_EQ(driven.read(reg::events_issued), 1500U);
    // One more can be begun; its results wait for the second, whose end is not yet told.
    driven.begin(third, 64, 1504);
    ASSERT_TRUE(driven.until(start, 0));
    for (int k = 0; k < 1000; ++k)
        driven.read(reg::control);
    EXPECT_EQ(driven.written(third, 64).untouched, 64 * tests::chain_card().kernel.output.bytes);
    for (int batch = 0; batch < 3; ++batch) {
        ASSERT_TRUE(driven.until(done, done)) << "batch " << batch;
        driven.write(reg::control, proceed);
    }
    EXPECT_TRUE(driven.until(done | idle, idle));
    EXPECT_FALSE(driven.until(done, done, 1000)) << "done for a batch that never was";
    EXPECT_TRUE(driven.whole(third, 64, 1504));
    EXPECT_EQ(driven.read(reg::errors), 0U);
    EXPECT_EQ(driven.card().complaint(), "");
}

/// Clocks for `batches` batches of `events` by a host that starts each as soon as the protocol allows.
std::uint64_t clocks(const tests::TrivialCard& card, std::size_t batches, std::uint32_t events, bool chain,
                     std::uint32_t stall = 0) {
    Driven driven(card, events, {.stall_percent = stall});
    std::vector<std::uint64_t> outputs;
    for (std::size_t k = 0; k < batches; ++k)
        outputs.push_back(driven.output_for(events));
    const std::uint64_t before = driven.card().cycles();
    std::size_t begun = 0, ended = 0;
    while (ended < batches) {
        const std::uint32_t control = driven.read(reg::control);
        if ((control & done) != 0) {
            ++ended;
            if (chain)
                driven.write(reg::control, proceed);
        }
        if (begun < batches && (control & start) == 0 && (chain || begun == ended))
            driven.begin(outputs[begun++], events);
        if (driven.card().cycles() - before > 100'000'000)
            return 0;
    }
    const std::uint64_t taken = driven.card().cycles() - before;
    for (const std::uint64_t output : outputs)
        EXPECT_TRUE(driven.whole(output, events));
    EXPECT_EQ(driven.read(reg::errors), 0U);
    EXPECT_EQ(driven.card().complaint(), "");
    return taken;
}

TEST(Chain, BatchesInARowOverlap) {
    constexpr std::size_t batches = 50;
    for (const std::uint32_t events : {64U, 256U, 1024U}) {
        const std::uint64_t one = clocks(tests::narrow_card(), batches, events, false);
        const std::uint64_t row = clocks(tests::chain_card(), batches, events, true);
        std::printf("%zu batches of %u events: ap_ctrl_hs %.1f clocks a batch, ap_ctrl_chain %.1f\n", batches, events,
                    static_cast<double>(one) / batches, static_cast<double>(row) / batches);
        EXPECT_GT(row, 0U);
        EXPECT_LT(row, one);
    }
    EXPECT_GT(clocks(tests::chain_card(), batches, 100, true, 60), 0U); // and right under back-pressure
    EXPECT_GT(clocks(tests::chain_card(), batches, 1, true, 30), 0U);
}

TEST(Chain, AnEmptyBatchIsDoneToo) {
    Driven driven(tests::chain_card(), 10);
    const std::uint64_t output = driven.output_for(10);
    driven.begin(output, 0);
    ASSERT_TRUE(driven.until(done, done));
    driven.begin(output, 10);
    driven.write(reg::control, proceed);
    ASSERT_TRUE(driven.until(done, done));
    EXPECT_TRUE(driven.whole(output, 10));
}

/// Drops a batch at a random moment, then runs a whole one.
void drop_batches(const tests::TrivialCard& card, std::uint32_t stall, std::uint64_t seed, std::size_t rounds) {
    constexpr std::uint32_t events = 600;
    Driven driven(card, events, {.stall_percent = stall, .seed = seed});
    support::Random random(seed);
    std::size_t under_way = 0;
    const std::uint64_t output = driven.output_for(events), after = driven.output_for(events);
    for (std::size_t round = 0; round < rounds; ++round) {
        driven.begin(output, events);
        for (std::uint64_t wait = random.below(250); wait > 0; --wait)
            driven.read(reg::events_issued);
        under_way += (driven.read(reg::control) & idle) == 0 ? 1 : 0;
        driven.write(reg::soft_reset, 1);
        std::size_t reads = 0;
        while (driven.read(reg::soft_reset) != 0 && reads < 100'000)
            ++reads;
        ASSERT_LT(reads, 100'000U) << "the reset does not end";
        ASSERT_EQ(driven.read(reg::control), idle);
        ASSERT_EQ(driven.read(reg::events_issued), 0U);
        ASSERT_EQ(driven.written(output, events).wrong, 0U) << "a dropped batch wrote what is no result";
        driven.begin(after, events);
        ASSERT_TRUE(driven.until(done, done));
        driven.write(reg::control, proceed);
        ASSERT_TRUE(driven.whole(after, events));
        ASSERT_EQ(driven.read(reg::errors), 0U);
        ASSERT_EQ(driven.card().complaint(), "");
    }
    EXPECT_GT(under_way, rounds / 4) << "hardly a batch was dropped on its way";
    std::printf("stall %u %%: %zu of %zu batches dropped on their way, seed %llu\n", stall, under_way, rounds,
                static_cast<unsigned long long>(seed));
}

TEST(SoftReset, DropsABatchAtAnyMomentAndBreaksNoBusRule) {
    for (const std::uint32_t stall : {0U, 40U, 85U}) {
        drop_batches(tests::narrow_card(), stall, 11 + stall, 100);
        drop_batches(tests::chain_card(), stall, 12 + stall, 100);
        drop_batches(tests::wide_card(), stall, 13 + stall, 40);
    }
}

TEST(SoftReset, WaitsForAMemoryThatHangs) {
    for (const Fault fault : {Fault::read_hangs, Fault::write_hangs}) {
        Driven driven(tests::narrow_card(), 2000);
        const std::uint64_t output = driven.output_for(2000);
        driven.card().set_fault(fault);
        driven.begin(output, 2000);
        EXPECT_FALSE(driven.until(done, done, 1000));
        driven.write(reg::soft_reset, 1);
        for (int k = 0; k < 1000; ++k)
            ASSERT_EQ(driven.read(reg::soft_reset), 1U);
        driven.card().set_fault(Fault::none);
        for (int k = 0; k < 1000 && driven.read(reg::soft_reset) != 0; ++k) {
        }
        EXPECT_EQ(driven.read(reg::soft_reset), 0U);
        driven.begin(output, 2000);
        ASSERT_TRUE(driven.until(done, done));
        EXPECT_TRUE(driven.whole(output, 2000));
        EXPECT_EQ(driven.card().complaint(), "");
    }
}

} // namespace
} // namespace gw::device
