// PairTable: how often each pair of terms occurs in the columns, and the best pair of all.
//
// Counts stand in an open-addressing hash table and are exact at every moment. The heap of candidates is lazy: each
// pair has at most one entry that counts, made when its count passes what the last entry said; an entry that promises
// more than the count now holds is put back with the true score when it surfaces.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

namespace gw::datapath {

/// The shape that two terms share wherever the second stands `shift` places above the first, with the same or the
/// opposite sign.
struct Pair {
    std::uint32_t a = 0, b = 0; ///< node numbers, a <= b; where equal, shift > 0
    std::int32_t shift = 0;
    bool opposite = false;
};

class PairTable {
  public:
    PairTable() : slots_(std::size_t{1} << 12) {}

    /// @param overlap bits in which the two operands overlap: fixed for a pair
    void add(const Pair& pair, std::uint32_t overlap);
    void remove(const Pair& pair);
    /// Makes the heap of all pairs counted so far; from then on it is kept. To be called once, before pop_best().
    void start();

    /// The pair of the highest count * overlap with a count of two or more, the newest nodes first among equals. It
    /// leaves the heap and returns only when it is added again.
    std::optional<Pair> pop_best();

  private:
    struct Slot {
        std::uint64_t key = 0; ///< 0: free. No pair has that key: shifts are stored with an offset
        std::uint32_t count = 0, overlap = 0;
        std::uint32_t promised = 0; ///< the count that this pair's heap entry was made for; 0: it has none
    };
    struct Candidate {
        std::uint64_t score, key;
        friend bool operator<(const Candidate& x, const Candidate& y) {
            return x.score != y.score ? x.score < y.score : x.key < y.key;
        }
    };
    static Candidate candidate(const Slot& slot) { return {std::uint64_t{slot.promised} * slot.overlap, slot.key}; }
    Slot& slot(std::uint64_t key);
    void grow();

    std::vector<Slot> slots_; ///< a power of two, at most half full
    std::size_t used_ = 0;
    bool started_ = false;
    std::priority_queue<Candidate> heap_;
};

} // namespace gw::datapath
