// A dense layer as the adder graph that constant multiplication finds (datapath/cmvm.hpp): one adder a statement, so
// that HLS has nothing to search for.
#include <algorithm>

#include <fmt/format.h>

#include "datapath/cmvm.hpp"
#include "hls/ap_type.hpp"
#include "hls/op_text.hpp"

namespace gw::hls {
namespace {

using datapath::Add;
using fixed::Interval;
using network::Constant;

/// Beyond it the function would be too long to read and to compile.
constexpr std::ptrdiff_t most_weights = 20'000;

class GraphText {
  public:
    GraphText(const datapath::CmvmProblem& problem, const datapath::CmvmSolution& solution, const std::string& config)
        : problem_(problem), solution_(solution), config_(config), names_(problem.inputs.size()) {}

    /// @param biases name of the array of addends; empty: there are none
    std::string body(const std::string& biases) {
        std::string text;
        for (std::size_t i = 0; i < names_.size(); ++i)
            names_[i] = fmt::format("x[x0 + {}]", i);
        for (std::size_t j = 0; j < problem_.addends.size(); ++j)
            for (std::size_t k = 0; k < problem_.addends[j].size(); ++k)
                names_.push_back(fmt::format("gw::value<{}::bias_t>({}[{}])", config_, biases, j));
        for (const datapath::Step& step : solution_.steps)
            text += adder(step);
        for (std::size_t j = 0; j < solution_.outputs.size(); ++j)
            text += fmt::format("    {}::store(y, y0 + {}, {});\n", config_, j, output(solution_.outputs[j]));
        return text;
    }

  private:
    std::string scaled(std::uint32_t node, std::int32_t shift) const {
        return shift == 0 ? names_[node] : fmt::format("gw::scaled<{}>({})", shift, names_[node]);
    }

    std::string adder(const datapath::Step& step) {
        const std::string a = names_[step.a], b = scaled(step.b, step.shift);
        const std::string name = fmt::format("s{}", names_.size());
        const std::string sum = step.kind == Add::Kind::a_plus_b    ? a + " + " + b
                                : step.kind == Add::Kind::a_minus_b ? a + " - " + b
                                                                    : b + " - " + a;
        names_.push_back(name);
        return fmt::format("    const {} {} = {};\n", ap_type(step.range), name, sum);
    }

    std::string output(const std::optional<datapath::Term>& term) const {
        if (!term)
            return "ap_ufixed<1, 1>(0)";
        const std::string value = scaled(term->node, term->shift);
        return term->negative ? "-" + value : value;
    }

    const datapath::CmvmProblem& problem_;
    const datapath::CmvmSolution& solution_;
    const std::string& config_;
    std::vector<std::string> names_;
};

datapath::CmvmProblem problem_of(const Constant& weights, const std::optional<Constant>& bias,
                                 const std::vector<Interval>& x, std::size_t columns) {
    datapath::CmvmProblem problem;
    for (const Interval& range : x)
        problem.inputs.push_back({range, 0});
    problem.columns = columns;
    problem.weights = weights.raw;
    problem.weight_fraction = weights.type.fraction;
    if (bias) {
        problem.addends.resize(columns);
        for (std::size_t j = 0; j < columns; ++j)
            if (bias->raw[j] != 0)
                problem.addends[j].push_back({Interval::point(bias->raw[j], bias->type.fraction), 0});
    }
    return problem;
}

} // namespace

std::optional<std::string> write_shared(const OpContext& context, const SharedProduct& product) {
    const Constant& weights = *product.weights;
    if (context.options.constants != Constants::shared ||
        std::count_if(weights.raw.begin(), weights.raw.end(), [](auto raw) { return raw != 0; }) > most_weights)
        return std::nullopt;
    const network::Tensor &in = context.tensor(product.input), &out = context.tensor(product.output);
    const std::size_t columns = out.shape.back(), rows = weights.raw.size() / columns;
    const auto problem = problem_of(weights, *product.bias, product.ranges, columns);
    const auto solution = datapath::solve(problem);
    Config config;
    config.number("positions", static_cast<std::int64_t>(in.size() / rows));
    std::string biases;
    if (*product.bias) {
        config.type("bias_t", ap_type((*product.bias)->type));
        biases = constant_array(context.firmware, context.name + "_biases", **product.bias, {columns});
    }
    const std::string name = context.configure(
        std::move(config), product.output,
        fmt::format("{} inputs, {} outputs as {} adders, {} deep", rows, columns, solution.adders, solution.depth));
    const std::string function = context.firmware.names.unique(context.name + "_graph");
    context.firmware.functions += fmt::format("// {} inputs, {} outputs: {} adders\ntemplate <class X, class Y> static "
                                              "void {}(const X x[{}], int x0, Y y[{}], int "
                                              "y0) {{\n#pragma HLS INLINE\n{}}}\n\n",
                                              rows, columns, solution.adders, function, in.size(), out.size(),
                                              GraphText(problem, solution, name).body(biases));
    return fmt::format(
        "for (int p = 0; p < {0}::positions; p++) {{\n#pragma HLS UNROLL\n    {1}({2}, p * {3}, {4}, p * {5});\n}}\n",
        name, function, context.inputs.front(), rows, context.output, columns);
}

} // namespace gw::hls
