// An accumulator converts the running sum after each term. Sums are free to be shared and reordered where that cannot
// be seen:
//
// - Rounding. trn, rnd and rnd_min_inf shift with multiples of the step: round(sum + p) = sum + round(p) for a sum that
// lies on the
//   accumulator's grid. So each product is rounded alone (or not at all where it lies on the grid), and the sum of what
//   is left is exact.
// - Overflow. A wrapping accumulator is arithmetic mod 2^integer: one cut at the end is the same. Any other overflow
// mode is without
//   effect where the intervals of all running sums fit.
//
// Where neither holds, the sum is built term by term as the definition says.
#include "datapath/constant_product.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace gw::datapath {

namespace {

constexpr FixedType exact_type{64, 0, true, fixed::Rounding::trn, fixed::Overflow::sat}; ///< cuts nothing

using fixed::Overflow;
using fixed::Rounding;
using network::Accumulator;

/// The modulus that a value may be cut to before conversion to `type`: 2^integer is a multiple of two steps, so that
/// even rounding to even agrees; rounding by sign does not.
std::optional<std::int32_t> modulus_of(const FixedType& type) {
    const bool by_sign = type.rounding == Rounding::trn_zero || type.rounding == Rounding::rnd_zero ||
                         type.rounding == Rounding::rnd_inf;
    if (type.overflow != Overflow::wrap || by_sign || type.width == 0) {
        return std::nullopt;
    }
    return type.integer();
}

Source source(const Builder& builder, NodeId node) {
    return {builder.range(node), builder.depth(node)};
}

/// `type` without its limits: rounding alone.
FixedType unlimited(const FixedType& type) {
    return {64, type.fraction, true, type.rounding, Overflow::wrap};
}

class Lowering {
  public:
    Lowering(Builder& builder, Solver& solver, const ConstantProduct& product, const std::vector<NodeId>& x)
        : builder_(builder), solver_(solver), product_(product), x_(x), outputs_(product.types.size()) {}

    std::vector<NodeId> run() { return product_.accumulator.type ? accumulated(*product_.accumulator.type) : exact(); }

  private:
    std::int64_t weight(std::size_t i, std::size_t j) const { return product_.weights[i * outputs_ + j]; }
    Interval product_range(std::size_t i, std::size_t j) const {
        std::int64_t mantissa = weight(i, j);
        std::int32_t fraction = product_.weight_fraction;
        for (; mantissa % 2 == 0; mantissa /= 2) {
            --fraction;
        }
        return fixed::scaled(builder_.range(x_[i]), mantissa, fraction);
    }
    NodeId bias(std::size_t j) {
        return product_.bias.empty() ? builder_.constant(0, 0)
                                     : builder_.constant(product_.bias[j], product_.bias_fraction);
    }

    std::vector<NodeId> exact() {
        std::vector<std::vector<NodeId>> addends(outputs_);
        std::vector<std::optional<std::int32_t>> modulus;
        for (std::size_t j = 0; j < outputs_; ++j) {
            addends[j].push_back(bias(j));
            modulus.push_back(modulus_of(product_.types[j]));
        }
        return sums(product_.weights, std::move(addends), std::move(modulus));
    }

    /// x * weights + addends by one constant multiplication. What is constant already becomes one addend a column.
    std::vector<NodeId> sums(std::vector<std::int64_t> weights, std::vector<std::vector<NodeId>> addends,
                             std::vector<std::optional<std::int32_t>> modulus) {
        CmvmProblem problem;
        problem.columns = outputs_;
        problem.weight_fraction = product_.weight_fraction;
        problem.modulus = std::move(modulus);
        for (std::size_t i = 0; i < x_.size(); ++i) {
            problem.inputs.push_back(source(builder_, x_[i]));
            const Interval range = builder_.range(x_[i]);
            if (range.low == range.high) {
                for (std::size_t j = 0; j < outputs_; ++j) {
                    const std::int64_t w = std::exchange(weights[i * outputs_ + j], 0);
                    addends[j].push_back(builder_.constant(range.low * w, range.fraction + problem.weight_fraction));
                }
            }
        }
        problem.weights = std::move(weights);
        for (auto& column : addends) {
            fold_constants(column);
            auto& sources = problem.addends.emplace_back();
            std::transform(column.begin(), column.end(), std::back_inserter(sources),
                           [&](NodeId node) { return source(builder_, node); });
        }
        return emit(builder_, problem, solver_.solve(problem), x_, addends);
    }

    void fold_constants(std::vector<NodeId>& terms) {
        NodeId sum = builder_.constant(0, 0);
        std::erase_if(terms, [&](NodeId node) {
            const bool constant = builder_.range(node).low == builder_.range(node).high;
            if (constant) {
                sum = builder_.add(sum, node, 0, Add::Kind::a_plus_b);
            }
            return constant;
        });
        if (!builder_.range(sum).is_zero()) {
            terms.push_back(sum);
        }
    }

    /// What one term adds to a running sum that never overflows: the product rounded, or converted where the
    /// accumulator says so.
    FixedType term_type(const FixedType& type) const {
        return product_.accumulator.products == Accumulator::Products::converted ? type : unlimited(type);
    }

