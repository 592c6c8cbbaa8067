// A card, as every driver sees it: registers, memory, and a wait. One small interface behind which the CPU, the
// simulated card and real cards stand; everything above it is the same code for all of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "network/network.hpp"
#include "shell/card.hpp"

namespace gw::device {

/// What lies where in the card's memory.
struct Batch {
    std::uint64_t input_address = 0, output_address = 0;
    std::uint32_t events = 0;
};

/// What a kernel's counters said after a batch; of the emulator, events only.
struct KernelCounters {
    std::uint64_t cycles = 0; ///< kernel clocks from start to done
    std::uint64_t events = 0;
    std::uint64_t read_beats = 0, write_beats = 0; ///< of 64 bytes
};

/// What a card says of a batch that has ended.
struct BatchReport {
    KernelCounters counters;
    std::uint32_t errors = 0; ///< shell::registers::errors; of a card with a queue also bit 3, an entry could not be
                              ///< read, and bit 4, its report not be written: then it takes nothing more until a reset
};

/// Safe to call from several threads; a batch (arguments, start, wait) belongs to who holds `batch_mutex`.
class Card {
  public:
    virtual ~Card() = default;
    Card() = default;
    Card(const Card&) = delete;
    Card& operator=(const Card&) = delete;

    /// "simulated card", "emulator": for messages.
    virtual std::string kind() const = 0;

    /// Room in the card's memory. Throws support::Error (user) when there is none left.
    /// @return device address, a multiple of 4096
    virtual std::uint64_t allocate(std::size_t bytes) = 0;
    virtual void release(std::uint64_t address) = 0;
    virtual void write_memory(std::uint64_t address, std::span<const std::byte> data) = 0;
    virtual void read_memory(std::uint64_t address, std::span<std::byte> data) = 0;

    /// @param offset in bytes, a multiple of 4 (shell::registers)
    virtual std::uint32_t read_register(std::uint32_t offset) = 0;
    virtual void write_register(std::uint32_t offset, std::uint32_t value) = 0;

    /// Waits up to `slice` for the kernel's interrupt. @return whether it came
    virtual bool wait(std::chrono::milliseconds slice) = 0;
    /// A card that takes batches from a queue in memory, so that none of its kernel's registers is touched, queues this
    /// one. @return false: it has no queue, and the batch is the caller's to start by registers
    virtual bool queue(const Batch& /*batch*/) { return false; }
    /// Waits up to `slice` for the end of the batch that was queued.
    virtual std::optional<BatchReport> finished(std::chrono::milliseconds /*slice*/) { return std::nullopt; }
    /// Brings a kernel that hangs back to its state after power-up. Memory stays.
    virtual void reset() = 0;
    /// What the card knows to be wrong with its kernel, such as a broken bus rule; empty if nothing.
    virtual std::string complaint() { return {}; }
    /// What a person should know of a card that hangs, beside the kernel's registers: lines, or nothing.
    virtual std::string details() { return {}; }

    std::mutex batch_mutex;
};

/// Of the simulated card.
struct SimulationOptions {
    std::uint64_t memory_bytes = std::uint64_t{64} << 20;
    std::uint32_t stall_percent = 0; ///< chance in each clock that a memory channel is busy
    std::uint64_t seed = 1;          ///< of those chances
};

/// Of a card behind XRT.
struct XrtOptions {
    std::filesystem::path xclbin;
    std::uint32_t device = 0;
    std::string unit; ///< the compute unit's name; empty: the kernel's name and _1
};

/// Of an AWS F2 instance.
struct F2Options {
    std::filesystem::path library =
        "libfpga_mgmt.so"; ///< AWS's, or the emulated one of `gatewright card --platform f2`
    std::uint32_t slot = 0;
    std::string image; ///< agfi-...: loaded first; empty: the slot holds the design already
};

/// For tests of drivers: what the simulated card's memory does from now on.
enum class Fault : std::uint32_t { none = 0, read_hangs = 1, write_hangs = 2, read_fails = 3, write_fails = 4 };

class SimulatedCard : public Card {
  public:
    virtual void set_fault(Fault fault) = 0;
    /// Clocks since it was opened.
    virtual std::uint64_t cycles() = 0;
};

/// Loads card/libcard.so. Throws support::Error (user) where it is absent, damaged or of another version.
std::unique_ptr<SimulatedCard> open_simulated_card(const std::filesystem::path& library,
                                                   const SimulationOptions& options = {});

/// The network on the CPU behind a card's registers and memory: what a card must do, without its clocks.
std::unique_ptr<Card> open_emulated_card(const network::Network& network, const shell::KernelInfo& kernel);

/// A compute unit of `kernel` for this driver alone. Throws support::Error (user) where XRT, the card, the xclbin or
/// the compute unit is not there.
std::unique_ptr<Card> open_xrt_card(const XrtOptions& options, const std::string& kernel);

/// The slot's custom logic around `kernel` (docs/f2.md), by its registers. Throws support::Error (user) where the
/// library or the slot is not there, or the slot holds another design.
/// @param design shell::f2::design_identity of the bundle
std::unique_ptr<Card> open_f2_card(const F2Options& options, const std::string& kernel, std::uint32_t design);

} // namespace gw::device
