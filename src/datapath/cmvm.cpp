#include "datapath/cmvm.hpp"

#include <algorithm>

#include "datapath/column_tree.hpp"
#include "datapath/local_search.hpp"
#include "datapath/signed_digits.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

/// Small matrices are solved in every way; a full solve takes a few milliseconds.
bool is_small(const CmvmProblem& problem) {
    return problem.weights.size() < 1024;
}

/// Ways to begin: columns from their digits, from each other, from bases of one digit or two for each input; by digits,
/// the fewest first, and alike ones once. Of large matrices the few that are promising: at the least depth only shallow
/// bases are.
std::vector<ColumnTree> trees_of(const CmvmProblem& problem, const Kraft& kraft, const CmvmOptions& options) {
    const std::uint32_t depth = Kraft::limit(least_depth(problem), options.extra_depth);
    std::vector<ColumnTree> trees{bare_tree(problem)};
    trees.push_back(grow_tree(problem, kraft, depth, {2, 0, 1, 3}));
    if (is_small(problem) || options.extra_depth != 0) {
        trees.push_back(grow_tree(problem, kraft, depth, {}));
        trees.push_back(grow_tree(problem, kraft, depth, {2, 0, 2, 3}));
    }
    const auto fewer = [](const ColumnTree& x, const ColumnTree& y) { return x.digits < y.digits; };
    std::stable_sort(trees.begin(), trees.end(), fewer);
    const auto alike = [](const ColumnTree& x, const ColumnTree& y) { return x.digits == y.digits; };
    trees.erase(std::unique(trees.begin(), trees.end(), alike), trees.end());
    if (!is_small(problem)) {
        trees.resize(std::min<std::size_t>(trees.size(), options.extra_depth == 0 ? 1 : 2));
    }
    return trees;
}

std::vector<Solved> first_solutions(const CmvmProblem& problem, const Kraft& kraft, const CmvmOptions& options) {
    const std::uint32_t depth = Kraft::limit(least_depth(problem), options.extra_depth);
    std::vector<PairScore::Gain> gains{PairScore::Gain::bits, PairScore::Gain::count};
    if (options.objective == Objective::adders) {
        std::swap(gains[0], gains[1]);
    }
    gains.resize(is_small(problem) ? 2 : 1);
    std::vector<Solved> solutions;
    for (const ColumnTree& tree : trees_of(problem, kraft, options)) {
        for (const PairScore::Gain gain : gains) {
            solutions.push_back(solved(planted(problem, kraft, depth, tree, nullptr), {gain, {}}));
        }
    }
    return solutions;
}

} // namespace

std::uint32_t least_depth(const CmvmProblem& problem) {
    const Kraft kraft(problem);
    Kraft::Load most = 0;
    for (std::size_t j = 0; j < problem.columns; ++j) {
        Kraft::Load load = 0;
        for (std::size_t i = 0; i < problem.inputs.size(); ++i) {
            const auto digits = canonical_digits(problem.weights[i * problem.columns + j]).size();
            load += kraft.weight(problem.inputs[i].depth) * digits;
        }
        if (!problem.addends.empty()) {
            for (const Source& addend : problem.addends[j]) {
                load += kraft.weight(addend.depth);
            }
        }
        most = std::max(most, load);
    }
    return kraft.levels(most);
}

CmvmSolution solve(const CmvmProblem& problem, const CmvmOptions& options) {
    const bool sound = problem.weights.size() == problem.inputs.size() * problem.columns &&
                       (problem.addends.empty() || problem.addends.size() == problem.columns) &&
                       (problem.modulus.empty() || problem.modulus.size() == problem.columns);
    if (!sound) {
        throw support::internal_error("a constant multiplication whose lists have the wrong lengths");
    }
    const Kraft kraft(problem);
    return improved(first_solutions(problem, kraft, options), options);
}

std::vector<NodeId> emit(Builder& builder, const CmvmProblem& problem, const CmvmSolution& solution,
                         const std::vector<NodeId>& inputs, const std::vector<std::vector<NodeId>>& addends) {
    std::vector<NodeId> nodes = inputs;
    for (const auto& column : addends) {
        nodes.insert(nodes.end(), column.begin(), column.end());
    }
    for (const Step& step : solution.steps) {
        const auto bound = step.modulus ? std::nullopt : std::optional(step.range);
        NodeId node = builder.add(nodes[step.a], nodes[step.b], step.shift, step.kind, bound);
        if (step.modulus) {
            const std::int32_t width = *step.modulus + step.range.fraction;
            node = width <= 0 ? builder.constant(0, 0) : builder.convert(node, FixedType{width, step.range.fraction});
        }
        nodes.push_back(node);
    }
    std::vector<NodeId> results;
    results.reserve(problem.columns);
    for (const auto& output : solution.outputs) {
        if (!output) {
            results.push_back(builder.constant(0, 0));
            continue;
        }
        const NodeId value = builder.shift(nodes[output->node], output->shift);
        results.push_back(output->negative ? builder.negate(value) : value);
    }
    return results;
}

Graph graph_of(const CmvmProblem& problem, const CmvmSolution& solution) {
    std::vector<FixedType> types;
    for (const Source& input : problem.inputs) {
        types.push_back(fixed::smallest_type(input.range));
    }
    Builder builder(std::move(types));
    builder.begin_layer("cmvm");
    std::vector<NodeId> inputs;
    for (std::uint32_t i = 0; i < problem.inputs.size(); ++i) {
        inputs.push_back(builder.input(i));
    }
    for (const NodeId node : emit(builder, problem, solution, inputs)) {
        builder.output(node, fixed::smallest_type(builder.range(node)));
    }
    return builder.finish();
}

} // namespace gw::datapath
