#include "datapath/pair_table.hpp"

#include <algorithm>
#include <utility>

namespace gw::datapath {

namespace {

constexpr std::int32_t shift_offset = 4096;

Pair pair_of(PairTable::Key key) {
    return {static_cast<std::uint32_t>(key >> 14 & 0x1FFFFFF), static_cast<std::uint32_t>(key >> 39),
            static_cast<std::int32_t>(key >> 1 & 0x1FFF) - shift_offset, (key & 1) != 0};
}

std::uint64_t drawn(PairTable::Key key, std::uint64_t seed) {
    std::uint64_t z = (key ^ seed) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
    return z ^ z >> 31;
}

} // namespace

/// Among equal scores: the newest nodes, or as drawn.
struct PairTable::Order {
    std::optional<std::uint64_t> draw;
    bool operator()(const Candidate& x, const Candidate& y) const {
        return draw ? drawn(x.key, *draw) < drawn(y.key, *draw) : x.key < y.key;
    }
};

/// b, a, shift and sign from the top: among equal scores the larger key is the newer node.
PairTable::Key PairTable::key_of(const Pair& pair) {
    return Key{pair.b} << 39 | Key{pair.a} << 14 | static_cast<Key>(pair.shift + shift_offset) << 1 |
           (pair.opposite ? 1 : 0);
}

std::size_t PairTable::score_of(const Candidate& x) const {
    constexpr std::size_t most = 1 << 16; // beyond it all are equally good
    switch (score_.gain) {
    case PairScore::Gain::bits:
        return std::min(std::size_t{x.count} * x.overlap, most);
    case PairScore::Gain::count:
        return std::min(std::size_t{x.count} * 32 + std::min(x.overlap, 31U), most);
    }
    return 0;
}

void PairTable::push(const Candidate& x) {
    const std::size_t score = score_of(x);
    if (buckets_.size() <= score) {
        buckets_.resize(score + 1);
    }
    Bucket& bucket = buckets_[score];
    bucket.candidates.push_back(x);
    if (bucket.is_heap) {
        std::push_heap(bucket.candidates.begin(), bucket.candidates.end(), Order{score_.draw});
    }
}

/// Most entries of a large bucket are stale by the time it is the best: out with them first.
void PairTable::put_in_order(Bucket& bucket) {
    for (const Candidate& candidate : bucket.candidates) {
        prefetch(candidate.key);
    }
    std::erase_if(bucket.candidates, [&](const Candidate& candidate) {
        const Slot& entry = slot(candidate.key);
        return entry.key == 0 || entry.promised != candidate.count;
    });
    std::make_heap(bucket.candidates.begin(), bucket.candidates.end(), Order{score_.draw});
    bucket.is_heap = true;
}

void PairTable::grow() {
    std::size_t alive = 0;
    for (const Slot& slot : slots_) {
        alive += slot.count != 0 ? 1 : 0;
    }
    // Pairs that died make room; only where most still live does the table grow.
    std::vector<Slot> old(alive * 4 > slots_.size() ? slots_.size() * 4 : slots_.size());
    std::swap(old, slots_);
    used_ = alive;
    for (const Slot& entry : old) {
        if (entry.count != 0) {
            slot(entry.key) = entry;
        }
    }
}

bool PairTable::add(Key key) {
    if (used_ * 2 >= slots_.size()) {
        grow();
    }
    Slot& entry = slot(key);
    if (entry.key == 0) {
        entry.key = key;
        ++used_;
    }
    ++entry.count;
    return started_ && entry.count >= 2 && entry.count > entry.promised;
}

void PairTable::offer(Key key, std::uint32_t overlap) {
    Slot& entry = slot(key);
    entry.promised = entry.count;
    push({key, entry.count, overlap});
}

std::vector<Pair> PairTable::start() {
    std::vector<Pair> found;
    for (const Slot& entry : slots_) {
        if (entry.count >= 2) {
            found.push_back(pair_of(entry.key));
        }
    }
    started_ = true;
    return found;
}

std::optional<Pair> PairTable::pop_best() {
    while (!buckets_.empty()) {
        Bucket& bucket = buckets_.back();
        if (bucket.candidates.empty()) {
            buckets_.pop_back();
            continue;
        }
        if (!bucket.is_heap) {
            put_in_order(bucket);
            continue;
        }
        std::pop_heap(bucket.candidates.begin(), bucket.candidates.end(), Order{score_.draw});
        Candidate best = bucket.candidates.back();
        bucket.candidates.pop_back();
        Slot& entry = slot(best.key);
        if (entry.key == 0 || entry.promised != best.count) {
            continue; // the pair has a newer entry, or none
        }
        const bool kept = entry.count == entry.promised;
        entry.promised = !kept && entry.count >= 2 ? entry.count : 0;
        if (kept) {
            return pair_of(best.key);
        }
        if (entry.promised != 0) {
            best.count = entry.count;
            push(best);
        }
    }
    return std::nullopt;
}

} // namespace gw::datapath
