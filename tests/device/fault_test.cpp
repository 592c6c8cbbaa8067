// What happens when things go wrong: a memory that hangs or fails, data that are no numbers, a bundle that is not
// whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "device/card_fixture.hpp"
#include "support/error.hpp"

namespace gw::device {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using tests::message_of;

/// A device whose card the test may disturb.
struct Disturbed {
    explicit Disturbed(const DeviceOptions& options = {}) : vectors(tests::vectors(tests::narrow_card(), 500, 7)) {
        auto opened = open_simulated_card(tests::narrow_card().bundle / shell::card_library);
        card = opened.get();
        device = std::make_unique<Device>(
            std::move(opened), shell::CardDescription{tests::narrow_card().core.core, tests::narrow_card().kernel},
            options);
    }
    void expect_works_again() {
        card->set_fault(Fault::none);
        EXPECT_EQ(tests::mismatches(device->predict(vectors.inputs), vectors.outputs), 0U);
    }
    tests::Vectors vectors;
    SimulatedCard* card = nullptr;
    std::unique_ptr<Device> device;
};

TEST(Hang, OfTheMemoryEndsAtTheTimeLimitWithTheRegisters) {
    for (const Fault fault : {Fault::read_hangs, Fault::write_hangs}) {
        Disturbed disturbed({.time_limit = milliseconds(100)});
        disturbed.card->set_fault(fault);
        const std::string message = message_of([&] { disturbed.device->predict(disturbed.vectors.inputs); });
        EXPECT_THAT(message, HasSubstr("did not end within its time limit of 100 ms"));
        EXPECT_THAT(message, HasSubstr("CTRL"));
        EXPECT_THAT(message, HasSubstr("events_issued"));
        disturbed.expect_works_again();
    }
}

TEST(Hang, EndsAtTheCallersTimeLimitToo) {
    Disturbed disturbed({.chunk_events = 100});
    disturbed.card->set_fault(Fault::read_hangs);
    const Future future = disturbed.device->submit(std::span(disturbed.vectors.inputs).first(3 * 300));
    EXPECT_FALSE(future.ready());
    EXPECT_THAT(message_of([&] { future.wait(milliseconds(50)); }), HasSubstr("before its caller's time limit"));
    EXPECT_TRUE(future.ready());
    disturbed.expect_works_again();
}

TEST(Hang, LetsNobodyWaitForEverForABufferOrTheDestructor) {
    Disturbed disturbed({.chunk_events = 100, .buffers = 1, .time_limit = milliseconds(300)});
    disturbed.card->set_fault(Fault::read_hangs);
    const auto begin = std::chrono::steady_clock::now();
    const auto two_chunks = std::span(disturbed.vectors.inputs).first(3 * 200);
    EXPECT_THAT(message_of([&] { disturbed.device->predict(two_chunks); }), HasSubstr("did not end"));
    for (int batch = 0; batch < 3; ++batch) { // left in the queue
        disturbed.device->submit(two_chunks.first(3 * 100));
    }
    disturbed.device.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Hang, IsLeftByTheDestructorAtOnce) {
    Disturbed disturbed({.chunk_events = 100}); // a minute a chunk
    disturbed.card->set_fault(Fault::read_hangs);
    const Future future = disturbed.device->submit(std::span(disturbed.vectors.inputs).first(3 * 300));
    const auto begin = std::chrono::steady_clock::now();
    disturbed.device.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_TRUE(future.ready());
    EXPECT_THROW(future.wait(), support::Error);
}

TEST(Failure, OfTheMemoryIsReported) {
    Disturbed disturbed;
    disturbed.card->set_fault(Fault::read_fails);
    EXPECT_THAT(message_of([&] { disturbed.device->predict(disturbed.vectors.inputs); }),
                HasSubstr("a failed memory read"));
    disturbed.card->set_fault(Fault::write_fails);
    EXPECT_THAT(message_of([&] { disturbed.device->predict(disturbed.vectors.inputs); }),
                HasSubstr("a failed memory write"));
    disturbed.expect_works_again();
}

TEST(Failure, OutsideTheMemoryIsReported) {
    Disturbed disturbed;
    Card& card = *disturbed.card;
    EXPECT_THAT(message_of([&] {
                    run_batch(card, {std::uint64_t{1} << 40, 0, 8}, milliseconds(10'000));
                }),
                HasSubstr("a failed memory read"));
    EXPECT_THAT(message_of([&] {
                    run_batch(card, {0, std::uint64_t{1} << 40, 8}, milliseconds(10'000));
                }),
                HasSubstr("a failed memory write"));
    EXPECT_THAT(message_of([&] { card.allocate(std::size_t{1} << 40); }), HasSubstr("has no room"));
}

TEST(Input, ThatIsNoNumberIsRefusedByEventAndElement) {
    Disturbed disturbed({.chunk_events = 100});
    std::vector<double> inputs = disturbed.vectors.inputs;
    inputs[3 * 321 + 2] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THAT(message_of([&] { disturbed.device->predict(inputs); }), HasSubstr("event 321, input 2"));
    EXPECT_THAT(message_of([&] { disturbed.device->predict(std::vector<double>(4)); }), HasSubstr("not whole events"));
    disturbed.expect_works_again();
}

TEST(Bundle, ThatIsNotWholeIsRefused) {
    const std::filesystem::path bundle = std::filesystem::path(GW_BINARY_DIR) / "tests" / "device" / "broken";
    std::filesystem::remove_all(bundle);
    EXPECT_THROW(Device::open(bundle), support::Error);
    tests::write_card(bundle, tests::narrow_card().core.core, {});
    EXPECT_THAT(message_of([&] { Device::open(bundle); }), HasSubstr("cannot be loaded"));
    std::ofstream(bundle / shell::card_library) << "not a library";
    EXPECT_THAT(message_of([&] { Device::open(bundle); }), HasSubstr("cannot be loaded"));
    EXPECT_THROW(Device::open(bundle, {.kind = Kind::emulator}), support::Error);
    EXPECT_THROW(parse_kind("abacus"), support::Error);
}

} // namespace
} // namespace gw::device
