// Runs one batch on a card: start, wait within a limit, end.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "device/card.hpp"
#include "support/error.hpp"

namespace gw::device {

/// What went wrong on a card, for whoever decides whether a batch is worth another try.
enum class Failure : std::uint8_t {
    time_out,  ///< no end within the batch's limit; the card has been reset
    cancelled, ///< its caller gave it up; the card has been reset
    reported,  ///< by the kernel or the card
    damaged,   ///< data differ between host and kernel
    lost       ///< the card answers nothing any more
};
class CardError : public support::Error {
  public:
    CardError(Failure failure, support::Error error) : support::Error(std::move(error)), failure_(failure) {}
    Failure failure() const { return failure_; }

  private:
    Failure failure_;
};

/// All registers with their names and values, a line each; for people.
std::string dump_registers(Card& card);
/// A 32- or 64-bit register.
std::uint64_t read_wide(Card& card, const shell::Register& entry);

/// CRC-32C of `bytes` and zeros up to whole beats: what a kernel's checksum of them is.
std::uint32_t beats_checksum(std::span<const std::byte> bytes);

/// Asked now and then by long waits: true to give up.
using Cancelled = std::function<bool()>;

/// Starts the kernel on a batch, waits, and reads the counters. Locks the card's batch_mutex. Throws CardError when
/// `limit` has passed or `cancelled` says so (with the register dump; the card has been reset, and the next batch will
/// work), when the card is lost, and when the kernel or the card reports an error.
KernelCounters run_batch(Card& card, const Batch& batch, std::chrono::milliseconds limit,
                         const Cancelled& cancelled = {});

} // namespace gw::device
