// Each op of a network by its definition in network/network.hpp, element by element.
#include <bit>
#include <functional>

#include "formal/meaning.hpp"
#include "network/window.hpp"
#include "support/error.hpp"

namespace gw::formal {
namespace {

using network::Network;
using Values = std::vector<Value>;

/// A running sum as network::Accumulator says.
class Sum {
  public:
    Sum(Meaning& meaning, const network::Accumulator& accumulator) : meaning_(meaning), accumulator_(accumulator) {}

    Value kept(const Value& a) const { return accumulator_.type ? meaning_.cast(a, *accumulator_.type) : a; }
    Value entering(const Value& term) const {
        return accumulator_.products == network::Accumulator::Products::converted ? kept(term) : term;
    }
    Value in_order(const Value& start, const Values& terms) const {
        Value total = kept(start);
        for (const Value& term : terms)
            total = kept(meaning_.sum(total, entering(term)));
        return total;
    }
    Value in_a_tree(std::span<const Value> terms) const {
        if (terms.size() == 1)
            return entering(terms.front());
        const std::size_t half = std::bit_floor(terms.size() - 1);
        return kept(meaning_.sum(in_a_tree(terms.first(half)), in_a_tree(terms.subspan(half))));
    }

  private:
    Meaning& meaning_;
    const network::Accumulator& accumulator_;
};

struct Elements {
    Meaning& meaning;
    const Network& network;
    const network::Tensor& out;
    const std::vector<const Values*>& inputs;

    const Values& x() const { return *inputs.front(); }
    Value constant(const network::Constant& values, std::size_t i) const {
        return meaning.constant(values.at(i), values.type.fraction);
    }
    Value times(const Value& a, std::int64_t factor, std::int32_t fraction) const {
        return meaning.sum({}, a, factor, fraction);
    }
    Value bias(const std::optional<network::Constant>& values, std::size_t i) const {
        return values ? constant(*values, i) : Value{};
    }
    Values each(const std::function<Value(const Value&, std::size_t)>& of) const {
        Values results;
        for (std::size_t i = 0; i < x().size(); ++i)
            results.push_back(of(x()[i], i));
        return results;
    }

