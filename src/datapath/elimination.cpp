// Each sum is a list of terms +-node*2^shift, at first the signed digits of its weights. Again and again the pair of
// terms that saves most is made a value and put in the pair's place wherever it stands (R. Pasko et al., IEEE TCAD
// 18(1), 1999; A. Hosangadi, F. Fallah, R. Kastner, IEEE TCAD 25(10), 2006). What differs here:
// - Counts of pairs are kept exact and updated for removed and added terms only (pair_table.hpp); nothing is ever
// recounted.
// - Gain is the count times the bits in which the two operands overlap, shift included.
// - Depth is a budget, never tried and rejected: a substitution changes a sum's load (kraft.hpp) by a known amount and
// is refused in just the sums where it would not fit. Depths start at the inputs' own, so the budget spans layers.
#include "datapath/elimination.hpp"

#include <algorithm>
#include <span>

#include "support/interrupt.hpp"

namespace gw::datapath {

namespace {

bool same(const Term& x, const Term& y) {
    return x.node == y.node && x.shift == y.shift && x.negative == y.negative;
}

class Elimination {
  public:
    Elimination(SumGraph& graph, const PairScore& score) : graph_(graph), pairs_(score, pairs_in(graph)) {
        for (const bool open : {true, false}) {
            for (std::uint32_t j = 0; j < graph.size(); ++j) {
                if (graph.sum(j).is_open == open) {
                    count_pairs(j);
                }
            }
        }
        for (std::uint32_t j = 0; j < graph.size(); ++j) {
            for (const Term& term : graph.sum(j).terms) {
                note_sum(term.node, j);
            }
        }
    }

    void run() {
        for (const Pair& pair : pairs_.start()) {
            pairs_.offer(PairTable::key_of(pair), overlap(pair));
        }
        while (const auto best = pairs_.pop_best()) {
            support::throw_if_interrupted();
            substitute(*best);
        }
        for (std::size_t j = 0; j < graph_.size(); ++j) {
            graph_.sum(j).is_open = false;
        }
    }

  private:
    struct Place {
        std::uint32_t sum;
        Term a, b;
    };

    /// Sums that are not open have no pair in common with each other: only what open ones hold is looked for in them.
    void count_pairs(std::uint32_t j) {
        const Sum& sum = graph_.sum(j);
        for (std::size_t i = 0; i < sum.terms.size(); ++i) {
            look_up(sum.terms[i], {sum.terms.data(), i});
            for (const PairTable::Key key : keys_) {
                if (sum.is_open) {
                    pairs_.add(key);
                } else {
                    pairs_.add_known(key);
                }
            }
        }
    }

    static std::size_t pairs_in(const SumGraph& graph) {
        std::size_t pairs = 0;
        for (std::size_t j = 0; j < graph.size(); ++j) {
            const std::size_t terms = graph.sum(j).is_open ? graph.sum(j).terms.size() : 0;
            pairs += terms * (terms - std::min<std::size_t>(terms, 1)) / 2;
        }
        return pairs;
    }

    static Pair pair_of(Term x, Term y) {
        if (y.node < x.node || (y.node == x.node && y.shift < x.shift)) {
            std::swap(x, y);
        }
        return {x.node, y.node, y.shift - x.shift, x.negative != y.negative};
    }

    std::uint32_t overlap(const Pair& pair) const {
        const std::int32_t low = std::max(graph_.lsb(pair.a), graph_.lsb(pair.b) + pair.shift);
        const std::int32_t high = std::min(graph_.top(pair.a), graph_.top(pair.b) + pair.shift);
        return static_cast<std::uint32_t>(std::max(1, high - low));
    }

    /// The keys of `term` with each of `others`, on their way from memory: a table of millions of pairs is in no cache.
    void look_up(const Term& term, std::span<const Term> others) {
        keys_.clear();
        for (const Term& other : others) {
            keys_.push_back(PairTable::key_of(pair_of(term, other)));
            pairs_.prefetch(keys_.back());
        }
    }

    void note_sum(std::uint32_t node, std::uint32_t sum) {
        if (sums_of_.size() <= node) {
            sums_of_.resize(node + 1);
        }
        auto& list = sums_of_[node];
        if (list.empty() || list.back() != sum) {
            list.push_back(sum);
        }
    }

