// Where chunks wait: each card (a lane) has a few slots, pairs of buffers on it, and a queue of those that are full.
// Inside this room only.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "device/device.hpp"

namespace gw::device {

struct Lane;

/// Room for one chunk, and the chunk.
struct Slot {
    Lane* lane = nullptr;
    std::unique_ptr<Buffer> input, output;

    std::shared_ptr<BatchState> batch;
    std::shared_ptr<Buffer> own_input;       ///< if set: the caller's, on this lane's card, instead of `input`
    std::size_t own_offset = 0;              ///< in it, of the chunk's first event
    std::size_t first_event = 0, events = 0; ///< of the batch
    std::size_t moves = 0;                   ///< from lost cards
    std::chrono::steady_clock::time_point posted;
    std::pair<std::int64_t, std::uint64_t> rank; ///< (-priority, order of coming): the least goes first
};

/// A card with its queue. Whoever has set `running` works on the card: its own thread, or one that waits for a batch.
struct Lane {
    std::unique_ptr<Card> card;
    std::vector<std::unique_ptr<Slot>> slots;

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Slot*> queue; ///< the first to go stands last
    std::chrono::steady_clock::time_point last_post;
    bool running = false, ending = false;
    bool looking = false; ///< its thread looks by itself, and soon: no need to wake it
    bool lost = false;    ///< under the pool's mutex
};

/// The free slots of all lanes, and who is next to get one: the batch of the highest priority, then the earliest, until
/// it is queued whole.
class SlotPool {
  public:
    /// A batch's place among those that want slots; from its first chunk to its last.
    class Turn {
      public:
        Turn(SlotPool& pool, int priority);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        std::pair<std::int64_t, std::uint64_t> rank() const { return rank_; }

      private:
        SlotPool& pool_;
        std::pair<std::int64_t, std::uint64_t> rank_;
    };

    explicit SlotPool(std::vector<std::unique_ptr<Lane>>& lanes);

    /// A free slot of the lane that has most (or of `lane`). Throws support::Error (user) when `limit` passes, when
    /// every card is lost, and (interrupted) when `cancelled` says so.
    Slot& take(const Turn& turn, std::chrono::milliseconds limit, const Cancelled& cancelled,
               const Lane* lane = nullptr);
    void give_back(Slot& slot);
    void set_lost(Lane& lane, bool lost);
    bool any_alive() const { return lost_lanes() < lanes_.size(); }
    std::size_t lost_lanes() const;

  private:
    Slot* best(const Lane* lane) const;
    void revive();

    std::vector<std::unique_ptr<Lane>>& lanes_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::vector<Slot*>> free_; ///< of each lane
    std::set<std::pair<std::int64_t, std::uint64_t>> turns_;
    std::uint64_t next_ = 0;
};

} // namespace gw::device
