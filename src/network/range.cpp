#include "network/range.hpp"

#include <algorithm>

#include "support/error.hpp"

namespace gw::network {
namespace {

using fixed::Interval;
using Intervals = std::vector<Interval>;

Interval point(const Constant& constant, std::size_t index) {
    return Interval::point(constant.at(index), constant.type.fraction);
}

/// The exact result of one op, element by element, before the cast to the output type.
struct Inference {
    const Intervals& x;
    std::size_t outputs;

    Intervals operator()(const Dense& op) const {
        Intervals result;
        for (std::size_t j = 0; j < outputs; ++j)
            result.push_back(op.accumulator.type ? in_accumulator(op, j, *op.accumulator.type) : exact_sum(op, j));
        return result;
    }

    Interval weighted(const Dense& op, std::size_t i, std::size_t j) const {
        return scaled(x[i], op.weights.raw[i * outputs + j], op.weights.type.fraction);
    }

    Interval exact_sum(const Dense& op, std::size_t j) const {
        Interval total = op.bias ? point(*op.bias, j) : Interval{};
        for (std::size_t i = 0; i < x.size(); ++i)
            if (op.weights.raw[i * outputs + j] != 0)
                total = total + weighted(op, i, j);
        return total;
    }

    Interval in_accumulator(const Dense& op, std::size_t j, const FixedType& type) const {
        const bool each = op.accumulator.products == Accumulator::Products::converted;
        Interval total = op.bias ? cast(point(*op.bias, j), type) : Interval{0, 0, type.fraction};
        for (std::size_t i = 0; i < x.size(); ++i) {
            const Interval term = weighted(op, i, j);
            total = cast(total + (each ? cast(term, type) : term), type);
        }
        return total;
    }

    Intervals operator()(const Affine& op) const {
        Intervals result;
        for (std::size_t i = 0; i < outputs; ++i) {
            const Interval value = op.scale ? scaled(x[i], point(*op.scale, i).low, op.scale->type.fraction) : x[i];
            result.push_back(op.bias ? value + point(*op.bias, i) : value);
        }
        return result;
    }

    Intervals operator()(const Relu& op) const {
        Intervals result;
        for (const Interval& value : x) {
            Interval kept = rectified(value);
            if (op.ceiling) {
                const std::int32_t fraction = std::max(kept.fraction, op.ceiling->type.fraction);
                const Interval top = aligned(point(*op.ceiling, 0), fraction);
                kept = aligned(kept, fraction);
                kept = {std::min(kept.low, top.low), std::min(kept.high, top.low), fraction};
            }
            result.push_back(kept);
        }
        return result;
    }

    Intervals operator()(const Requantise&) const { return x; }
    template <typename Other> Intervals operator()(const Other&) const {
        throw support::internal_error("no ranges of this kind of op yet");
    }
};

} // namespace

Ranges infer_ranges(const Network& network) {
    Ranges ranges;
    ranges.values.resize(network.tensors.size());
    ranges.before_cast.resize(network.tensors.size());
    for (const TensorId id : network.inputs) {
        Intervals& values = ranges.values[static_cast<std::size_t>(id)];
        for (std::size_t i = 0; i < network.tensor(id).size(); ++i)
            values.push_back(Interval::of(network.tensor(id).type(i)));
        ranges.before_cast[static_cast<std::size_t>(id)] = values;
    }
    for (const Op& op : network.ops) {
        const auto out = static_cast<std::size_t>(output_of(op));
        const Tensor& tensor = network.tensors[out];
        const Intervals& x = ranges.values[static_cast<std::size_t>(input_of(op))];
        Intervals exact = std::visit(Inference{x, tensor.size()}, op.body);
        Intervals& values = ranges.values[out];
        for (std::size_t i = 0; i < exact.size(); ++i)
            values.push_back(cast(exact[i], tensor.type(i)));
        ranges.before_cast[out] = std::move(exact);
    }
    return ranges;
}

} // namespace gw::network
