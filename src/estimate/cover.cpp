// Priority cuts (A. Mishchenko, S. Cho, S. Chatterjee, R. Brayton, Combinational and sequential mapping with priority
// cuts, ICCAD 2007): every gate keeps its few best cuts, first by depth, then, where the deepest path leaves room, by
// area flow, last by the area that the cover really saves. It follows the mapper that Yosys calls in its costs too: a
// LUT of two inputs is cheaper to it than one of six, and wider ones are LUT6 behind multiplexers; every size has the
// same delay.
#include "estimate/cover.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <tuple>
#include <vector>

namespace gw::estimate {

namespace {

constexpr std::size_t most_leaves = 8, kept_cuts = 8;
constexpr std::array<float, most_leaves + 1> cost{0, 2, 2, 3, 5, 5, 5, 10, 20};
constexpr std::array<std::uint64_t, most_leaves + 1> luts{0, 1, 1, 1, 1, 1, 1, 2, 4};

struct Cut {
    std::array<std::uint32_t, most_leaves> leaves{};
    std::uint32_t size = 0;
    std::uint32_t arrival = 0;
    float area = 0;
    std::uint64_t signature = 0;
};

enum class Goal : std::uint8_t { depth, flow, area };

class Mapper {
  public:
    Mapper(const Logic& logic, std::span<const Net> required) : logic_(logic), required_(required) {
        const std::size_t count = logic.gates().size();
        cuts_.resize(count);
        best_.resize(count);
        references_.assign(count, 0);
        flow_.assign(count, 0);
        latest_.assign(count, 0);
        for (std::uint32_t g = 0; g < count; ++g)
            if (logic.used(g) && is_logic(g))
                order_.push_back(g);
        count_fanouts();
    }

    LutCounts run() {
        pass(Goal::depth);
        for (const Goal goal : {Goal::flow, Goal::flow, Goal::area, Goal::area}) {
            require();
            pass(goal);
        }
        return count();
    }

  private:
    bool is_logic(std::uint32_t gate) const {
        const Gate::Kind kind = logic_.gates()[gate].kind;
        return kind == Gate::Kind::both || kind == Gate::Kind::differ;
    }
    void count_fanouts();
    void pass(Goal goal);
    void enumerate(std::uint32_t gate, Goal goal);
    bool merge(const Cut& a, const Cut& b, Cut& result) const;
    void judge(Cut& cut, Goal goal);
    void require();
    float reference(const Cut& cut);
    float dereference(const Cut& cut);
    LutCounts count() const;

