#include "network/range_sums.hpp"

#include <bit>
#include <span>

#include "network/window.hpp"

namespace gw::network {
namespace {

using fixed::Interval;

/// The range of a running sum, as Accumulator says.
class Sum {
  public:
    Sum(const Accumulator& accumulator, const Interval& start) : accumulator_(accumulator), total_(kept(start)) {}

    void add(const Interval& term) { total_ = kept(total_ + entering(term)); }
    const Interval& total() const { return total_; }

    Interval entering(const Interval& term) const {
        return accumulator_.products == Accumulator::Products::converted ? kept(term) : term;
    }
    Interval kept(const Interval& value) const { return accumulator_.type ? cast(value, *accumulator_.type) : value; }

  private:
    const Accumulator& accumulator_;
    Interval total_;
};

Interval start(const std::optional<Constant>& bias, std::size_t j) {
    return bias ? Interval::point(bias->at(j), bias->type.fraction) : Interval{};
}

Interval in_a_tree(const Sum& rules, std::span<const Interval> terms) {
    if (terms.size() == 1)
        return rules.entering(terms.front());
    const std::size_t half = std::bit_floor(terms.size() - 1);
    return rules.kept(in_a_tree(rules, terms.first(half)) + in_a_tree(rules, terms.subspan(half)));
}

Interval extreme(std::span<const Interval> terms, bool maximum) {
    std::int32_t fraction = terms.front().fraction;
    for (const Interval& term : terms)
        fraction = std::max(fraction, term.fraction);
    Interval best = aligned(terms.front(), fraction);
    for (const Interval& term : terms) {
        const Interval other = aligned(term, fraction);
        best.low = maximum ? std::max(best.low, other.low) : std::min(best.low, other.low);
        best.high = maximum ? std::max(best.high, other.high) : std::min(best.high, other.high);
    }
    return best;
}

/// By channel, what any position can hold; and 0 where padding is seen.
Intervals by_channel(const Intervals& x, std::size_t channels, bool padded) {
    Intervals result(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(channels));
    for (std::size_t i = channels; i < x.size(); ++i)
        result[i % channels] = united(result[i % channels], x[i]);
    for (std::size_t c = 0; c < channels && padded; ++c)
        result[c] = united(result[c], Interval{});
    return result;
}

bool pads(const Window& window, const Shape& in, const Shape& out) {
    for (std::size_t axis = 0; axis < window.size.size(); ++axis) {
        const std::uint64_t reach = std::uint64_t{out[axis] - 1} * window.strides[axis] +
                                    std::uint64_t{window.size[axis] - 1} * window.dilation[axis];
        if (window.pad_before[axis] != 0 || reach >= in[axis])
            return true;
    }
    return false;
}

} // namespace

Intervals range_of(const Dense& op, const Intervals& x, const Tensor& out) {
    const std::size_t inputs = op.weights.shape[0], outputs = op.weights.shape[1];
    Intervals results;
    for (std::size_t k = 0; k < out.size(); ++k) {
        const std::size_t position = k / outputs, j = k % outputs;
        Sum total(op.accumulator, start(op.bias, j));
        for (std::size_t i = 0; i < inputs; ++i) {
            const std::int64_t weight = op.weights.raw[i * outputs + j];
            if (weight != 0 || op.accumulator.type)
                total.add(scaled(x[position * inputs + i], weight, op.weights.type.fraction));
        }
        results.push_back(total.total());
    }
    return results;
}

Intervals range_of(const Conv& op, const Tensor& in, const Intervals& x, const Tensor& out) {
    const std::size_t channels = in.shape.back(), outputs = out.shape.back(), depth = channels / op.groups;
    const Intervals seen = by_channel(x, channels, pads(op.window, spatial(in.shape), spatial(out.shape)));
    Intervals channel_results;
    for (std::size_t o = 0; o < outputs; ++o) {
        const std::size_t first = o / (outputs / op.groups) * depth;
        Sum total(op.accumulator, start(op.bias, o));
        for (std::size_t row = 0; row < op.weights.raw.size() / outputs; ++row) {
            const std::int64_t weight = op.weights.raw[row * outputs + o];
            if (weight != 0)
                total.add(scaled(seen[first + row % depth], weight, op.weights.type.fraction));
        }
        channel_results.push_back(total.total());
    }
    Intervals results;
    for (std::size_t k = 0; k < out.size(); ++k)
        results.push_back(channel_results[k % outputs]);
    return results;
}

Intervals range_of(const Pool& op, const Tensor& in, const Intervals& x, const Tensor& out) {
    const std::size_t channels = out.shape.back(), count = taps(op.window);
    Intervals seen = by_channel(x, channels, pads(op.window, spatial(in.shape), spatial(out.shape)));
    Intervals channel_results;
    for (Interval& channel : seen) {
        if (op.padding)
            channel = united(channel, Interval::point(op.padding->at(0), op.padding->type.fraction));
        if (op.kind == Pool::Kind::maximum) {
            channel_results.push_back(channel);
            continue;
        }
        Sum total(op.accumulator, {});
        for (std::size_t tap = 0; tap < count; ++tap)
            total.add(channel);
        channel_results.push_back(total.total());
    }
    Intervals results;
    for (std::size_t k = 0; k < out.size(); ++k)
        results.push_back(channel_results[k % channels]);
    return results;
}

Intervals range_of(const Reduce& op, const Tensor& in, const Intervals& x) {
    const std::size_t count = in.shape.back();
    Intervals results;
    for (std::size_t first = 0; first < x.size(); first += count) {
        const std::span<const Interval> terms(&x[first], count);
        if (op.kind != Reduce::Kind::sum) {
            results.push_back(extreme(terms, op.kind == Reduce::Kind::maximum));
            continue;
        }
        Sum total(op.accumulator, {});
        if (op.order == Reduce::Order::tree) {
            results.push_back(in_a_tree(total, terms));
            continue;
        }
        for (const Interval& term : terms)
            total.add(term);
        results.push_back(total.total());
    }
    return results;
}

Intervals range_of(const MatMul& op, const Tensor& left, const Tensor& right, const Intervals& x, const Intervals& y) {
    const std::size_t rows = left.shape[1], inner = left.shape[2], columns = right.shape[2];
    Intervals results;
    for (std::size_t row = 0; row < left.shape[0] * rows; ++row)
        for (std::size_t n = 0; n < columns; ++n) {
            Sum total(op.accumulator, {});
            for (std::size_t k = 0; k < inner; ++k)
                total.add(x[row * inner + k] * y[(row / rows * inner + k) * columns + n]);
            results.push_back(total.total());
        }
    return results;
}

} // namespace gw::network
