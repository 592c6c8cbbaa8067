#include "datapath/cmvm.hpp"

#include <algorithm>

#include "datapath/column_tree.hpp"
#include "datapath/local_search.hpp"
#include "datapath/signed_digits.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

/// Ways to begin: columns from their digits, from each other, from bases of one digit or two for each input. Those of
/// the fewest digits are solved, more of them for small matrices, and alike ones once.
std::vector<ColumnTree> promising_trees(const CmvmProblem& problem, const Kraft& kraft, std::uint32_t depth) {
    std::vector<ColumnTree> trees{bare_tree(problem)};
    for (const TreeOptions& options : {TreeOptions{}, TreeOptions{2, 0, 1, 3}, TreeOptions{2, 0, 2, 3}}) {
        trees.push_back(grow_tree(problem, kraft, depth, options));
    }
    const auto fewer = [](const ColumnTree& x, const ColumnTree& y) { return x.digits < y.digits; };
    std::stable_sort(trees.begin(), trees.end(), fewer);
    const auto alike = [](const ColumnTree& x, const ColumnTree& y) { return x.digits == y.digits; };
    trees.erase(std::unique(trees.begin(), trees.end(), alike), trees.end());
    const std::size_t most = trees.front().digits < 1000 ? 4 : 2;
    trees.resize(std::min(trees.size(), most));
    return trees;
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
    const std::uint32_t depth = Kraft::limit(least_depth(problem), options.extra_depth);
    const PairScore score{options.objective == Objective::bits ? PairScore::Gain::bits : PairScore::Gain::count, {}};
    std::vector<Solved> starts;
    for (const ColumnTree& tree : promising_trees(problem, kraft, depth)) {
        starts.push_back(solved(planted(problem, kraft, depth, tree, nullptr), score));
    }
    return improved(std::move(starts), options);
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
