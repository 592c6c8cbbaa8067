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
#include "datapath/lower_dense.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace gw::datapath {

namespace {

using fixed::Overflow;
using fixed::Rounding;
using network::Accumulator;

/// Whether round(x + k*step) = round(x) + k*step for every integer k.
bool shifts_with_step(Rounding rounding) {
    return rounding == Rounding::trn || rounding == Rounding::rnd || rounding == Rounding::rnd_min_inf;
}

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

class DenseLowering {
  public:
    /// @param x        the inputs of one position
    /// @param position along the leading axes
    DenseLowering(Builder& builder, const network::Network& network, const network::Dense& dense, std::vector<NodeId> x,
                  std::size_t position, const CmvmOptions& options)
        : builder_(builder), dense_(dense), x_(std::move(x)), options_(options), outputs_(dense.weights.shape[1]),
          first_output_(position * outputs_), output_(network.tensor(dense.output)) {}

    std::vector<NodeId> run() { return dense_.accumulator.type ? accumulated(*dense_.accumulator.type) : exact(); }

  private:
    std::int64_t weight(std::size_t i, std::size_t j) const { return dense_.weights.raw[i * outputs_ + j]; }
    Interval product_range(std::size_t i, std::size_t j) const {
        std::int64_t mantissa = weight(i, j);
        std::int32_t fraction = dense_.weights.type.fraction;
        for (; mantissa % 2 == 0; mantissa /= 2) {
            --fraction;
        }
        return fixed::scaled(builder_.range(x_[i]), mantissa, fraction);
    }
    NodeId bias(std::size_t j) {
        return dense_.bias ? builder_.constant(dense_.bias->raw[j], dense_.bias->type.fraction)
                           : builder_.constant(0, 0);
    }

    std::vector<NodeId> exact() {
        std::vector<std::vector<NodeId>> addends(outputs_);
        std::vector<std::optional<std::int32_t>> modulus;
        for (std::size_t j = 0; j < outputs_; ++j) {
            addends[j].push_back(bias(j));
            modulus.push_back(modulus_of(output_.type(first_output_ + j)));
        }
        return sums(dense_.weights.raw, std::move(addends), std::move(modulus));
    }

    /// x * weights + addends by one constant multiplication. What is constant already becomes one addend a column.
    std::vector<NodeId> sums(std::vector<std::int64_t> weights, std::vector<std::vector<NodeId>> addends,
                             std::vector<std::optional<std::int32_t>> modulus) {
        CmvmProblem problem;
        problem.columns = outputs_;
        problem.weight_fraction = dense_.weights.type.fraction;
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
        return emit(builder_, problem, solve(problem, options_), x_, addends);
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
        return dense_.accumulator.products == Accumulator::Products::converted ? type : unlimited(type);
    }

    /// Whether the order of summation can be seen in column j.
    bool order_matters(std::size_t j, const FixedType& type) {
        const bool converted = dense_.accumulator.products == Accumulator::Products::converted;
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
        const bool limited = dense_.accumulator.products == Accumulator::Products::converted &&
                             type.overflow != Overflow::wrap && !fixed::fits(product, type);
        return product.fraction <= type.fraction && !limited;
    }

    std::vector<NodeId> accumulated(const FixedType& type) {
        std::vector<bool> sequential(outputs_);
        std::vector<std::int64_t> shared(dense_.weights.raw.size(), 0), alone(shared);
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
            problem.weight_fraction = dense_.weights.type.fraction;
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
            const auto nodes = emit(builder_, problem, solve(problem, options_), {x_[i]});
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
            if (dense_.accumulator.products == Accumulator::Products::converted) {
                product = builder_.convert(product, type);
            }
            sum = builder_.convert(builder_.add(sum, product, 0, Add::Kind::a_plus_b), type);
        }
        return sum;
    }

    Builder& builder_;
    const network::Dense& dense_;
    std::vector<NodeId> x_;
    const CmvmOptions& options_;
    std::size_t outputs_, first_output_;
    const network::Tensor& output_;
};

} // namespace

std::vector<NodeId> lower_dense(Builder& builder, const network::Network& network, const network::Dense& dense,
                                const std::vector<NodeId>& x, const CmvmOptions& options) {
    const std::size_t inputs = dense.weights.shape[0];
    std::vector<NodeId> results;
    for (std::size_t position = 0; position * inputs < x.size(); ++position) {
        const auto first = x.begin() + static_cast<std::ptrdiff_t>(position * inputs);
        const std::vector<NodeId> here(first, first + static_cast<std::ptrdiff_t>(inputs));
        const auto sums = DenseLowering(builder, network, dense, here, position, options).run();
        results.insert(results.end(), sums.begin(), sums.end());
    }
    return results;
}

std::vector<NodeId> lower_affine(Builder& builder, const network::Network& network, const network::Affine& affine,
                                 const std::vector<NodeId>& x, const CmvmOptions& options) {
    const network::Tensor& output = network.tensor(affine.output);
    std::vector<NodeId> results;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const NodeId bias =
            affine.bias ? builder.constant(affine.bias->at(i), affine.bias->type.fraction) : builder.constant(0, 0);
        CmvmProblem problem{{source(builder, x[i])}, 1, {1}, 0, {{}}, {modulus_of(output.type(i))}};
        std::vector<std::vector<NodeId>> addends(1);
        if (!builder.range(bias).is_zero()) {
            addends[0].push_back(bias);
            problem.addends[0].push_back(source(builder, bias));
        }
        if (affine.scale) {
            problem.weights[0] = affine.scale->at(i);
            problem.weight_fraction = affine.scale->type.fraction;
        }
        results.push_back(emit(builder, problem, solve(problem, options), {x[i]}, addends)[0]);
    }
    return results;
}

} // namespace gw::datapath
