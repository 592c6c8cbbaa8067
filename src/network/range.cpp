#include "network/range.hpp"

#include <algorithm>

#include "network/range_sums.hpp"

namespace gw::network {
namespace {

using fixed::Interval;

Interval point(const Constant& constant, std::size_t i) {
    return Interval::point(constant.at(i), constant.type.fraction);
}

/// The smallest interval holding every value of a table.
Interval all_of(const Constant& constant) {
    const auto [low, high] = std::minmax_element(constant.raw.begin(), constant.raw.end());
    return {*low, *high, constant.type.fraction};
}

/// Both at one fraction.
std::pair<Interval, Interval> alike(const Interval& a, const Interval& b) {
    const std::int32_t fraction = std::max(a.fraction, b.fraction);
    return {aligned(a, fraction), aligned(b, fraction)};
}

Interval at_most(const Interval& a, const Interval& b) {
    const auto [x, y] = alike(a, b);
    return {std::min(x.low, y.low), std::min(x.high, y.high), x.fraction};
}

Interval at_least(const Interval& a, const Interval& b) {
    const auto [x, y] = alike(a, b);
    return {std::max(x.low, y.low), std::max(x.high, y.high), x.fraction};
}

/// The exact result of one op, element by element, before the cast to the output type.
struct Inference {
    const Network& network;
    const std::vector<Intervals>& values;
    const Tensor& out;

    const Intervals& of(TensorId id) const { return values[static_cast<std::size_t>(id)]; }
    const Tensor& tensor(TensorId id) const { return network.tensor(id); }

    Intervals operator()(const Dense& op) const { return range_of(op, of(op.input), out); }
    Intervals operator()(const Conv& op) const { return range_of(op, tensor(op.input), of(op.input), out); }
    Intervals operator()(const Pool& op) const { return range_of(op, tensor(op.input), of(op.input), out); }
    Intervals operator()(const Reduce& op) const { return range_of(op, tensor(op.input), of(op.input)); }
    Intervals operator()(const MatMul& op) const {
        return range_of(op, tensor(op.left), tensor(op.right), of(op.left), of(op.right));
    }
    Intervals operator()(const Affine& op) const {
        return each(op.input, [&](const Interval& x, std::size_t i) {
            const Interval value = op.scale ? scaled(x, op.scale->at(i), op.scale->type.fraction) : x;
            return op.bias ? value + point(*op.bias, i) : value;
        });
    }
    Intervals operator()(const Divide& op) const {
        return each(op.input, [&](const Interval& x, std::size_t i) {
            return divided(x, op.divisor.at(i), op.divisor.type.fraction, out.type(i).fraction + 2);
        });
    }
    Intervals operator()(const Relu& op) const {
        return each(op.input, [&](const Interval& x, std::size_t) {
            return op.ceiling ? at_most(rectified(x), point(*op.ceiling, 0)) : rectified(x);
        });
    }
    Intervals operator()(const Select& op) const {
        return each(op.subject, [&](const Interval& x, std::size_t i) {
            const auto [value, limit] = alike(x, point(op.threshold, i));
            const bool never = value.high < limit.low || (!op.closed && value.high == limit.low);
            const bool always = value.low > limit.low || (op.closed && value.low == limit.low);
            const Interval above = chosen(op, x, i, true), below = chosen(op, x, i, false);
            return never ? below : (always ? above : united(above, below));
        });
    }
    Intervals operator()(const Table& op) const {
        return each(op.input, [&](const Interval& x, std::size_t) {
            const Interval mantissas = aligned(x, op.fraction);
            std::size_t first = table_index(op, mantissas.low), last = table_index(op, mantissas.high);
            if (first > last)
                std::swap(first, last); // a negative numerator
            const auto begin = op.values.raw.begin();
            const auto [low, high] = std::minmax_element(begin + static_cast<std::ptrdiff_t>(first),
                                                         begin + static_cast<std::ptrdiff_t>(last) + 1);
            return Interval{*low, *high, op.values.type.fraction};
        });
    }
    Intervals operator()(const Steps& op) const {
        const Interval all = all_of(op.values);
        return each(op.input, [&](const Interval&, std::size_t) { return all; });
    }
    Intervals operator()(const Merge& op) const {
        return each(op.inputs.front(), [&](Interval value, std::size_t i) {
            for (std::size_t k = 1; k < op.inputs.size(); ++k)
                value = merged(op.kind, value, of(op.inputs[k])[i]);
            const bool square = op.kind == Merge::Kind::product && op.inputs[0] == op.inputs[1];
            return square && value.low < 0 ? Interval{0, value.high, value.fraction} : value;
        });
    }
    Intervals operator()(const Rearrange& op) const {
        std::vector<const Interval*> all;
        for (const TensorId id : op.inputs)
            for (const Interval& x : of(id))
                all.push_back(&x);
        Intervals results;
        for (const auto& source : op.sources)
            results.push_back(source ? *all[*source] : Interval{});
        return results;
    }
    Intervals operator()(const Embedding& op) const { return Intervals(out.size(), all_of(op.table)); }
    Intervals operator()(const Requantise& op) const { return of(op.input); }

    /// One side of a selection; where the subject itself is chosen, it is on the right side of the threshold.
    Interval chosen(const Select& op, const Interval& subject, std::size_t i, bool above) const {
        const TensorId id = above ? op.above : op.below;
        if (id != op.subject)
            return of(id)[i];
        return above ? at_least(subject, point(op.threshold, i)) : at_most(subject, point(op.threshold, i));
    }

    static Interval merged(Merge::Kind kind, const Interval& a, const Interval& b) {
        switch (kind) {
        case Merge::Kind::sum:
            return a + b;
        case Merge::Kind::difference:
            return a - b;
        case Merge::Kind::product:
            return a * b;
        case Merge::Kind::maximum:
            return at_least(a, b);
        case Merge::Kind::minimum:
            return at_most(a, b);
        }
        return {};
    }

    template <typename Compute> Intervals each(TensorId id, const Compute& compute) const {
        const Intervals& x = of(id);
        Intervals results;
        results.reserve(x.size());
        for (std::size_t i = 0; i < x.size(); ++i)
            results.push_back(compute(x[i], i));
        return results;
    }
};

} // namespace

void RangeInference::set(const Tensor& tensor, TensorId id, Intervals exact) {
    const auto index = static_cast<std::size_t>(id);
    if (ranges_.values.size() <= index) {
        ranges_.values.resize(index + 1);
        ranges_.before_cast.resize(index + 1);
    }
    Intervals& values = ranges_.values[index];
    values.clear();
    for (std::size_t i = 0; i < exact.size(); ++i)
        values.push_back(cast(exact[i], tensor.type(i)));
    ranges_.before_cast[index] = std::move(exact);
}

void RangeInference::add_input(const Network& network, TensorId id) {
    const Tensor& tensor = network.tensor(id);
    Intervals all;
    for (std::size_t i = 0; i < tensor.size(); ++i)
        all.push_back(Interval::of(tensor.type(i)));
    set(tensor, id, std::move(all));
}

void RangeInference::add_op(const Network& network, const Op& op) {
    const Tensor& tensor = network.tensor(output_of(op));
    set(tensor, output_of(op), std::visit(Inference{network, ranges_.values, tensor}, op.body));
}

Ranges infer_ranges(const Network& network) {
    RangeInference inference;
    for (const TensorId id : network.inputs)
        inference.add_input(network, id);
    for (const Op& op : network.ops)
        inference.add_op(network, op);
    return inference.take();
}

} // namespace gw::network
