// A card that misbehaves in every way that a driver can see. The property each time: no wait without an end, no wrong
// answer returned as right, and the next batch works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <thread>

#include "device/card_fixture.hpp"
#include "device/faulty_card.hpp"
#include "support/crc32c.hpp"
#include "support/error.hpp"

namespace gw::device {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using tests::message_of;

/// A device on faulty cards around simulated ones with checksums.
struct Rig {
    explicit Rig(DeviceOptions options = {}, std::size_t count = 1) {
        options.time_limit = std::min(options.time_limit, milliseconds(2000));
        options.chunk_events = 100;
        options.checksums = true;
        std::vector<std::unique_ptr<Card>> opened;
        for (std::size_t k = 0; k < count; ++k) {
            auto inner = open_simulated_card(made.bundle / shell::card_library);
            simulated.push_back(inner.get());
            auto faulty = make_faulty(std::move(inner));
            cards.push_back(faulty.get());
            opened.push_back(std::move(faulty));
        }
        device =
            std::make_unique<Device>(std::move(opened), shell::CardDescription{made.core.core, made.kernel}, options);
    }
    std::vector<double> predict() { return device->predict(vectors.inputs); }
    std::size_t wrong() { return tests::mismatches(predict(), vectors.outputs); }
    void expect_works_again() {
        for (FaultyCard* card : cards)
            card->set_fault(CardFault::none);
        EXPECT_EQ(wrong(), 0U);
    }

