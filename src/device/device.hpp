// Device: a network on a card, from doubles to doubles. The same code drives the CPU emulator, the simulated card and
// real ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "device/card.hpp"
#include "device/engine.hpp"

namespace gw::device {

enum class Kind : std::uint8_t {
    emulator, ///< the network on the CPU
    sim,      ///< the bundle's simulated card
    xrt,      ///< a card behind XRT, simulated or real
    zynq,     ///< the board on whose processor this runs
    f2        ///< an AWS F2 instance's, or its emulation
};
/// "emulator", "sim", "xrt", "zynq", "f2". Throws support::Error (user) naming the kinds that there are.
Kind parse_kind(std::string_view text);

struct DeviceOptions {
    Kind kind = Kind::sim;
    std::size_t chunk_events = 16384;             ///< larger batches are cut into chunks of this
    std::size_t buffers = 3;                      ///< pairs a card: one is packed while another is on the card
    std::chrono::milliseconds time_limit{60'000}; ///< of one chunk on the card
    std::size_t cards = 1;                        ///< of the kinds emulator and sim: chunks go to whichever is free
    std::uint32_t replays = 1; ///< how often a chunk is tried again, after a reset, where the card failed it
    bool checksums = false;    ///< compare what host and kernel read and wrote; of kernels built with them
    /// For tests: what stands around each card, such as faulty_card.hpp's faults.
    std::function<std::unique_ptr<Card>(std::unique_ptr<Card>)> wrap = {};
    SimulationOptions simulation = {};
    XrtOptions xrt = {};
    ZynqOptions zynq = {};
    F2Options f2 = {};
    std::vector<XrtUnit> units = {}; ///< of the kind xrt: compute units, of one device or several; empty: that of `xrt`
};

/// Of one batch.
struct SubmitOptions {
    int priority = 0;         ///< batches of a higher one go first, chunk by chunk; equal ones in the order of coming
    Cancelled cancelled = {}; ///< asked now and then while submit blocks; true ends it with an Error (interrupted)
};

/// Sums over all batches since the device was opened.
struct Counters {
    std::uint64_t events = 0, chunks = 0;
    std::uint64_t cycles = 0; ///< kernel clocks, 0 for the emulator
    std::uint64_t read_beats = 0, write_beats = 0;
    double seconds = 0; ///< during which cards were at work
    std::uint64_t converted_bytes = 0, copied_bytes = 0,
                  in_place_bytes = 0; ///< of inputs: quantised into a card's buffer; copied as they are; neither
    std::uint64_t failures = 0, time_outs = 0, damaged = 0; ///< chunks: all failed tries, and of which kind
    std::uint64_t resets = 0, replays = 0, moved = 0;       ///< tries again on the same card; on another one
    std::uint64_t lost_cards = 0;                           ///< now
};

struct BatchState;

/// A batch under way. May be copied; all copies see the same result.
class Future {
  public:
    bool ready() const;
    /// The outputs, events x outputs. Throws what went wrong with the batch. If `limit` passes first, the batch is
    /// given up: support::Error (user) with the card's registers, after which the device takes further batches. The
    /// waiting thread does the batch's work itself where the card's own has not come to it.
    std::vector<double> wait(std::chrono::milliseconds limit = std::chrono::hours(24)) const;
    /// Called once when the batch is over, by the thread that ended it (others that wait may go on before), or
    /// now if it is. Must not throw or block.
    void when_ready(std::function<void()> action) const;

  private:
    friend class Device;
    explicit Future(std::shared_ptr<BatchState> state) : state_(std::move(state)) {}
    std::shared_ptr<BatchState> state_;
};

/// Memory of one of a device's cards, for events that lie there already.
struct CardBuffer {
    std::shared_ptr<Buffer> memory;
    std::size_t card = 0; ///< which of the device's
};

/// Thread-safe: batches of several threads are done in the order in which they came, but for their priorities.
class Device {
  public:
    /// A bundle directory, with shell/card.json and, as `kind` wants, network.json or card/libcard.so.
    /// Throws support::Error (user) for what is missing or does not fit, such as an xclbin for another kind than xrt.
    static Device open(const std::filesystem::path& bundle, const DeviceOptions& options = {});

    /// On a card that is open already, or on several of the same kernel.
    Device(std::unique_ptr<Card> card, shell::CardDescription description, const DeviceOptions& options = {});
    Device(std::vector<std::unique_ptr<Card>> cards, shell::CardDescription description,
           const DeviceOptions& options = {});
    /// What is under way is given up, at once.
    ~Device();
    Device(Device&&) noexcept;
    Device& operator=(Device&&) noexcept;

    /// Elements of one event, all network inputs (outputs) concatenated.
    std::size_t input_size() const;
    std::size_t output_size() const;

    /// Quantises and packs `inputs` (events x input_size(), row-major; not needed afterwards) and queues them; blocks
    /// while all buffers are in use. Throws support::Error (user) for a size that is not whole events, NaN, infinity.
    Future submit(std::span<const double> inputs, const SubmitOptions& options = {});
    Future submit(std::span<const float> inputs, const SubmitOptions& options = {});
    /// Events as the kernel reads them (shell::EventLayout): one copy into the card's buffers, nothing converted.
    Future submit_packed(std::span<const std::byte> events, const SubmitOptions& options = {});
    /// `events` whole events that begin at byte `offset` of `buffer`, a multiple of 64: no copy but the card's own
    /// transfer. The buffer must stay as it is until the batch is over. Throws support::Error (user) where they do not
    /// lie in it.
    Future submit_in_place(const CardBuffer& buffer, std::size_t offset, std::size_t events,
                           const SubmitOptions& options = {});
    /// submit and wait.
    std::vector<double> predict(std::span<const double> inputs);

    /// Room for submit_in_place, in whole beats. Throws as Card::buffer, or where there is no such card.
    CardBuffer allocate(std::size_t bytes, std::size_t card = 0);

    Counters counters() const;
    const shell::CardDescription& description() const;
    std::size_t cards() const;
    /// For drivers that use registers and memory themselves.
    Card& card(std::size_t index = 0);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace gw::device
