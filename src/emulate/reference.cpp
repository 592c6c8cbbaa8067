#include "emulate/reference.hpp"

#include <algorithm>

#include "fixed/type.hpp"
#include "support/error.hpp"

namespace gw::emulate {
namespace {

using fixed::Int128;
using network::Network;
using Values = std::vector<std::int64_t>;

/// An exact value in the making.
struct Exact {
    Int128 mantissa = 0;
    std::int32_t fraction = 0;
};

Exact sum(const Exact& a, const Exact& b) {
    const std::int32_t fraction = std::max(a.fraction, b.fraction);
    return {fixed::round_to(a.mantissa, a.fraction, fraction, {}) +
                fixed::round_to(b.mantissa, b.fraction, fraction, {}),
            fraction};
}

Exact product(const Exact& a, const Exact& b) {
    return {a.mantissa * b.mantissa, a.fraction + b.fraction};
}

Exact converted(const Exact& a, const fixed::FixedType& type) {
    return {fixed::cast(a.mantissa, a.fraction, type), type.fraction};
}

Exact element(const network::Constant& constant, std::size_t index) {
    return {constant.raw[constant.raw.size() == 1 ? 0 : index], constant.type.fraction};
}

/// One op on one event.
struct Evaluator {
    const network::Tensor& in;
    const network::Tensor& out;
    const Values& x;

    Exact input(std::size_t i) const { return {x[i], in.type(i).fraction}; }
    std::int64_t finish(const Exact& value, std::size_t i) const {
        return static_cast<std::int64_t>(fixed::cast(value.mantissa, value.fraction, out.type(i)));
    }

    Exact dense_sum(const network::Dense& op, std::size_t j) const {
        const auto& type = op.accumulator.type;
        const auto kept = [&](const Exact& value) { return type ? converted(value, *type) : value; };
        const bool each = type && op.accumulator.products == network::Accumulator::Products::converted;
        Exact total = op.bias ? kept(element(*op.bias, j)) : Exact{};
        for (std::size_t i = 0; i < in.size(); ++i) {
            const Exact term = product(input(i), {op.weights.raw[i * out.size() + j], op.weights.type.fraction});
            total = kept(sum(total, each ? kept(term) : term));
        }
        return total;
    }

    Values operator()(const network::Dense& op) const {
        return fill([&](std::size_t j) { return dense_sum(op, j); });
    }
    Values operator()(const network::Affine& op) const {
        return fill([&](std::size_t i) {
            const Exact value = op.scale ? product(input(i), element(*op.scale, i)) : input(i);
            return op.bias ? sum(value, element(*op.bias, i)) : value;
        });
    }
    Values operator()(const network::Relu& op) const {
        return fill([&](std::size_t i) {
            const Exact value{std::max<Int128>(input(i).mantissa, 0), input(i).fraction};
            if (!op.ceiling)
                return value;
            const Exact top = element(*op.ceiling, 0);
            return sum(value, {-top.mantissa, top.fraction}).mantissa > 0 ? top : value;
        });
    }
    Values operator()(const network::Requantise&) const {
        return fill([&](std::size_t i) { return input(i); });
    }

    template <typename Other> Values operator()(const Other&) const {
        throw support::internal_error("this kind of op is not evaluated yet");
    }

    template <typename Element> Values fill(const Element& compute) const {
        Values values(out.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = finish(compute(i), i);
        return values;
    }
};

} // namespace

Values evaluate_op(const Network& network, const network::Op& op, const Values& input) {
    return std::visit(Evaluator{network.tensor(network::input_of(op)), network.tensor(network::output_of(op)), input},
                      op.body);
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
        const auto in = static_cast<std::size_t>(network::input_of(op)),
                   out = static_cast<std::size_t>(network::output_of(op));
        values[out] = evaluate_op(network, op, values[in]);
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