    const tests::TrivialCard& made = tests::checked_card();
    tests::Vectors vectors = tests::vectors(made, 750, 5);
    std::vector<SimulatedCard*> simulated;
    std::vector<FaultyCard*> cards;
    std::unique_ptr<Device> device;
};

struct Expected {
    CardFault fault;
    const char *name, *message;
};

class Passing : public testing::TestWithParam<Expected> {}; ///< an incident, not a state
class OfACard : public testing::TestWithParam<Expected> {};

TEST_P(OfACard, IsSeenAndReported) {
    Rig rig({.time_limit = milliseconds(150)});
    EXPECT_EQ(rig.wrong(), 0U);
    rig.cards[0]->set_fault(GetParam().fault, 0, milliseconds(400));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(message_of([&] { rig.predict(); }), HasSubstr(GetParam().message));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    rig.expect_works_again();
}

TEST_P(Passing, CostsOnlyAReplay) {
    Rig rig({.time_limit = milliseconds(150)});
    rig.cards[0]->set_fault(GetParam().fault, 1, milliseconds(400));
    EXPECT_EQ(rig.wrong(), 0U);
    const Counters counters = rig.device->counters();
    EXPECT_EQ(counters.replays, 1U);
    EXPECT_EQ(counters.failures, 1U);
    EXPECT_EQ(counters.resets, 1U);
    EXPECT_EQ(counters.events, 750U);
}

const auto incidents =
    testing::Values(Expected{CardFault::hangs, "hangs", "did not end within its time limit of 150 ms"},
                    Expected{CardFault::late, "late", "did not end within its time limit"},
                    Expected{CardFault::never_starts, "never_starts", "not done"},
                    Expected{CardFault::wrong_status, "wrong_status", "events entered the core"},
                    Expected{CardFault::flips_in, "flips_in", "the checksum of the inputs differs"},
                    Expected{CardFault::flips_out, "flips_out", "the checksum of the outputs differs"},
                    Expected{CardFault::wrong_bank, "wrong_bank", "the checksum of the inputs differs"},
                    Expected{CardFault::foreign, "foreign", "another program drives it too"});
const auto states = testing::Values(Expected{CardFault::lost, "lost", "any more"},
                                    Expected{CardFault::foreign_runs, "foreign_runs", "the kernel runs already"});
std::string name_of(const testing::TestParamInfo<Expected>& info) {
    return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Incident, OfACard, incidents, name_of);
INSTANTIATE_TEST_SUITE_P(Incident, Passing, incidents, name_of);
INSTANTIATE_TEST_SUITE_P(State, OfACard, states, name_of);

TEST(Late, WithinTheLimitIsRight) {
    Rig rig;
    rig.cards[0]->set_fault(CardFault::late, 3, milliseconds(60));
    EXPECT_EQ(rig.wrong(), 0U);
    EXPECT_EQ(rig.device->counters().failures, 0U);
}

TEST(Flips, OnTheBusAreSeenByTheKernelsSums) {
    for (const auto& [fault, words] :
         {std::pair{Fault::read_flips, "the inputs differs"}, std::pair{Fault::write_flips, "the outputs differs"}}) {
        Rig rig;
        rig.simulated[0]->set_fault(fault);
        const std::string message = message_of([&] { rig.predict(); });
        EXPECT_THAT(message, HasSubstr(words));
        EXPECT_EQ(rig.device->counters().damaged, 2U) << "the chunk and its replay";
        rig.simulated[0]->set_fault(Fault::none);
        rig.expect_works_again();
    }
}

TEST(Checksums, OfKernelAndHostAgreeForEveryBatchSize) {
    Rig rig;
    Card& card = *rig.simulated[0];
    const std::uint64_t address = card.allocate(1 << 20);
    support::Random random(3);
    std::vector<std::byte> bytes(64 * 130);
    for (std::byte& byte : bytes)
        byte = static_cast<std::byte>(random.below(256));
    std::size_t wrong = 0, compared = 0;
    for (std::uint32_t events = 0; events < 500; events += events < 20 ? 1 : 37) {
        const std::size_t in = (events * rig.made.kernel.input.bytes + 63) / 64 * 64,
                          out = events * rig.made.kernel.output.bytes;
        card.write_memory(address, bytes);
        const KernelCounters done = run_batch(
            card,
            {.input_address = address, .output_address = address + (1 << 19), .events = events, .checksums = true},
            std::chrono::seconds(10));
        std::vector<std::byte> results(out);
        card.read_memory(address + (1 << 19), results);
        wrong += done.checksums->input == support::crc32c(std::span(bytes).first(in)) ? 0 : 1;
        wrong += done.checksums->output == beats_checksum(results) ? 0 : 1;
        compared += 2;
    }
    std::cout << wrong << " mismatches in " << compared << " checksums\n";
    EXPECT_EQ(wrong, 0U);
}

TEST(Checksums, AreRefusedWhereTheKernelHasNone) {
    EXPECT_THAT(message_of([] { Device::open(tests::narrow_card().bundle, {.checksums = true}); }),
                HasSubstr("the kernel has no checksums"));
}

TEST(Lost, CardsWorkGoesToTheOthers) {
    Rig rig({.time_limit = milliseconds(300)}, 3);
    rig.cards[1]->set_fault(CardFault::lost);
    EXPECT_EQ(rig.wrong(), 0U);
    EXPECT_EQ(rig.wrong(), 0U);
    const Counters counters = rig.device->counters();
    EXPECT_EQ(counters.lost_cards, 1U);
    EXPECT_GE(counters.moved, 1U);
    for (FaultyCard* card : rig.cards)
        card->set_fault(CardFault::lost);
    const std::string message = message_of([&] { rig.predict(); });
    EXPECT_THAT(message, testing::AnyOf(HasSubstr("does not answer"), HasSubstr("no card answers")));
    EXPECT_THAT(message_of([&] { rig.predict(); }), HasSubstr("no card answers any more"));
    rig.expect_works_again(); // they are back
}

TEST(Faults, AtRandomNeverGiveAWrongAnswer) {
    constexpr std::uint64_t seed = 20261127;
    Rig rig({.time_limit = milliseconds(100), .replays = 2}, 2);
    support::Random random(seed);
    const std::array faults{CardFault::hangs,     CardFault::never_starts, CardFault::wrong_status, CardFault::flips_in,
                            CardFault::flips_out, CardFault::wrong_bank,   CardFault::foreign};
    std::size_t right = 0, refused = 0, wrong = 0;
    for (int batch = 0; batch < 60; ++batch) {
        for (FaultyCard* card : rig.cards)
            card->set_fault(faults[random.below(faults.size())], static_cast<std::uint32_t>(1 + random.below(4)));
        try {
            (rig.wrong() == 0 ? right : wrong) += 1;
        } catch (const support::Error&) {
            ++refused;
        }
    }
    std::cout << right << " batches right, " << refused << " refused, " << wrong << " wrong, seed " << seed << "\n";
    EXPECT_EQ(wrong, 0U);
    EXPECT_GT(right, 0U);
    rig.expect_works_again();
}

TEST(Transfers, ThatAreSlowAreInterruptedBetweenChunks) {
    Rig rig({.buffers = 1});
    rig.cards[0]->set_fault(CardFault::slow_transfers, 0, milliseconds(50));
    std::atomic<bool> pressed = false;
    std::jthread user([&] {
        std::this_thread::sleep_for(milliseconds(120));
        pressed = true;
    });
    const auto begin = std::chrono::steady_clock::now();
    const tests::Vectors many = tests::vectors(rig.made, 20'000, 9); // 200 chunks: 20 s
    EXPECT_THAT(message_of([&] { rig.device->submit(many.inputs, {.cancelled = [&] { return pressed.load(); }}); }),
                HasSubstr("interrupted"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    rig.expect_works_again();
}

} // namespace
} // namespace gw::device