    void collect(const Pair& pair, std::uint32_t j) {
        const auto& terms = graph_.sum(j).terms;
        const std::size_t before = places_.size();
        firsts_.clear();
        std::copy_if(terms.begin(), terms.end(), std::back_inserter(firsts_),
                     [&](const Term& term) { return term.node == pair.a; });
        std::sort(firsts_.begin(), firsts_.end(), [](const Term& x, const Term& y) { return x.shift < y.shift; });
        for (const Term& a : firsts_) {
            const Term b{pair.b, a.shift + pair.shift, a.negative != pair.opposite};
            const auto is_b = [&](const Term& term) { return same(term, b); };
            // In 1 0 1 0 1 the middle digit can serve one pair only.
            const bool taken =
                pair.a == pair.b && std::any_of(places_.begin() + static_cast<std::ptrdiff_t>(before), places_.end(),
                                                [&](const Place& other) { return same(other.b, a); });
            if (!taken && std::any_of(terms.begin(), terms.end(), is_b)) {
                places_.push_back({j, a, b});
            }
        }
    }

    /// Finds the places of a pair that leave their sums inside their limits.
    void find_places(const Pair& pair) {
        const auto &of_a = sums_of_[pair.a], &of_b = sums_of_[pair.b];
        places_.clear();
        for (const std::uint32_t j : of_a.size() < of_b.size() ? of_a : of_b) {
            collect(pair, j);
        }
        const Kraft::Load extra = growth(pair);
        std::size_t kept = 0;
        Kraft::Load load = 0;
        for (std::size_t k = 0; k < places_.size(); ++k) {
            const Sum& sum = graph_.sum(places_[k].sum);
            if (k == 0 || places_[k].sum != places_[k - 1].sum) {
                load = sum.load;
            }
            if (load + extra <= sum.limit) {
                load += extra;
                places_[kept++] = places_[k];
            }
        }
        places_.resize(kept);
    }

    /// By how much a substitution raises a sum's load.
    Kraft::Load growth(const Pair& pair) const {
        const std::uint32_t a = graph_.depth(pair.a), b = graph_.depth(pair.b);
        const Kraft& kraft = graph_.kraft();
        return kraft.weight(std::max(a, b) + 1) - kraft.weight(a) - kraft.weight(b);
    }

    void substitute(const Pair& pair) {
        find_places(pair);
        if (places_.size() < 2) {
            return; // loads only grow: what does not fit now never will
        }
        // Differences take the sign in which more sums need them, so that few outputs end negative.
        const auto negatives =
            std::count_if(places_.begin(), places_.end(), [](const Place& place) { return place.a.negative; });
        const bool flip = 2 * static_cast<std::size_t>(negatives) > places_.size();
        const Kraft::Load extra = growth(pair);
        const std::uint32_t node = graph_.add_pair({pair.a, 0, flip}, {pair.b, pair.shift, flip != pair.opposite});
        const std::int32_t offset = std::min(0, pair.shift);
        for (const Place& place : places_) {
            remove(place.sum, place.a);
            remove(place.sum, place.b);
            insert(place.sum, {node, place.a.shift + offset, place.a.negative != flip});
            graph_.sum(place.sum).load += extra;
        }
    }

    void remove(std::uint32_t j, const Term& term) {
        auto& terms = graph_.sum(j).terms;
        const auto place =
            std::find_if(terms.begin(), terms.end(), [&](const Term& other) { return same(term, other); });
        std::swap(*place, terms.back());
        terms.pop_back();
        look_up(term, terms);
        for (const PairTable::Key key : keys_) {
            pairs_.remove(key);
        }
    }

    void insert(std::uint32_t j, const Term& term) {
        auto& terms = graph_.sum(j).terms;
        look_up(term, terms);
        for (std::size_t k = 0; k < terms.size(); ++k) {
            if (pairs_.add(keys_[k])) {
                pairs_.offer(keys_[k], overlap(pair_of(term, terms[k])));
            }
        }
        terms.push_back(term);
        note_sum(term.node, j);
    }

    SumGraph& graph_;
    PairTable pairs_;
    std::vector<std::vector<std::uint32_t>> sums_of_; ///< sums in which a node has stood, ascending
    // scratch
    std::vector<PairTable::Key> keys_;
    std::vector<Place> places_;
    std::vector<Term> firsts_;
};

} // namespace

void eliminate(SumGraph& graph, const PairScore& score) {
    Elimination(graph, score).run();
}

} // namespace gw::datapath