    Values operator()(const network::Dense& op) const {
        const std::size_t count = op.weights.shape[0], outputs = op.weights.shape[1];
        const Sum rules(meaning, op.accumulator);
        Values results;
        for (std::size_t k = 0; k < out.size(); ++k) {
            Values terms;
            for (std::size_t i = 0; i < count; ++i)
                terms.push_back(times(x()[k / outputs * count + i], op.weights.raw[i * outputs + k % outputs],
                                      op.weights.type.fraction));
            results.push_back(rules.in_order(bias(op.bias, k % outputs), terms));
        }
        return results;
    }
    Values operator()(const network::Conv& op) const {
        const network::Shape& in = network.tensor(op.input).shape;
        const std::size_t outputs = out.shape.back(), channels = in.back(), depth = channels / op.groups;
        const Sum rules(meaning, op.accumulator);
        Values results;
        for (std::size_t k = 0; k < out.size(); ++k) {
            const std::size_t o = k % outputs, first = o / (outputs / op.groups) * depth;
            const auto taps = network::seen(op.window, network::spatial(in), network::spatial(out.shape), k / outputs);
            Values terms;
            for (std::size_t t = 0; t < taps.size(); ++t)
                for (std::size_t c = 0; c < depth && taps[t]; ++c)
                    terms.push_back(times(x()[*taps[t] * channels + first + c],
                                          op.weights.raw[(t * depth + c) * outputs + o], op.weights.type.fraction));
            results.push_back(rules.in_order(bias(op.bias, o), terms));
        }
        return results;
    }
    Values operator()(const network::Pool& op) const {
        const network::Shape& in = network.tensor(op.input).shape;
        const std::size_t channels = in.back();
        Values results;
        for (std::size_t k = 0; k < out.size(); ++k) {
            Values terms;
            for (const auto& tap :
                 network::seen(op.window, network::spatial(in), network::spatial(out.shape), k / channels)) {
                if (tap)
                    terms.push_back(x()[*tap * channels + k % channels]);
                else if (op.padding)
                    terms.push_back(constant(*op.padding, 0));
            }
            if (op.kind == network::Pool::Kind::sum)
                results.push_back(Sum(meaning, op.accumulator).in_order({}, terms));
            else
                results.push_back(terms.empty() ? Value{} : extreme(terms, true));
        }
        return results;
    }
    Values operator()(const network::Reduce& op) const {
        const std::size_t count = network.tensor(op.input).shape.back();
        const Sum rules(meaning, op.accumulator);
        Values results;
        for (std::size_t at = 0; at < x().size(); at += count) {
            const Values terms(x().begin() + static_cast<std::ptrdiff_t>(at),
                               x().begin() + static_cast<std::ptrdiff_t>(at + count));
            if (op.kind != network::Reduce::Kind::sum)
                results.push_back(extreme(terms, op.kind == network::Reduce::Kind::maximum));
            else
                results.push_back(op.order == network::Reduce::Order::tree ? rules.in_a_tree(terms)
                                                                           : rules.in_order({}, terms));
        }
        return results;
    }
    Values operator()(const network::MatMul& op) const {
        const network::Shape& left = network.tensor(op.left).shape;
        const std::size_t rows = left[1], inner = left[2], columns = network.tensor(op.right).shape[2];
        Values results;
        for (std::size_t row = 0; row < left[0] * rows; ++row)
            for (std::size_t n = 0; n < columns; ++n) {
                Values terms;
                for (std::size_t k = 0; k < inner; ++k)
                    terms.push_back(meaning.product((*inputs[0])[row * inner + k],
                                                    (*inputs[1])[(row / rows * inner + k) * columns + n]));
                results.push_back(Sum(meaning, op.accumulator).in_order({}, terms));
            }
        return results;
    }
    Values operator()(const network::Affine& op) const {
        return each([&](const Value& a, std::size_t i) {
            const Value scaled = op.scale ? times(a, op.scale->at(i), op.scale->type.fraction) : a;
            return meaning.sum(scaled, bias(op.bias, i));
        });
    }
    Values operator()(const network::Divide& op) const {
        return each([&](const Value& a, std::size_t i) {
            return meaning.quotient(a, op.divisor.at(i), op.divisor.type.fraction, out.type(i).fraction + 2);
        });
    }
    Values operator()(const network::Relu& op) const {
        return each([&](const Value& a, std::size_t) {
            const Value positive = meaning.extreme(a, {}, true);
            return op.ceiling ? meaning.extreme(positive, constant(*op.ceiling, 0), false) : positive;
        });
    }
    Values operator()(const network::Select& op) const {
        return each([&](const Value& a, std::size_t i) {
            const Value when = meaning.less(constant(op.threshold, i), a, op.closed);
            return meaning.choice(when, (*inputs[1])[i], (*inputs[2])[i]);
        });
    }
    /// Tables never turn back: the index rises with the input, or falls with it throughout.
    Values operator()(const network::Table& op) const {
        return each([&](const Value& a, std::size_t) {
            const std::int32_t up = op.fraction - a.fraction; // below 0 for a constant 0 alone
            return tabulated(a, op.values, [&](Int128 mantissa) {
                return network::table_index(op, up >= 0 ? mantissa * (Int128{1} << up) : mantissa / (Int128{1} << -up));
            });
        });
    }
    Values operator()(const network::Steps& op) const {
        const std::size_t count = op.thresholds.shape.back();
        const std::size_t channels = op.thresholds.shape.size() == 1 ? 1 : op.thresholds.shape.front();
        const std::size_t rows = op.values.shape.size() == 1 ? 1 : op.values.shape.front();
        return each([&](const Value& a, std::size_t i) {
            std::vector<Int128> thresholds;
            for (std::size_t k = 0; k < count; ++k) // x >= t is x's mantissa >= t in its units, rounded up
                thresholds.push_back(-fixed::round_to(-Int128{op.thresholds.raw[i % channels * count + k]},
                                                      op.thresholds.type.fraction, a.fraction, {}));
            const auto first = op.values.raw.begin() + static_cast<std::ptrdiff_t>(i % rows * (count + 1));
            return meaning.stairs(a, thresholds, {first, first + static_cast<std::ptrdiff_t>(count + 1)},
                                  op.values.type.fraction);
        });
    }
    Values operator()(const network::Merge& op) const {
        return each([&](Value value, std::size_t i) {
            for (std::size_t k = 1; k < inputs.size(); ++k)
                value = merged(op.kind, value, (*inputs[k])[i]);
            return value;
        });
    }
    Values operator()(const network::Rearrange& op) const {
        Values all, results;
        for (const Values* part : inputs)
            all.insert(all.end(), part->begin(), part->end());
        for (const auto& source : op.sources)
            results.push_back(source ? all[*source] : Value{});
        return results;
    }
    Values operator()(const network::Embedding& op) const {
        const std::size_t entries = op.table.shape[0], width = op.table.shape[1];
        Values results;
        for (const Value& a : x())
            for (std::size_t k = 0; k < width; ++k) {
                network::Constant column{{static_cast<std::uint32_t>(entries)}, op.table.type, {}};
                for (std::size_t entry = 0; entry < entries; ++entry)
                    column.raw.push_back(op.table.raw[entry * width + k]);
                results.push_back(tabulated(a, column, [&](Int128 mantissa) {
                    const Int128 index = fixed::round_to(mantissa, a.fraction, 0, {});
                    return static_cast<std::size_t>(std::clamp<Int128>(index, 0, static_cast<Int128>(entries) - 1));
                }));
            }
        return results;
    }
    Values operator()(const network::Requantise&) const { return x(); }