    /// Whether the order of summation can be seen in column j.
    bool order_matters(std::size_t j, const FixedType& type) {
        const bool converted = product_.accumulator.products == Accumulator::Products::converted;
        Interval sum = builder_.range(builder_.convert(bias(j), type));
        for (std::size_t i = 0; i < x_.size(); ++i) {
            if (weight(i, j) == 0) {
                continue;
            }
            const Interval product = product_range(i, j);
            if (!converted && product.fraction > type.fraction && !shifts_with_step(type.rounding)) {
                return true;
            }
            if (type.overflow != Overflow::wrap) {
                sum = sum + fixed::cast(product, term_type(type));
                if (!fixed::fits(sum, type)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Whether the term is the product itself, on the accumulator's grid and inside its range (or congruent to it).
    bool is_exact(std::size_t i, std::size_t j, const FixedType& type) const {
        const Interval product = product_range(i, j);
        const bool limited = product_.accumulator.products == Accumulator::Products::converted &&
                             type.overflow != Overflow::wrap && !fixed::fits(product, type);
        return product.fraction <= type.fraction && !limited;
    }

    std::vector<NodeId> accumulated(const FixedType& type) {
        std::vector<bool> sequential(outputs_);
        std::vector<std::int64_t> shared(product_.weights.size(), 0), alone(shared);
        for (std::size_t j = 0; j < outputs_; ++j) {
            sequential[j] = order_matters(j, type);
            for (std::size_t i = 0; i < x_.size(); ++i) {
                if (weight(i, j) != 0) {
                    const bool share = !sequential[j] && is_exact(i, j, type);
                    (share ? shared : alone)[i * outputs_ + j] = weight(i, j);
                }
            }
        }
        const auto products = lone_products(alone);
        std::vector<std::vector<NodeId>> addends(outputs_);
        std::vector<std::optional<std::int32_t>> modulus(outputs_);
        for (std::size_t j = 0; j < outputs_; ++j) {
            addends[j].push_back(sequential[j] ? running_sum(j, type, products) : builder_.convert(bias(j), type));
            if (type.overflow == Overflow::wrap && type.width > 0 && !sequential[j]) {
                modulus[j] = type.integer();
            }
            for (std::size_t i = 0; i < x_.size() && !sequential[j]; ++i) {
                if (alone[i * outputs_ + j] != 0) {
                    addends[j].push_back(builder_.convert(products[i * outputs_ + j], term_type(type)));
                }
            }
        }
        std::vector<NodeId> results = sums(std::move(shared), std::move(addends), std::move(modulus));
        for (NodeId& node : results) {
            node = builder_.convert(node, type);
        }
        return results;
    }

    /// Each input times each of its own weights, exactly; a constant multiplication for each input. Zero weights give
    /// no node of use.
    std::vector<NodeId> lone_products(const std::vector<std::int64_t>& weights) {
        std::vector<NodeId> products(weights.size(), builder_.constant(0, 0));
        for (std::size_t i = 0; i < x_.size(); ++i) {
            std::map<std::int64_t, std::size_t> column_of;
            CmvmProblem problem;
            problem.inputs.push_back(source(builder_, x_[i]));
            problem.weight_fraction = product_.weight_fraction;
            for (std::size_t j = 0; j < outputs_; ++j) {
                const std::int64_t w = weights[i * outputs_ + j];
                if (w != 0 && column_of.try_emplace(w, problem.columns).second) {
                    problem.weights.push_back(w);
                    ++problem.columns;
                }
            }
            if (problem.columns == 0) {
                continue;
            }
            const auto nodes = emit(builder_, problem, solver_.solve(problem), {x_[i]});
            for (std::size_t j = 0; j < outputs_; ++j) {
                if (const auto found = column_of.find(weights[i * outputs_ + j]); found != column_of.end()) {
                    products[i * outputs_ + j] = nodes[found->second];
                }
            }
        }
        return products;
    }

    /// The definition, word for word.
    NodeId running_sum(std::size_t j, const FixedType& type, const std::vector<NodeId>& products) {
        NodeId sum = builder_.convert(bias(j), type);
        for (std::size_t i = 0; i < x_.size(); ++i) {
            if (weight(i, j) == 0) {
                continue;
            }
            NodeId product = products[i * outputs_ + j];
            if (product_.accumulator.products == Accumulator::Products::converted) {
                product = builder_.convert(product, type);
            }
            sum = builder_.convert(builder_.add(sum, product, 0, Add::Kind::a_plus_b), type);
        }
        return sum;
    }

    Builder& builder_;
    Solver& solver_;
    const ConstantProduct& product_;
    const std::vector<NodeId>& x_;
    std::size_t outputs_;
};

} // namespace

bool shifts_with_step(fixed::Rounding rounding) {
    return rounding == Rounding::trn || rounding == Rounding::rnd || rounding == Rounding::rnd_min_inf;
}

const CmvmSolution& Solver::solve(const CmvmProblem& problem) {
    for (const auto& [known, solution] : recent_)
        if (known == problem)
            return solution;
    if (recent_.size() == most_kept)
        recent_.pop_front();
    return recent_.emplace_back(problem, datapath::solve(problem, options_)).second;
}

std::vector<NodeId> lower_product(Builder& builder, Solver& solver, const ConstantProduct& product,
                                  const std::vector<NodeId>& x) {
    return Lowering(builder, solver, product, x).run();
}

NodeId times_constant(Builder& builder, Solver& solver, NodeId x, std::int64_t mantissa, std::int32_t fraction) {
    if (mantissa == 0)
        return builder.constant(0, 0);
    return lower_product(builder, solver, {{mantissa}, fraction, {}, 0, {}, {exact_type}}, {x}).front();
}

} // namespace gw::datapath
