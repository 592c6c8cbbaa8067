#include "emulate/reference.hpp"

#include <algorithm>

#include "emulate/reference_sums.hpp"
#include "support/error.hpp"

namespace gw::emulate {
namespace {

using network::Network;
using plain::Seen;

/// One op on one event: results before the cast, element by element.
struct Evaluator {
    const Network& network;
    const network::Tensor& out;
    const Inputs& inputs;

    Seen seen(network::TensorId id, std::size_t index) const { return {network.tensor(id), *inputs[index]}; }

    std::vector<Exact> operator()(const network::Dense& op) const { return plain::dense(op, seen(op.input, 0), out); }
    std::vector<Exact> operator()(const network::Conv& op) const { return plain::conv(op, seen(op.input, 0), out); }
    std::vector<Exact> operator()(const network::Pool& op) const { return plain::pool(op, seen(op.input, 0), out); }
    std::vector<Exact> operator()(const network::Reduce& op) const { return plain::reduce(op, seen(op.input, 0)); }
    std::vector<Exact> operator()(const network::MatMul& op) const {
        return plain::matmul(op, seen(op.left, 0), seen(op.right, 1));
    }
    std::vector<Exact> operator()(const network::Affine& op) const {
        return each(op.input, [&](const Exact& x, std::size_t i) {
            const Exact value = op.scale ? product(x, element(*op.scale, i)) : x;
            return op.bias ? sum(value, element(*op.bias, i)) : value;
        });
    }
    std::vector<Exact> operator()(const network::Divide& op) const {
        return each(op.input, [&](const Exact& x, std::size_t i) {
            return quotient(x, element(op.divisor, i), out.type(i).fraction);
        });
    }
    std::vector<Exact> operator()(const network::Relu& op) const {
        return each(op.input, [&](const Exact& x, std::size_t) {
            const Exact value{std::max<fixed::Int128>(x.mantissa, 0), x.fraction};
            return op.ceiling && less(element(*op.ceiling, 0), value) ? element(*op.ceiling, 0) : value;
        });
    }
    std::vector<Exact> operator()(const network::Select& op) const {
        const Seen above = seen(op.above, 1), below = seen(op.below, 2);
        return each(op.subject, [&](const Exact& x, std::size_t i) {
            const Exact threshold = element(op.threshold, i);
            return (op.closed ? !less(x, threshold) : less(threshold, x)) ? above[i] : below[i];
        });
    }
    std::vector<Exact> operator()(const network::Table& op) const {
        return each(op.input, [&](const Exact& x, std::size_t) {
            return element(op.values, network::table_index(op, aligned(x, op.fraction).mantissa));
        });
    }
    std::vector<Exact> operator()(const network::Steps& op) const {
        const std::size_t count = op.thresholds.shape.back();
        const bool alike = op.thresholds.shape.size() == 1;
        return each(op.input, [&](const Exact& x, std::size_t i) {
            const std::size_t channel = alike ? 0 : i % op.thresholds.shape.front();
            std::size_t passed = 0;
            while (passed < count && !less(x, element(op.thresholds, channel * count + passed)))
                ++passed;
            const std::size_t row = op.values.shape.size() == 1 ? 0 : i % op.values.shape.front();
            return element(op.values, row * (count + 1) + passed);
        });
    }
    std::vector<Exact> operator()(const network::Merge& op) const {
        return each(op.inputs.front(), [&](Exact value, std::size_t i) {
            for (std::size_t k = 1; k < op.inputs.size(); ++k)
                value = merged(op.kind, value, seen(op.inputs[k], k)[i]);
            return value;
        });
    }
    std::vector<Exact> operator()(const network::Rearrange& op) const {
        std::vector<Exact> all;
        for (std::size_t k = 0; k < op.inputs.size(); ++k)
            for (std::size_t i = 0; i < inputs[k]->size(); ++i)
                all.push_back(seen(op.inputs[k], k)[i]);
        std::vector<Exact> results;
        for (const auto& source : op.sources)
            results.push_back(source ? all[*source] : Exact{});
        return results;
    }
    std::vector<Exact> operator()(const network::Embedding& op) const {
        const std::size_t entries = op.table.shape[0], width = op.table.shape[1];
        std::vector<Exact> results;
        const Seen x = seen(op.input, 0);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const fixed::Int128 index = aligned(x[i], 0).mantissa;
            const auto entry =
                static_cast<std::size_t>(std::clamp<fixed::Int128>(index, 0, static_cast<fixed::Int128>(entries) - 1));
            for (std::size_t k = 0; k < width; ++k)
                results.push_back(element(op.table, entry * width + k));
        }
        return results;
    }
    std::vector<Exact> operator()(const network::Requantise& op) const {
        return each(op.input, [](const Exact& x, std::size_t) { return x; });
    }

    static Exact merged(network::Merge::Kind kind, const Exact& a, const Exact& b) {
        switch (kind) {
        case network::Merge::Kind::sum:
            return sum(a, b);
        case network::Merge::Kind::difference:
            return sum(a, negated(b));
        case network::Merge::Kind::product:
            return product(a, b);
        case network::Merge::Kind::maximum:
            return less(a, b) ? b : a;
        case network::Merge::Kind::minimum:
            return less(b, a) ? b : a;
        }
        throw support::internal_error("a merge of no kind");
    }

    template <typename Compute> std::vector<Exact> each(network::TensorId id, const Compute& compute) const {
        const Seen x = seen(id, 0);
        std::vector<Exact> results;
        results.reserve(x.size());
        for (std::size_t i = 0; i < x.size(); ++i)
            results.push_back(compute(x[i], i));
        return results;
    }
};

} // namespace

std::vector<Exact> before_cast(const Network& network, const network::Op& op, const Inputs& inputs) {
    return std::visit(Evaluator{network, network.tensor(network::output_of(op)), inputs}, op.body);
}

Values evaluate_op(const Network& network, const network::Op& op, const Inputs& inputs) {
    const network::Tensor& out = network.tensor(network::output_of(op));
    const std::vector<Exact> exact = before_cast(network, op, inputs);
    Values values(exact.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::int64_t>(fixed::cast(exact[i].mantissa, exact[i].fraction, out.type(i)));
    return values;
}

std::vector<Values> evaluate_all(const Network& network, std::span<const std::int64_t> inputs) {
    if (inputs.size() != network.input_size())
        throw support::internal_error("an event of " + std::to_string(inputs.size()) + " values for a network with " +
                                      std::to_string(network.input_size()) + " inputs");
    std::vector<Values> values(network.tensors.size());
    for (const network::TensorId id : network.inputs) {
        const std::size_t size = network.tensor(id).size();
        values[static_cast<std::size_t>(id)].assign(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(size));
        inputs = inputs.subspan(size);
    }
    for (const network::Op& op : network.ops) {
        Inputs read;
        for (const network::TensorId id : network::inputs_of(op))
            read.push_back(&values[static_cast<std::size_t>(id)]);
        values[static_cast<std::size_t>(network::output_of(op))] = evaluate_op(network, op, read);
    }
    return values;
}

Values evaluate(const Network& network, std::span<const std::int64_t> inputs) {
    const std::vector<Values> values = evaluate_all(network, inputs);
    Values result;
    for (const network::TensorId id : network.outputs) {
        const Values& part = values[static_cast<std::size_t>(id)];
        result.insert(result.end(), part.begin(), part.end());
    }
    return result;
}

} // namespace gw::emulate
