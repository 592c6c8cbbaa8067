#include "datapath/pair_table.hpp"

#include <utility>

namespace gw::datapath {

namespace {

constexpr std::int32_t shift_offset = 4096;

/// b, a, shift and sign from the top: among equal scores the larger key is the newer node.
std::uint64_t key_of(const Pair& pair) {
    return std::uint64_t{pair.b} << 39 | std::uint64_t{pair.a} << 14 |
           static_cast<std::uint64_t>(pair.shift + shift_offset) << 1 | (pair.opposite ? 1 : 0);
}

Pair pair_of(std::uint64_t key) {
    return {static_cast<std::uint32_t>(key >> 14 & 0x1FFFFFF), static_cast<std::uint32_t>(key >> 39),
            static_cast<std::int32_t>(key >> 1 & 0x1FFF) - shift_offset, (key & 1) != 0};
}

std::size_t place(std::uint64_t key, std::size_t size) {
    return static_cast<std::size_t>(((key ^ key >> 29) * 0x9E3779B97F4A7C15ULL) >> 32) & (size - 1);
}

} // namespace

PairTable::Slot& PairTable::slot(std::uint64_t key) {
    std::size_t i = place(key, slots_.size());
    while (slots_[i].key != 0 && slots_[i].key != key) {
        i = (i + 1) & (slots_.size() - 1);
    }
    return slots_[i];
}

void PairTable::grow() {
    std::size_t alive = 0;
    for (const Slot& slot : slots_) {
        alive += slot.count != 0 ? 1 : 0;
    }
    // Pairs that died make room; only where most still live does the table double.
    std::vector<Slot> old(alive * 4 > slots_.size() ? slots_.size() * 2 : slots_.size());
    std::swap(old, slots_);
    used_ = alive;
    for (const Slot& entry : old) {
        if (entry.count != 0) {
            slot(entry.key) = entry;
        }
    }
}

void PairTable::add(const Pair& pair, std::uint32_t overlap) {
    if (used_ * 2 >= slots_.size()) {
        grow();
    }
    const std::uint64_t key = key_of(pair);
    Slot& entry = slot(key);
    if (entry.key == 0) {
        entry = {key, 0, overlap, 0};
        ++used_;
    }
    ++entry.count;
    if (started_ && entry.count >= 2 && entry.count > entry.promised) {
        entry.promised = entry.count;
        heap_.push(candidate(entry));
    }
}

void PairTable::remove(const Pair& pair) {
    --slot(key_of(pair)).count;
}

void PairTable::start() {
    std::vector<Candidate> all;
    for (Slot& entry : slots_) {
        if (entry.count >= 2) {
            entry.promised = entry.count;
            all.push_back(candidate(entry));
        }
    }
    heap_ = std::priority_queue<Candidate>({}, std::move(all));
    started_ = true;
}

std::optional<Pair> PairTable::pop_best() {
    while (!heap_.empty()) {
        const Candidate best = heap_.top();
        heap_.pop();
        Slot& entry = slot(best.key);
        if (entry.key == 0 || candidate(entry).score != best.score) {
            continue; // the pair has a newer entry, or none
        }
        const bool kept = entry.count == entry.promised;
        entry.promised = !kept && entry.count >= 2 ? entry.count : 0;
        if (kept) {
            return pair_of(best.key);
        }
        if (entry.promised != 0) {
            heap_.push(candidate(entry));
        }
    }
    return std::nullopt;
}

} // namespace gw::datapath
