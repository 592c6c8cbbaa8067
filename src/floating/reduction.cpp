#include <algorithm>
#include <cmath>
#include <limits>

#include "floating/broadcast.hpp"
#include "floating/layers.hpp"
#include "network/window.hpp"

namespace gw::floating {
namespace {

/// The shape with some axes kept as 1, and for each element the flat index of its group.
struct Groups {
    std::size_t count = 1;
    std::vector<std::size_t> of; ///< by element

    Groups(const import::Shape& shape, const std::vector<std::uint32_t>& axes) {
        import::Shape kept = shape;
        for (const std::uint32_t axis : axes)
            kept[axis] = 1;
        count = network::elements(kept);
        const Broadcast group(kept, shape);
        for (std::size_t i = 0; i < network::elements(shape); ++i)
            of.push_back(group(i));
    }
};

} // namespace

Values compute(const import::Pool& pool, const Context& context) {
    const std::size_t channels = context.out().back();
    const import::Shape from = network::spatial(context.in()), to = network::spatial(context.out());
    const network::Window window{pool.window.size, pool.window.strides, pool.window.dilation, pool.window.pad_before};
    const bool maximum = pool.kind == import::Pool::Kind::maximum;
    Values y(context.size());
    for (std::size_t p = 0; p < y.size() / channels; ++p) {
        const auto taps = network::seen(window, from, to, p);
        for (std::size_t c = 0; c < channels; ++c) {
            double value = maximum ? -std::numeric_limits<double>::infinity() : 0.0;
            std::size_t count = 0;
            for (const auto& tap : taps) {
                if (!tap)
                    continue;
                const double x = context.x()[*tap * channels + c];
                value = maximum ? std::max(value, x) : value + x;
                ++count;
            }
            if (pool.kind == import::Pool::Kind::average)
                value /= static_cast<double>(pool.count_padding ? taps.size() : count);
            y[p * channels + c] = value;
        }
    }
    return y;
}

Values compute(const import::Reduce& reduce, const Context& context) {
    using Kind = import::Reduce::Kind;
    const Groups groups(context.in(), reduce.axes);
    const double start = reduce.kind == Kind::maximum   ? -std::numeric_limits<double>::infinity()
                         : reduce.kind == Kind::minimum ? std::numeric_limits<double>::infinity()
                                                        : 0.0;
    Values y(groups.count, start);
    for (std::size_t i = 0; i < groups.of.size(); ++i) {
        double& value = y[groups.of[i]];
        const double x = context.x()[i];
        if (reduce.kind == Kind::maximum)
            value = std::max(value, x);
        else if (reduce.kind == Kind::minimum)
            value = std::min(value, x);
        else
            value += x;
    }
    if (reduce.kind == Kind::mean)
        for (double& value : y)
            value /= static_cast<double>(groups.of.size() / groups.count);
    return y;
}

Values compute(const import::Softmax& softmax, const Context& context) {
    const Groups groups(context.in(), {softmax.axis});
    Values most(groups.count, -std::numeric_limits<double>::infinity()), sum(groups.count, 0.0), y = context.x();
    for (std::size_t i = 0; i < y.size(); ++i)
        most[groups.of[i]] = std::max(most[groups.of[i]], y[i]);
    for (std::size_t i = 0; i < y.size(); ++i)
        sum[groups.of[i]] += std::exp(y[i] - most[groups.of[i]]);
    for (std::size_t i = 0; i < y.size(); ++i) {
        const double moved = y[i] - most[groups.of[i]];
        y[i] = softmax.log ? moved - std::log(sum[groups.of[i]]) : std::exp(moved) / sum[groups.of[i]];
    }
    return y;
}

Values compute(const import::Normalise& normalise, const Context& context) {
    const Groups groups(context.in(), normalise.axes);
    const auto count = static_cast<double>(groups.of.size() / groups.count);
    Values mean(groups.count, 0.0), variance(groups.count, 0.0), y = context.x();
    for (std::size_t i = 0; i < y.size() && normalise.centred; ++i)
        mean[groups.of[i]] += y[i] / count;
    for (std::size_t i = 0; i < y.size(); ++i) {
        y[i] -= mean[groups.of[i]];
        variance[groups.of[i]] += y[i] * y[i] / count;
    }
    const import::Shape one{1};
    const Broadcast gamma(normalise.gamma ? normalise.gamma->shape : one, context.out());
    const Broadcast beta(normalise.beta ? normalise.beta->shape : one, context.out());
    for (std::size_t i = 0; i < y.size(); ++i) {
        y[i] /= std::sqrt(variance[groups.of[i]] + normalise.epsilon);
        y[i] *= normalise.gamma ? normalise.gamma->values[gamma(i)] : 1.0;
        y[i] += normalise.beta ? normalise.beta->values[beta(i)] : 0.0;
    }
    return y;
}

} // namespace gw::floating