    Value extreme(const Values& terms, bool greater) const {
        Value best = terms.front();
        for (const Value& term : std::span(terms).subspan(1))
            best = meaning.extreme(best, term, greater);
        return best;
    }
    Value merged(network::Merge::Kind kind, const Value& a, const Value& b) const {
        switch (kind) {
        case network::Merge::Kind::sum:
            return meaning.sum(a, b);
        case network::Merge::Kind::difference:
            return meaning.sum(a, b, -1);
        case network::Merge::Kind::product:
            return meaning.product(a, b);
        case network::Merge::Kind::maximum:
            return meaning.extreme(a, b, true);
        case network::Merge::Kind::minimum:
            return meaning.extreme(a, b, false);
        }
        throw support::internal_error("a merge of no kind");
    }
    /// values[index(mantissa)], as stairs: from one mantissa to the first with another index, by bisection.
    Value tabulated(const Value& a, const network::Constant& values,
                    const std::function<std::size_t(Int128)>& index) const {
        const Interval range = meaning.range(a);
        std::vector<Int128> thresholds;
        std::vector<std::int64_t> steps{values.raw[index(range.low)]};
        for (Int128 at = range.low; index(at) != index(range.high);) {
            Int128 same = at, other = range.high;
            while (other - same > 1) {
                const Int128 middle = same + (other - same) / 2;
                (index(middle) == index(at) ? same : other) = middle;
            }
            at = other;
            thresholds.push_back(at);
            steps.push_back(values.raw[index(at)]);
        }
        return meaning.stairs(a, thresholds, steps, values.type.fraction);
    }
};

} // namespace

std::vector<Value> elements_of(Meaning& meaning, const Network& network, const network::Op& op,
                               const std::vector<const Values*>& inputs) {
    const network::Tensor& out = network.tensor(network::output_of(op));
    Values results = std::visit(Elements{meaning, network, out, inputs}, op.body);
    for (std::size_t i = 0; i < results.size(); ++i)
        results[i] = meaning.cast(results[i], out.type(i));
    return results;
}

} // namespace gw::formal
