// Several cards under one device; priorities; inputs that are in the card's layout already.
#include <gtest/gtest.h>

#include <iostream>
#include <thread>

#include "device/card_fixture.hpp"
#include "device/packing.hpp"
#include "support/error.hpp"

namespace gw::device {
namespace {

constexpr std::uint64_t seed = 20261127;

TEST(Several, CardsShareABatchAndKeepItsOrder) {
    const tests::TrivialCard& card = tests::narrow_card();
    Device device = Device::open(card.bundle, {.chunk_events = 250, .cards = 3});
    const auto vectors = tests::vectors(card, 10'000, seed);
    EXPECT_EQ(tests::mismatches(device.predict(vectors.inputs), vectors.outputs), 0U);
    std::size_t busy = 0;
    for (std::size_t k = 0; k < device.cards(); ++k)
        busy += device.card(k).read_register(shell::registers::read_beats) > 0 ? 1 : 0;
    EXPECT_EQ(busy, 3U) << "each has had a chunk";
    EXPECT_EQ(device.counters().chunks, 40U);
    EXPECT_THROW(device.card(3), support::Error);
}

TEST(Several, CardsAndThreadsAtOnce) {
    const tests::TrivialCard& card = tests::narrow_card();
    Device device = Device::open(card.bundle, {.chunk_events = 100, .cards = 2});
    std::atomic<std::size_t> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (std::size_t b = 0; b < 6; ++b) {
                    const auto vectors = tests::vectors(card, 333 + 70 * b, seed + static_cast<std::uint64_t>(t));
                    const Future future = device.submit(vectors.inputs, {.priority = t % 2});
                    wrong += tests::mismatches(future.wait(), vectors.outputs);
                }
            });
    }
    EXPECT_EQ(wrong.load(), 0U);
}

TEST(Priority, OvertakesALongBatch) {
    const tests::TrivialCard& card = tests::narrow_card();
    Device device = Device::open(card.bundle, {.chunk_events = 100, .buffers = 2});
    const auto slow = tests::vectors(card, 60'000, seed), quick = tests::vectors(card, 200, seed + 1);
    std::atomic<int> ends = 0;
    int slow_end = 0, quick_end = 0;
    std::vector<double> slow_outputs;
    std::jthread thread([&] {
        const Future future = device.submit(slow.inputs);
        future.when_ready([&] { slow_end = ++ends; });
        slow_outputs = future.wait();
    });
    while (device.counters().chunks == 0)
        std::this_thread::yield();
    const Future future = device.submit(quick.inputs, {.priority = 1});
    future.when_ready([&] { quick_end = ++ends; });
    EXPECT_EQ(tests::mismatches(future.wait(), quick.outputs), 0U);
    EXPECT_LT(device.counters().chunks, 600U) << "the long batch is under way still";
    thread.join();
    while (ends < 2) // an action may come a moment after the waiting thread
        std::this_thread::yield();
    EXPECT_EQ(quick_end, 1);
    EXPECT_EQ(slow_end, 2);
    EXPECT_EQ(tests::mismatches(slow_outputs, slow.outputs), 0U);
}

TEST(Native, EventsAreCopiedOnceOrNotAtAll) {
    const tests::TrivialCard& card = tests::beat_card(); // 32 elements of 16 bits: an event is 64 bytes
    Device device = Device::open(card.bundle, {.chunk_events = 99});
    const auto vectors = tests::vectors(card, 1000, seed);
    const Packer packer(card.kernel.input);
    ASSERT_TRUE(packer.is_native(2));
    std::vector<std::int16_t> raw(vectors.inputs.size());
    packer.pack(vectors.inputs, std::as_writable_bytes(std::span(raw)));
    for (std::size_t i = 0; i < raw.size(); ++i)
        ASSERT_EQ(fixed::to_double(raw[i], 10), vectors.inputs[i]) << "an int16 array is the card's layout";

    EXPECT_EQ(tests::mismatches(device.submit_packed(std::as_bytes(std::span(raw))).wait(), vectors.outputs), 0U);
    Counters counters = device.counters();
    EXPECT_EQ(counters.copied_bytes, 64'000U);
    EXPECT_EQ(counters.converted_bytes + counters.in_place_bytes, 0U);

    const CardBuffer buffer = device.allocate(64'000 + 128);
    const std::byte* place = buffer.memory->host().data();
    std::ranges::copy(std::as_bytes(std::span(raw)), buffer.memory->host().begin() + 128);
    EXPECT_EQ(tests::mismatches(device.submit_in_place(buffer, 128, 1000).wait(), vectors.outputs), 0U);
    EXPECT_EQ(buffer.memory->host().data(), place);
    counters = device.counters();
    EXPECT_EQ(counters.in_place_bytes, 64'000U);
    EXPECT_EQ(counters.copied_bytes, 64'000U);
    EXPECT_EQ(counters.converted_bytes, 0U);
    EXPECT_THROW(device.submit_in_place(buffer, 192, 1000), support::Error);
    EXPECT_THROW(device.submit_in_place(buffer, 1, 10), support::Error);
}

TEST(Native, PartBeatsGoInPlaceToo) {
    const tests::TrivialCard& card = tests::narrow_card(); // 8 events a beat
    Device device = Device::open(card.bundle, {.chunk_events = 100});
    const auto vectors = tests::vectors(card, 1003, seed);
    const CardBuffer buffer = device.allocate(1003 * card.kernel.input.bytes);
    Packer(card.kernel.input).pack(vectors.inputs, buffer.memory->host());
    EXPECT_EQ(tests::mismatches(device.submit_in_place(buffer, 0, 1003).wait(), vectors.outputs), 0U);
    EXPECT_EQ(device.counters().in_place_bytes, 1003U * card.kernel.input.bytes);
}

TEST(Native, FloatsGiveTheSameBitsAsDoubles) {
    const tests::TrivialCard& card = tests::narrow_card();
    Device device = Device::open(card.bundle);
    const auto vectors = tests::vectors(card, 2000, seed);
    const std::vector<float> floats(vectors.inputs.begin(), vectors.inputs.end()); // at most 20 bits: exact
    EXPECT_EQ(tests::mismatches(device.submit(floats).wait(), vectors.outputs), 0U);
}

} // namespace
} // namespace gw::device
