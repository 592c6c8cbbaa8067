// The independent check of a solution: linear forms are propagated through the steps and compared with the matrix.
#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "datapath/cmvm.hpp"
#include "datapath/cmvm_nodes.hpp"

namespace gw::datapath {

namespace {

class Check {
  public:
    Check(const CmvmProblem& problem, const CmvmSolution& solution) : problem_(problem), solution_(solution) {
        sources_ = problem.inputs;
        for (const auto& column : problem.addends) {
            sources_.insert(sources_.end(), column.begin(), column.end());
        }
    }

    std::vector<std::string> run(const CmvmOptions& options) {
        if (steps_are_sound()) {
            check_columns();
            check_cuts();
            check_depth(options);
        }
        return std::move(found_);
    }

  private:
    template <class... Arguments> void report(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
        found_.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
    }

    bool steps_are_sound() {
        for (std::uint32_t i = 0; i < sources_.size(); ++i) {
            forms_.push_back({{i, 1}});
            depths_.push_back(sources_[i].depth);
            cut_.push_back(false);
        }
        for (const Step& step : solution_.steps) {
            const std::size_t node = forms_.size();
            if (step.a >= node || step.b >= node || step.shift < 0) {
                report("node {}: its operands are not before it", node);
                return false;
            }
            forms_.push_back(combined(forms_[step.a], step.kind == Add::Kind::b_minus_a, forms_[step.b], step.shift,
                                      step.kind == Add::Kind::a_minus_b));
            depths_.push_back(std::max(depths_[step.a], depths_[step.b]) + 1);
            cut_.push_back(step.modulus || cut_[step.a] || cut_[step.b]);
            check_range(node, step);
        }
        if (solution_.outputs.size() != problem_.columns) {
            report("{} outputs for {} columns", solution_.outputs.size(), problem_.columns);
            return false;
        }
        return true;
    }

    void check_range(std::size_t node, const Step& step) {
        if (step.depth != depths_[node]) {
            report("node {}: says depth {}, has {}", node, step.depth, depths_[node]);
        }
        if (cut_[node]) {
            return; // congruent only; the graph's evaluation checks these ranges value by value
        }
        const Interval exact = range_of(forms_[node], sources_).value_or(Interval::point(0, 0));
        const std::int32_t common = std::max(exact.fraction, step.range.fraction);
        const Interval needed = fixed::aligned(exact, common), given = fixed::aligned(step.range, common);
        if (step.range.fraction < exact.fraction || given.low > needed.low || given.high < needed.high) {
            report("node {}: its range is narrower than its values", node);
        }
    }

    /// coefficient * 2^shift == wanted * 2^-fraction
    static bool equal(Int128 coefficient, std::int32_t shift, Int128 wanted, std::int32_t fraction) {
        const std::int32_t difference = shift + fraction;
        return difference >= 0 ? coefficient * (Int128{1} << difference) == wanted
                               : coefficient == wanted * (Int128{1} << -difference);
    }

    void check_columns() {
        std::uint32_t addend = static_cast<std::uint32_t>(problem_.inputs.size());
        for (std::size_t j = 0; j < problem_.columns; ++j) {
            std::map<std::uint32_t, Int128> form;
            const auto& output = solution_.outputs[j];
            if (output && output->node < forms_.size()) {
                for (const auto& [source, coefficient] : forms_[output->node]) {
                    form[source] = output->negative ? -coefficient : coefficient;
                }
            }
            const std::int32_t shift = output ? output->shift : 0;
            auto take = [&](std::uint32_t source) {
                const auto node = form.extract(source);
                return node ? node.mapped() : Int128{0};
            };
            for (std::uint32_t i = 0; i < problem_.inputs.size(); ++i) {
                if (!equal(take(i), shift, problem_.weights[i * problem_.columns + j], problem_.weight_fraction)) {
                    report("column {}: the wrong multiple of input {}", j, i);
                }
            }
            const std::size_t addends = problem_.addends.empty() ? 0 : problem_.addends[j].size();
            for (std::size_t k = 0; k < addends; ++k, ++addend) {
                if (!equal(take(addend), shift, 1, 0)) {
                    report("column {}: addend {} is not in it exactly once", j, k);
                }
            }
            if (!form.empty()) {
                report("column {}: addends of another column are in it", j);
            }
        }
    }

    /// Where a sum is cut, no output may need the bits above: the needs are carried from outputs to operands.
    void check_cuts() {
        constexpr std::int32_t none = 1 << 20, all = 1 << 24;
        std::vector<std::int32_t> need(forms_.size(), -none);
        auto raise = [&](std::uint32_t node, std::int32_t bits) { need[node] = std::max(need[node], bits); };
        for (std::size_t j = 0; j < problem_.columns; ++j) {
            if (const auto& output = solution_.outputs[j]) {
                const bool free = !problem_.modulus.empty() && problem_.modulus[j].has_value();
                raise(output->node, free ? *problem_.modulus[j] - output->shift : all);
            }
        }
        for (std::size_t k = solution_.steps.size(); k-- > 0;) {
            const Step& step = solution_.steps[k];
            const std::int32_t bits = need[sources_.size() + k];
            if (step.modulus && *step.modulus < bits) {
                report("node {}: cut below bits that are needed", sources_.size() + k);
            }
            raise(step.a, bits);
            raise(step.b, bits - step.shift);
        }
    }

    void check_depth(const CmvmOptions& options) {
        const std::uint32_t budget = least_depth(problem_) + options.extra_depth;
        std::uint32_t deepest = 0;
        for (std::size_t j = 0; j < problem_.columns; ++j) {
            const auto& output = solution_.outputs[j];
            if (!output) {
                continue;
            }
            deepest = std::max(deepest, depths_[output->node] + (output->negative ? 1 : 0));
            if (depths_[output->node] > budget) {
                report("column {}: depth {} over the budget of {}", j, depths_[output->node], budget);
            }
        }
        if (deepest != solution_.depth) {
            report("says depth {}, has {}", solution_.depth, deepest);
        }
    }

    const CmvmProblem& problem_;
    const CmvmSolution& solution_;
    std::vector<Source> sources_;   ///< inputs and addends
    std::vector<LinearForm> forms_; ///< over sources_
    std::vector<std::uint32_t> depths_;
    std::vector<bool> cut_;
    std::vector<std::string> found_;
};

} // namespace

std::vector<std::string> problems(const CmvmProblem& problem, const CmvmOptions& options,
                                  const CmvmSolution& solution) {
    return Check(problem, solution).run(options);
}

} // namespace gw::datapath
