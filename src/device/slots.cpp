#include "device/slots.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::device {

SlotPool::Turn::Turn(SlotPool& pool, int priority) : pool_(pool) {
    const std::lock_guard lock(pool_.mutex_);
    rank_ = {-std::int64_t{priority}, pool_.next_++};
    pool_.turns_.insert(rank_);
}

SlotPool::Turn::~Turn() {
    const std::lock_guard lock(pool_.mutex_);
    pool_.turns_.erase(rank_);
    if (!pool_.turns_.empty())
        pool_.changed_.notify_all();
}

SlotPool::SlotPool(std::vector<std::unique_ptr<Lane>>& lanes) : lanes_(lanes), free_(lanes.size()) {
    for (std::size_t k = 0; k < lanes.size(); ++k)
        for (const auto& slot : lanes[k]->slots)
            free_[k].push_back(slot.get());
}

Slot* SlotPool::best(const Lane* lane) const {
    const std::vector<Slot*>* most = nullptr;
    for (std::size_t k = 0; k < lanes_.size(); ++k) {
        const bool wanted = lane == nullptr ? !lanes_[k]->lost : lane == lanes_[k].get();
        if (wanted && !free_[k].empty() && (most == nullptr || free_[k].size() > most->size()))
            most = &free_[k];
    }
    return most == nullptr ? nullptr : most->back();
}

/// Where all are lost there is nothing to lose by a reset.
void SlotPool::revive() {
    if (!std::ranges::all_of(lanes_, [](const auto& lane) { return lane->lost; }))
        return;
    for (const auto& lane : lanes_) {
        const std::lock_guard batch(lane->card->batch_mutex);
        try {
            lane->card->reset();
            lane->lost = !lane->card->alive();
        } catch (const support::Error&) {
            continue; // still lost
        }
    }
    if (std::ranges::all_of(lanes_, [](const auto& lane) { return lane->lost; }))
        throw support::user_error("no card answers any more", lanes_.front()->card->kind(),
                                  "look for them on their bus, and open them again");
}

Slot& SlotPool::take(const Turn& turn, std::chrono::milliseconds limit, const Cancelled& cancelled, const Lane* lane) {
    const auto end = std::chrono::steady_clock::now() + limit;
    const auto heed = [&] {
        if (cancelled && cancelled())
            throw support::Error(support::ErrorKind::interrupted, "the batch was interrupted");
    };
    heed();
    std::unique_lock lock(mutex_);
    Slot* found = nullptr;
    const auto granted = [&] {
        found = *turns_.begin() == turn.rank() ? best(lane) : nullptr;
        return found != nullptr;
    };
    revive();
    while (!changed_.wait_for(lock, std::chrono::milliseconds(20), granted)) {
        lock.unlock(); // others need not wait for what `cancelled` waits for
        heed();
        lock.lock();
        if (std::chrono::steady_clock::now() >= end)
            throw support::user_error(fmt::format("none of the cards' buffers became free in {} ms", limit.count()), "",
                                      "wait for earlier batches before submitting more, or give a longer time limit");
        revive();
    }
    for (auto& slots : free_)
        std::erase(slots, found);
    return *found;
}

void SlotPool::give_back(Slot& slot) {
    slot.batch.reset();
    slot.own_input.reset();
    slot.own_offset = slot.moves = 0;
    const std::lock_guard lock(mutex_);
    for (std::size_t k = 0; k < lanes_.size(); ++k)
        if (lanes_[k].get() == slot.lane)
            free_[k].push_back(&slot);
    if (!turns_.empty())
        changed_.notify_all();
}

void SlotPool::set_lost(Lane& lane, bool lost) {
    const std::lock_guard lock(mutex_);
    lane.lost = lost;
}

std::size_t SlotPool::lost_lanes() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(lanes_, [](const auto& lane) { return lane->lost; }));
}

} // namespace gw::device
