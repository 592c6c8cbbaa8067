// From sums to adders. Every sum that an output needs is summed by depth, then by the top bit (D. A. Huffman's rule for
// the greatest instead of the sum, which meets Kraft's limit); adders that came out twice are one.
#include <algorithm>
#include <queue>
#include <tuple>
#include <unordered_map>

#include "datapath/sum_graph.hpp"

namespace gw::datapath {

namespace {

class Assembly {
  public:
    explicit Assembly(const SumGraph& graph)
        : graph_(graph), problem_(graph.problem()), nodes_(problem_), resolved_(graph.nodes()) {
        for (std::uint32_t i = 0; i < problem_.inputs.size(); ++i) {
            resolved_[i] = Term{i, 0, false};
        }
    }

    CmvmSolution run() {
        CmvmSolution solution;
        for (std::size_t j = 0; j < problem_.columns; ++j) {
            const auto output = sum_output(j);
            if (output) {
                solution.depth = std::max(solution.depth, nodes_.depth(output->node) + (output->negative ? 1 : 0));
            }
            if (output && output->negative) {
                ++solution.adders;
                solution.adder_bits +=
                    static_cast<std::uint64_t>(std::max(1, nodes_.top(output->node) - nodes_.lsb(output->node)));
            }
            solution.outputs.push_back(output);
        }
        for (const Step& step : nodes_.steps()) {
            ++solution.adders;
            solution.adder_bits += nodes_.adder_bits(step);
        }
        solution.steps = nodes_.take_steps();
        return solution;
    }

  private:
    using Cut = std::optional<std::int32_t>;

    std::optional<Term> sum_output(std::size_t j) {
        std::vector<Term> terms = resolved_terms(j);
        const std::size_t addends = problem_.addends.empty() ? 0 : problem_.addends[j].size();
        for (std::uint32_t k = 0; k < addends; ++k) {
            terms.push_back({nodes_.first_addend(j) + k, 0, false});
        }
        return sum(terms, problem_.modulus.empty() ? std::nullopt : problem_.modulus[j], Sign::positive);
    }

    std::vector<Term> resolved_terms(std::size_t index) {
        std::vector<Term> terms;
        for (const Term& term : graph_.sum(index).terms) {
            const Term value = resolve(term.node);
            terms.push_back({value.node, value.shift + term.shift, value.negative != term.negative});
        }
        return terms;
    }

    /// A value of the graph as a node of the solution. Values are nested as deep as adders are.
    Term resolve(std::uint32_t node) {
        if (!resolved_[node]) {
            resolved_[node] = sum(resolved_terms(graph_.index_of(node)), std::nullopt, Sign::any).value_or(Term{});
        }
        return *resolved_[node];
    }

    /// Whether the sum may come out negated: an output pays for that, a term of other sums does not.
    enum class Sign { any, positive };

    std::optional<Term> sum(const std::vector<Term>& terms, const Cut& modulus, Sign sign) {
        if (terms.size() == 2 && !modulus) {
            return join(terms[0], terms[1], sign);
        }
        using Entry = std::tuple<std::uint32_t, std::int32_t, std::size_t>; // depth, top bit, index into `all`
        std::vector<Term> all;
        std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
        auto push = [&](const Term& term) {
            queue.emplace(nodes_.depth(term.node), nodes_.top(term.node) + term.shift, all.size());
            all.push_back(term);
        };
        std::for_each(terms.begin(), terms.end(), push);
        while (queue.size() > 1) {
            const Term x = all[std::get<2>(queue.top())];
            queue.pop();
            const Term y = all[std::get<2>(queue.top())];
            queue.pop();
            push(modulus ? nodes_.join(x, y, modulus) : join(x, y, queue.empty() ? sign : Sign::any));
        }
        return all.empty() ? std::nullopt : std::optional(all.back());
    }

    /// The adder of two terms, made only where there is none yet.
    Term join(Term x, Term y, Sign sign) {
        if (std::tie(y.shift, y.node) < std::tie(x.shift, x.node)) {
            std::swap(x, y);
        }
        // x + y and -x - y are one node; so may be x - y and y - x.
        const Adder adder{x.node, y.node, y.shift - x.shift, x.negative != y.negative, x.negative && !y.negative};
        Adder opposite = adder;
        opposite.reversed = adder.difference && !adder.reversed;
        for (const Adder& found : {adder, opposite}) {
            const bool as_is = found.reversed == adder.reversed;
            if (const auto place = known_.find(found); place != known_.end() && (as_is || sign == Sign::any)) {
                return {place->second, x.shift, as_is ? x.negative && y.negative : true};
            }
        }
        const Term value = nodes_.join(x, y);
        known_.emplace(adder, value.node);
        return value;
    }

    struct Adder {
        std::uint32_t a, b;
        std::int32_t shift;
        bool difference, reversed;
        friend bool operator==(const Adder&, const Adder&) = default;
    };
    struct Hash {
        std::size_t operator()(const Adder& adder) const {
            const std::uint64_t operands = std::uint64_t{adder.a} << 32 | adder.b;
            const auto rest =
                static_cast<std::uint64_t>(adder.shift) * 4 + (adder.difference ? 2 : 0) + (adder.reversed ? 1 : 0);
            return static_cast<std::size_t>((operands ^ rest << 50) * 0x9E3779B97F4A7C15ULL >> 20);
        }
    };

    const SumGraph& graph_;
    const CmvmProblem& problem_;
    CmvmNodes nodes_;
    std::vector<std::optional<Term>> resolved_; ///< by node of the graph
    std::unordered_map<Adder, std::uint32_t, Hash> known_;
};

} // namespace

CmvmSolution assemble(const SumGraph& graph) {
    return Assembly(graph).run();
}

} // namespace gw::datapath