    const Logic& logic_;
    std::span<const Net> required_;
    std::vector<std::uint32_t> order_;
    std::vector<std::vector<Cut>> cuts_;
    std::vector<Cut> best_;
    std::vector<std::uint32_t> references_, latest_;
    std::vector<float> flow_;
};

void Mapper::count_fanouts() {
    for (const std::uint32_t g : order_) {
        ++references_[logic_.gates()[g].a.gate()];
        ++references_[logic_.gates()[g].b.gate()];
    }
    for (const Net net : required_)
        ++references_[net.gate()];
}

bool Mapper::merge(const Cut& a, const Cut& b, Cut& result) const {
    result.signature = a.signature | b.signature;
    if (static_cast<std::size_t>(__builtin_popcountll(result.signature)) > most_leaves)
        return false;
    std::size_t i = 0, j = 0;
    result.size = 0;
    while (i < a.size || j < b.size) {
        if (result.size == most_leaves)
            return false;
        if (j == b.size || (i < a.size && a.leaves[i] < b.leaves[j]))
            result.leaves[result.size++] = a.leaves[i++];
        else {
            if (i < a.size && a.leaves[i] == b.leaves[j])
                ++i;
            result.leaves[result.size++] = b.leaves[j++];
        }
    }
    return true;
}

/// Its arrival time and its area: what it adds to the cover, or a share of it.
void Mapper::judge(Cut& cut, Goal goal) {
    cut.arrival = 0;
    float flow = cost[cut.size];
    for (std::size_t i = 0; i < cut.size; ++i) {
        const std::uint32_t leaf = cut.leaves[i];
        if (is_logic(leaf)) {
            cut.arrival = std::max(cut.arrival, best_[leaf].arrival);
            flow += flow_[leaf] / static_cast<float>(std::max(1U, references_[leaf]));
        }
    }
    ++cut.arrival;
    cut.area = flow;
    if (goal == Goal::area) {
        cut.area = reference(cut);
        dereference(cut);
    }
}

/// Area of the LUTs that the cover gains when it takes this cut.
float Mapper::reference(const Cut& cut) {
    float area = cost[cut.size];
    for (std::size_t i = 0; i < cut.size; ++i)
        if (references_[cut.leaves[i]]++ == 0 && is_logic(cut.leaves[i]))
            area += reference(best_[cut.leaves[i]]);
    return area;
}

float Mapper::dereference(const Cut& cut) {
    float area = cost[cut.size];
    for (std::size_t i = 0; i < cut.size; ++i)
        if (--references_[cut.leaves[i]] == 0 && is_logic(cut.leaves[i]))
            area += dereference(best_[cut.leaves[i]]);
    return area;
}

void Mapper::enumerate(std::uint32_t gate, Goal goal) {
    const Gate& it = logic_.gates()[gate];
    const auto cuts_of = [&](std::uint32_t g) {
        std::vector<Cut> all;
        if (is_logic(g))
            all = cuts_[g];
        Cut& itself = all.emplace_back();
        itself.leaves[0] = g;
        itself.size = 1;
        itself.signature = std::uint64_t{1} << (g & 63U);
        return all;
    };
    const std::vector<Cut> left = cuts_of(it.a.gate()), right = cuts_of(it.b.gate());
    std::vector<Cut> found;
    const auto better = [&](const Cut& x, const Cut& y) {
        if (goal == Goal::depth) // small cuts leave their users room
            return std::tie(x.arrival, x.size, x.area) < std::tie(y.arrival, y.size, y.area);
        if (x.area != y.area)
            return x.area < y.area;
        return x.arrival != y.arrival ? x.arrival < y.arrival : x.size < y.size;
    };
    const auto keep = [&](Cut cut) {
        judge(cut, goal);
        if (goal != Goal::depth && cut.arrival > latest_[gate])
            return;
        if (std::any_of(found.begin(), found.end(),
                        [&](const Cut& old) { return old.size == cut.size && old.leaves == cut.leaves; }))
            return;
        found.insert(std::upper_bound(found.begin(), found.end(), cut, better), cut);
        if (found.size() > kept_cuts)
            found.pop_back();
    };
    if (goal != Goal::depth)
        keep(best_[gate]);
    if (const Function& function = logic_.function(gate); function.known) { // one LUT, whatever the gates between
        Cut cut;
        cut.size = function.size;
        std::copy(function.inputs.begin(), function.inputs.begin() + function.size, cut.leaves.begin());
        for (std::uint32_t i = 0; i < function.size; ++i)
            cut.signature |= std::uint64_t{1} << (function.inputs[i] & 63U);
        keep(cut);
    }
    for (const Cut& a : left)
        for (const Cut& b : right)
            if (Cut merged; merge(a, b, merged))
                keep(merged);
    cuts_[gate] = std::move(found);
}

void Mapper::pass(Goal goal) {
    for (const std::uint32_t gate : order_) {
        const bool exact = goal == Goal::area && references_[gate] > 0;
        if (exact)
            dereference(best_[gate]);
        enumerate(gate, goal);
        best_[gate] = cuts_[gate].front();
        Cut flow = best_[gate];
        judge(flow, Goal::flow);
        flow_[gate] = flow.area;
        best_[gate].arrival = flow.arrival;
        if (exact)
            reference(best_[gate]);
    }
}

/// The cover that the best cuts make: how often each gate is used in it, and when it must have arrived at the latest.
void Mapper::require() {
    std::uint32_t depth = 0;
    for (const Net net : required_)
        if (is_logic(net.gate()))
            depth = std::max(depth, best_[net.gate()].arrival);
    std::fill(references_.begin(), references_.end(), 0U);
    std::fill(latest_.begin(), latest_.end(), std::numeric_limits<std::uint32_t>::max());
    for (const Net net : required_) {
        ++references_[net.gate()];
        latest_[net.gate()] = depth;
    }
    for (auto place = order_.rbegin(); place != order_.rend(); ++place) {
        if (references_[*place] == 0) {
            latest_[*place] = std::max(depth, best_[*place].arrival);
            continue;
        }
        const Cut& cut = best_[*place];
        for (std::size_t i = 0; i < cut.size; ++i) {
            ++references_[cut.leaves[i]];
            latest_[cut.leaves[i]] = std::min(latest_[cut.leaves[i]], latest_[*place] - 1);
        }
    }
}

LutCounts Mapper::count() const {
    LutCounts result{};
    std::vector<std::uint32_t> inside(references_.size(), 0), plain(references_.size(), 0);
    std::vector<std::uint32_t> needed(references_.size(), 0);
    for (const Net net : required_) {
        ++needed[net.gate()];
        plain[net.gate()] += net.inverted() ? 0U : 1U;
    }
    for (auto place = order_.rbegin(); place != order_.rend(); ++place) {
        if (needed[*place] + inside[*place] == 0)
            continue;
        const Cut& cut = best_[*place];
        result[static_cast<std::size_t>(logic_.gates()[*place].role)] += luts[cut.size];
        for (std::size_t i = 0; i < cut.size; ++i)
            ++inside[cut.leaves[i]];
    }
    // An inverse is free inside LUTs; a net that is needed both ways, or that no LUT makes, takes one more.
    for (const Net net : required_) {
        const std::uint32_t g = net.gate();
        if (net.inverted() && (!is_logic(g) || plain[g] > 0 || inside[g] > 0))
            ++result[static_cast<std::size_t>(logic_.gates()[g].role)];
    }
    return result;
}

} // namespace

LutCounts cover(const Logic& logic, std::span<const Net> required) {
    return Mapper(logic, required).run();
}

} // namespace gw::estimate
