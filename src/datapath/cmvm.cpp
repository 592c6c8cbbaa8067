#include "datapath/cmvm.hpp"

#include <algorithm>
#include <tuple>

#include "datapath/elimination.hpp"
#include "datapath/signed_digits.hpp"
#include "datapath/sum_graph.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

std::vector<Term> digits_of(const CmvmProblem& problem, std::size_t column, support::Random* random) {
    std::vector<Term> terms;
    for (std::uint32_t i = 0; i < problem.inputs.size(); ++i) {
        const std::int64_t weight = problem.weights[i * problem.columns + column];
        for (const SignedDigit digit : random ? random_minimal_digits(weight, *random) : canonical_digits(weight)) {
            terms.push_back({i, digit.position - problem.weight_fraction, digit.negative});
        }
    }
    return terms;
}

CmvmSolution solve_once(const CmvmProblem& problem, const CmvmOptions& options, support::Random* random) {
    const Kraft kraft(problem);
    SumGraph graph(problem, kraft, Kraft::limit(least_depth(problem), options.extra_depth));
    for (std::size_t j = 0; j < problem.columns; ++j) {
        graph.set_terms(j, digits_of(problem, j, random));
    }
    eliminate(graph, {});
    return assemble(graph);
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
    CmvmSolution best = solve_once(problem, options, nullptr);
    for (std::uint32_t k = 0; k < options.restarts; ++k) {
        support::Random random = support::Random(options.seed).split(k);
        CmvmSolution next = solve_once(problem, options, &random);
        if (std::tie(next.adder_bits, next.adders) < std::tie(best.adder_bits, best.adders)) {
            best = std::move(next);
        }
    }
    return best;
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

} // namespace gw::datapath
