// Device: a network on a card, from doubles to doubles. The same code drives the CPU emulator, the simulated card and
// real ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
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
    f2        ///< an AWS F2 instance's, or its emulation
};
/// "emulator", "sim", "xrt", "f2". Throws support::Error (user) naming the kinds that there are.
Kind parse_kind(std::string_view text);

struct DeviceOptions {
    Kind kind = Kind::sim;
    std::size_t chunk_events = 16384;             ///< larger batches are cut into chunks of this
    std::size_t buffers = 3;                      ///< pairs of buffers: one is packed while another is on the card
    std::chrono::milliseconds time_limit{60'000}; ///< of one chunk on the card
    SimulationOptions simulation = {};
    XrtOptions xrt = {};
    F2Options f2 = {};
};

/// Sums over all batches since the device was opened.
struct Counters {
    std::uint64_t events = 0, chunks = 0;
    std::uint64_t cycles = 0; ///< kernel clocks, 0 for the emulator
    std::uint64_t read_beats = 0, write_beats = 0;
    double seconds = 0; ///< during which the card was at work
};

/// A batch under way. May be copied; all copies see the same result.
class Future {
  public:
    bool ready() const;
    /// The outputs, events x outputs. Throws what went wrong with the batch. If `limit` passes first, the batch is
    /// given up: support::Error (user) with the card's registers, after which the device takes further batches.
    std::vector<double> wait(std::chrono::milliseconds limit = std::chrono::hours(24)) const;

  private:
    friend class Device;
    struct State;
    explicit Future(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

/// Thread-safe: batches of several threads are done in the order in which they came.
class Device {
  public:
    /// A bundle directory, with shell/card.json and, as `kind` wants, network.json or card/libcard.so.
    /// Throws support::Error (user) for what is missing or does not fit, such as an xclbin for another kind than xrt.
    static Device open(const std::filesystem::path& bundle, const DeviceOptions& options = {});

    /// On a card that is open already.
    Device(std::unique_ptr<Card> card, shell::CardDescription description, const DeviceOptions& options = {});
    ~Device();
    Device(Device&&) noexcept;
    Device& operator=(Device&&) noexcept;

    /// Elements of one event, all network inputs (outputs) concatenated.
    std::size_t input_size() const;
    std::size_t output_size() const;

    /// Quantises and packs `inputs` (events x input_size(), row-major; not needed afterwards) and queues them; blocks
    /// while all buffers are in use. Throws support::Error (user) for a size that is not whole events, NaN, infinity.
    Future submit(std::span<const double> inputs);
    /// submit and wait.
    std::vector<double> predict(std::span<const double> inputs);

    Counters counters() const;
    const shell::CardDescription& description() const;
    /// For drivers that use registers and memory themselves.
    Card& card();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace gw::device
