#include "datapath/sum_graph.hpp"

#include <algorithm>
#include <utility>

namespace gw::datapath {

namespace {

/// x*2^-low and y*2^-low for the lower of the two shifts, so that forms keep integer coefficients.
LinearForm joined_form(const LinearForm& x, const Term& at_x, const LinearForm& y, const Term& at_y) {
    return combined(x, at_x.negative, y, at_y.shift - at_x.shift, at_y.negative);
}

} // namespace

SumGraph::SumGraph(const CmvmProblem& problem, const Kraft& kraft, std::uint32_t limit_depth)
    : problem_(&problem), kraft_(&kraft), inputs_(static_cast<std::uint32_t>(problem.inputs.size())) {
    for (std::uint32_t i = 0; i < inputs_; ++i) {
        push({{i, 1}}, problem.inputs[i].depth);
    }
    sums_.resize(problem.columns);
    facts_.resize(inputs_ + problem.columns);
    for (std::size_t j = 0; j < problem.columns; ++j) {
        sums_[j].limit = kraft.weight(limit_depth);
        if (!problem.addends.empty()) {
            for (const Source& addend : problem.addends[j]) {
                sums_[j].limit -= kraft.weight(addend.depth);
            }
        }
    }
}

std::uint32_t SumGraph::push(LinearForm form, std::uint32_t depth) {
    const Interval range = range_of(form, problem_->inputs).value_or(Interval::point(0, 0));
    facts_.push_back(
        {-range.fraction, datapath::top(range), depth, std::make_shared<const LinearForm>(std::move(form))});
    return static_cast<std::uint32_t>(facts_.size() - 1);
}

std::uint32_t SumGraph::add_pair(const Term& x, const Term& y) {
    const Term &low = x.shift <= y.shift ? x : y, &high = x.shift <= y.shift ? y : x;
    const std::uint32_t depth = std::max(this->depth(x.node), this->depth(y.node)) + 1;
    const std::uint32_t node = push(joined_form(form(low.node), low, form(high.node), high), depth);
    Sum& sum = sums_.emplace_back();
    sum.terms = {{low.node, 0, low.negative}, {high.node, high.shift - low.shift, high.negative}};
    sum.load = kraft_->weight(this->depth(low.node)) + kraft_->weight(this->depth(high.node));
    sum.limit = kraft_->weight(depth);
    return node;
}

std::uint32_t SumGraph::add_value(LinearForm form, std::uint32_t depth) {
    const std::uint32_t node = push(std::move(form), depth);
    sums_.emplace_back().limit = kraft_->weight(depth);
    return node;
}

std::uint32_t SumGraph::add_copy(const SumGraph& from, std::uint32_t node, std::vector<Term> terms) {
    facts_.push_back(from.facts_[node]);
    const std::size_t index = sums_.size();
    sums_.emplace_back();
    set_terms(index, std::move(terms));
    Facts& facts = facts_.back();
    if (sums_[index].terms.size() <= 2) {
        facts.depth = std::min(facts.depth, kraft_->levels(std::max<Kraft::Load>(1, sums_[index].load)));
    }
    sums_[index].limit = kraft_->weight(facts.depth);
    return node_of(index);
}

SumGraph SumGraph::without_sums() const {
    SumGraph graph = *this;
    graph.sums_.resize(columns());
    graph.facts_.resize(inputs_ + columns());
    for (Sum& sum : graph.sums_) {
        sum.terms.clear();
        sum.load = 0;
    }
    return graph;
}

std::vector<std::int64_t> SumGraph::column_weights(std::size_t column) const {
    std::vector<std::int64_t> weights;
    for (std::size_t i = 0; i < inputs_; ++i) {
        weights.push_back(problem_->weights[i * columns() + column]);
    }
    return weights;
}

void SumGraph::set_terms(std::size_t index, std::vector<Term> terms) {
    std::vector<Term> kept;
    while (!terms.empty()) {
        Term term = terms.back();
        terms.pop_back();
        const auto twin = std::find_if(kept.begin(), kept.end(), [&](const Term& other) {
            return other.node == term.node && other.shift == term.shift;
        });
        if (twin == kept.end()) {
            kept.push_back(term);
            continue;
        }
        if (twin->negative == term.negative) {
            ++term.shift;
            terms.push_back(term);
        }
        kept.erase(twin);
    }
    std::reverse(kept.begin(), kept.end());
    Sum& sum = sums_[index];
    sum.terms = std::move(kept);
    sum.is_open = true;
    sum.load = 0;
    for (const Term& term : sum.terms) {
        sum.load += kraft_->weight(depth(term.node));
    }
}

} // namespace gw::datapath
