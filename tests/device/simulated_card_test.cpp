// Trivial cores on the simulated card, through the whole driver: every bit of every event, under back-pressure too, and
// at what rate.
#include <gtest/gtest.h>

#include <iostream>
#include <thread>

#include "device/card_fixture.hpp"
#include "support/error.hpp"

namespace gw::device {
namespace {

constexpr std::uint64_t seed = 20261124;

struct Case {
    const tests::TrivialCard& (*card)();
    std::size_t events;
    const char* name;
};

class OnTheCard : public testing::TestWithParam<Case> {};

TEST_P(OnTheCard, EveryEventIsRight) {
    const tests::TrivialCard& card = GetParam().card();
    Device device = Device::open(card.bundle, {.chunk_events = 4099});
    const auto vectors = tests::vectors(card, GetParam().events, seed);
    const auto outputs = device.predict(vectors.inputs);
    const std::size_t wrong = tests::mismatches(outputs, vectors.outputs);
    std::cout << card.kernel.name << ": " << wrong << " mismatches in " << GetParam().events << " events, seed " << seed
              << "\n";
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(device.counters().events, GetParam().events);
}

TEST_P(OnTheCard, EveryBatchSizeIsRightUnderBackPressure) {
    const tests::TrivialCard& card = GetParam().card();
    for (const std::uint32_t stall : {0U, 30U, 80U}) {
        Device device = Device::open(card.bundle, {.simulation = {.stall_percent = stall, .seed = seed + stall}});
        std::size_t total = 0;
        for (const std::size_t events : {0, 1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 255, 1001, 4096, 4097}) {
            const auto vectors = tests::vectors(card, events, seed + events);
            EXPECT_EQ(tests::mismatches(device.predict(vectors.inputs), vectors.outputs), 0U)
                << events << " events, stall " << stall << " %";
            total += events;
        }
        EXPECT_EQ(device.counters().events, total);
    }
}

TEST_P(OnTheCard, RunsAtOneEventOrOneBeatAClock) {
    const tests::TrivialCard& card = GetParam().card();
    Device device = Device::open(card.bundle, {.chunk_events = 100'000});
    const auto vectors = tests::vectors(card, 20'000, seed);
    device.predict(vectors.inputs);
    const Counters counters = device.counters();
    const double events = static_cast<double>(counters.events) / static_cast<double>(counters.cycles);
    const double beats = static_cast<double>(counters.read_beats) / static_cast<double>(counters.cycles);
    std::cout << card.kernel.name << ": " << events << " events and " << beats << " beats a clock, "
              << static_cast<double>(counters.cycles) / counters.seconds / 1e6 << " M clocks/s simulated\n";
    EXPECT_GE(std::max(events, beats), 0.95);
}

INSTANTIATE_TEST_SUITE_P(Layouts, OnTheCard,
                         testing::Values(Case{tests::narrow_card, 10'000, "narrow"},
                                         Case{tests::byte_card, 10'001, "byte"}, Case{tests::beat_card, 10'000, "beat"},
                                         Case{tests::wide_card, 10'003, "wide"},
                                         Case{tests::chain_card, 10'000, "chain"}),
                         [](const auto& info) { return info.param.name; });

TEST(Cards, OfTwoBundlesLiveInOneProcess) {
    Device first = Device::open(tests::narrow_card().bundle), again = Device::open(tests::narrow_card().bundle);
    Device second = Device::open(tests::wide_card().bundle);
    const auto narrow = tests::vectors(tests::narrow_card(), 3000, seed),
               wide = tests::vectors(tests::wide_card(), 3000, seed);
    std::size_t wrong = 0;
    {
        std::vector<double> outputs;
        std::jthread thread([&] { outputs = first.predict(narrow.inputs); });
        wrong += tests::mismatches(second.predict(wide.inputs), wide.outputs);
        wrong += tests::mismatches(again.predict(narrow.inputs), narrow.outputs);
        thread.join();
        wrong += tests::mismatches(outputs, narrow.outputs);
    }
    EXPECT_EQ(wrong, 0U);
}

TEST(Cards, ServeSeveralThreadsAndManyBatchesAtOnce) {
    Device device = Device::open(tests::narrow_card().bundle, {.chunk_events = 500});
    std::atomic<std::size_t> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (std::uint64_t t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                std::vector<std::pair<Future, tests::Vectors>> batches;
                for (std::size_t b = 0; b < 5; ++b) {
                    auto vectors = tests::vectors(tests::narrow_card(), 700 + 13 * b, seed + t);
                    batches.emplace_back(device.submit(vectors.inputs), std::move(vectors));
                }
                for (const auto& [future, vectors] : batches) {
                    wrong += tests::mismatches(future.wait(), vectors.outputs);
                }
            });
        }
    }
    EXPECT_EQ(wrong.load(), 0U);
}

TEST(Kernel, RefusesAMisalignedAddress) {
    Device device = Device::open(tests::narrow_card().bundle);
    const std::uint64_t address = device.card().allocate(8192);
    EXPECT_THROW(run_batch(device.card(), {address + 8, address + 4096, 4}, std::chrono::seconds(10)), support::Error);
    EXPECT_NO_THROW(run_batch(device.card(), {address, address + 4096, 4}, std::chrono::seconds(10)));
}

TEST(Kernel, WritesNoByteBesideItsResults) {
    Device device = Device::open(tests::narrow_card().bundle);
    Card& card = device.card();
    const std::uint64_t address = card.allocate(16384);
    const std::vector<std::byte> before(8192, std::byte{0xa5});
    card.write_memory(address + 8192, before);
    run_batch(card, {address, address + 8192 + 64, 11}, std::chrono::seconds(10)); // 11 events of 8 bytes: 88 bytes
    std::vector<std::byte> after(8192);
    card.read_memory(address + 8192, after);
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (i < 64 || i >= 64 + 88) {
            ASSERT_EQ(after[i], before[i]) << "byte " << i;
        }
    }
}

} // namespace
} // namespace gw::device
