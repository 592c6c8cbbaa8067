// PairTable: how often each pair of terms occurs in the sums, and the best pair of all.
//
// Counts stand in an open-addressing hash table and are exact at every moment. The queue of candidates is lazy: each
// pair has at most one entry that counts, made when its count passes what the last entry said; an entry that promises
// more than the count now holds is put back with the true score when it surfaces. The queue is a bucket for each score:
// scores are small integers, and a bucket is put in order only once it is the best.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace gw::datapath {

/// The shape that two terms share wherever the second stands `shift` places above the first, with the same or the
/// opposite sign.
struct Pair {
    std::uint32_t a = 0, b = 0; ///< node numbers, a <= b; where equal, shift > 0
    std::int32_t shift = 0;
    bool opposite = false;
};

/// What makes one pair better than another.
struct PairScore {
    enum class Gain : std::uint8_t {
        bits, ///< count * overlapping bits
        count ///< count, then overlapping bits
    };
    Gain gain = Gain::bits;
    std::optional<std::uint64_t> draw; ///< seed of a draw among equals; none: the newest nodes first
};

class PairTable {
  public:
    using Key = std::uint64_t;
    static Key key_of(const Pair& pair);

    /// @param pairs about how many there will be
    PairTable(const PairScore& score, std::size_t pairs) : score_(score), slots_(std::bit_ceil(pairs + 64)) {}

    /// Asks the memory for a pair's slot, well before add() or remove() need it.
    void prefetch(Key key) const { __builtin_prefetch(&slots_[place(key, slots_.size())], 1); }
    /// @return whether the pair now deserves an entry in the queue: then offer() it
    bool add(Key key);
    /// As add(), but only for a pair that was added before.
    void add_known(Key key) {
        if (Slot& entry = slot(key); entry.key == key) {
            ++entry.count;
        }
    }
    /// Nothing for a pair that is not counted.
    void remove(Key key) {
        if (Slot& entry = slot(key); entry.key == key) {
            --entry.count;
        }
    }
    /// @param overlap bits in which the two operands overlap: fixed for a pair
    void offer(Key key, std::uint32_t overlap);
    /// All pairs that occur twice or more. From then on add() asks for entries.
    std::vector<Pair> start();

    /// The pair of the highest score with a count of two or more. It leaves the queue and returns only when it is added
    /// again.
    std::optional<Pair> pop_best();

  private:
    struct Slot {
        Key key = 0; ///< 0: free. No pair has that key: shifts are stored with an offset
        std::uint32_t count = 0;
        std::uint32_t promised = 0; ///< the count that this pair's entry was made for; 0: it has none
    };
    struct Candidate {
        Key key;
        std::uint32_t count, overlap;
    };
    struct Order;
    struct Bucket {
        std::vector<Candidate> candidates;
        bool is_heap = false;
    };
    std::size_t score_of(const Candidate& x) const;
    void push(const Candidate& x);
    void put_in_order(Bucket& bucket);
    static std::size_t place(Key key, std::size_t size) {
        return static_cast<std::size_t>(((key ^ key >> 29) * 0x9E3779B97F4A7C15ULL) >> 32) & (size - 1);
    }
    Slot& slot(Key key) {
        std::size_t i = place(key, slots_.size());
        while (slots_[i].key != 0 && slots_[i].key != key) {
            i = (i + 1) & (slots_.size() - 1);
        }
        return slots_[i];
    }
    void grow();

    PairScore score_;
    std::vector<Slot> slots_; ///< a power of two, at most half full
    std::size_t used_ = 0;
    bool started_ = false;
    std::vector<Bucket> buckets_; ///< by score; those after the best are empty
};

} // namespace gw::datapath
