// What a device is made of: its lanes, their threads, and the way of one chunk. Inside this room only.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "device/device.hpp"
#include "device/packing.hpp"
#include "device/slots.hpp"

namespace gw::device {

class Core;

/// A batch, shared by its futures and its chunks.
struct BatchState {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<double> outputs;
    std::size_t chunks_left = 0;
    bool queued = false; ///< all chunks are
    std::optional<support::Error> error;
    std::atomic<bool> given_up = false;
    std::vector<std::function<void()>> actions; ///< of when_ready
    std::weak_ptr<Core> core;                   ///< to work for itself while it waits

    bool over() const { return queued && chunks_left == 0; }
};

/// Shares nothing with `error`, so that each waiting thread and the worker may drop theirs when they like. (A copy of a
/// std::exception shares its text, and a rethrown exception_ptr the object, by counts that the thread sanitizer cannot
/// see.)
support::Error own_copy(const support::Error& error);

/// Beats of 64 bytes, whole: the kernel reads all of the last one.
std::size_t room_for(std::size_t events, const shell::EventLayout& layout);

class Core {
  public:
    using Deadline = std::optional<std::chrono::steady_clock::time_point>;

    Core(std::vector<std::unique_ptr<Card>> cards, shell::CardDescription what, const DeviceOptions& chosen);
    ~Core() { end(); }

    void begin(); ///< starts the threads
    void end();   ///< gives up what is under way, and joins the threads

    /// A slot that is full: its lane's thread, or a waiting one, does it.
    void post(Slot& slot);
    /// Does one chunk of `state` on this thread if its card is free and no other chunk goes before it.
    /// @return whether it did
    bool help(BatchState& state, Deadline deadline);
    /// The batch has all its chunks; tells those who wait if they are done already.
    static void close(BatchState& state);

    Counters counters() const;

    const shell::CardDescription description;
    const DeviceOptions options;
    const Packer input, output;
    std::vector<std::unique_ptr<Lane>> lanes;
    SlotPool pool;
    mutable std::mutex counters_mutex;
    Counters counted; ///< under counters_mutex

  private:
    void work(Lane& lane);
    void process(Slot& slot, Deadline deadline);
    void try_chunk(Slot& slot, Deadline deadline);
    /// What becomes of a chunk that its card failed.
    enum class After : std::uint8_t { again, elsewhere, give_up };
    /// Resets the card, and counts.
    After recover(Slot& slot, const support::Error& error, std::uint32_t tries);
    /// To another card, as its own is lost. @return whether one had room
    bool move(Slot& slot);
    static void end_if_over(BatchState& state);
    static void end_chunk(BatchState& state, std::optional<support::Error> error);

    std::atomic<bool> closing_ = false;
    std::vector<std::thread> threads_;
};

} // namespace gw::device
