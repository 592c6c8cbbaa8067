#include "device/engine.hpp"

#include <array>

#include <fmt/format.h>

#include "support/crc32c.hpp"
#include "support/error.hpp"

namespace gw::device {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(Card& card, const Batch& batch, Failure failure, const std::string& why) {
    const std::string registers = dump_registers(card), complaint = card.complaint();
    card.reset();
    throw CardError(failure, support::user_error(fmt::format("a batch of {} events on the {} did not end {}; {}{}its "
                                                             "registers were\n{}",
                                                             batch.events, card.kind(), why, complaint,
                                                             complaint.empty() ? "" : "; ", registers),
                                                 "",
                                                 "the card has been reset and takes further batches; give a longer "
                                                 "time limit if the batch was merely large"));
}

} // namespace

std::uint64_t read_wide(Card& card, const shell::Register& entry) {
    std::uint64_t value = card.read_register(entry.offset);
    if (entry.bits > 32) {
        value |= static_cast<std::uint64_t>(card.read_register(entry.offset + 4)) << 32;
    }
    return value;
}

std::uint32_t beats_checksum(std::span<const std::byte> bytes) {
    constexpr std::array<std::byte, 64> zeros{};
    return support::crc32c(std::span(zeros).first((64 - bytes.size() % 64) % 64), support::crc32c(bytes));
}

std::string dump_registers(Card& card) {
    if (!card.registers_readable())
        return "  (the card is shared: its registers cannot be read)\n";
    std::string text;
    for (const shell::Register& entry : shell::register_map()) {
        text += fmt::format("  {:#04x} {:<13} {:#x}  ({})\n", entry.offset, entry.name, read_wide(card, entry),
                            entry.meaning);
    }
    return text + card.more_registers();
}

KernelCounters run_batch(Card& card, const Batch& batch, std::chrono::milliseconds limit, const Cancelled& cancelled) {
    const std::lock_guard lock(card.batch_mutex);
    const auto begin = Clock::now();
    card.start(batch);
    while (!card.wait(std::chrono::milliseconds(5))) {
        card.require_alive();
        if (cancelled && cancelled()) {
            give_up(card, batch, Failure::cancelled, "before its caller's time limit");
        }
        if (Clock::now() - begin > limit) {
            give_up(card, batch, Failure::time_out, fmt::format("within its time limit of {} ms", limit.count()));
        }
    }
    return card.finish(batch);
}

} // namespace gw::device
