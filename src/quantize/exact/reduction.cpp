// Layers that look through windows or over whole axes: pools, sums, softmax, normalisation.
//
// Softmax subtracts the largest value, so that the exponentials lie in (0, 1] and their sum in [1, n]: both tables
// cover just that, and nothing can overflow. 1 / sqrt(v) starts from a staircase whose steps grow with v, so that its
// relative error is the same everywhere, and is improved by one step of Newton's method, r (3 - v r^2) / 2.
#include <algorithm>
#include <limits>
#include <numeric>

#include "floating/broadcast.hpp"
#include "network/window.hpp"
#include "quantize/constants.hpp"
#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

using MergeKind = network::Merge::Kind;

Value divided(Site& site, const std::string& name, const Value& x, const std::vector<double>& divisors,
              std::int32_t extra = 20) {
    network::Divide op{x.tensor, {}, rounded(divisors, {static_cast<std::uint32_t>(divisors.size())}, 0)};
    const double least = *std::min_element(divisors.begin(), divisors.end());
    bool exact = true; // powers of two
    int bits = 0;
    for (const double divisor : divisors) {
        int exponent = 0;
        exact = exact && std::frexp(divisor, &exponent) == 0.5;
        bits = std::max(bits, exponent - 1);
    }
    const std::int32_t fraction = site.builder().fraction(x) + (exact ? bits : extra);
    Value y = site.builder().emit(name, x.shape, fraction, std::move(op));
    y.units = x.units;
    y.error =
        x.error / least + (exact ? 0.0 : std::ldexp(*std::max_element(y.units.begin(), y.units.end()), -fraction));
    return y;
}

Value reduced(Site& site, const std::string& name, const Value& x, network::Reduce::Kind kind) {
    Shape shape(x.shape.begin(), x.shape.end() - 1);
    const double count = x.shape.back();
    Value y = site.builder().emit(name, shape, site.builder().fraction(x), network::Reduce{x.tensor, {}, kind, {}, {}});
    y.units = x.units;
    y.error = kind == network::Reduce::Kind::sum ? x.error * count : x.error;
    return y;
}

/// Rounded until it has no more than so many bits.
void limit_width(Site& site, Value& x, std::int32_t bits) {
    const std::int32_t excess = site.builder().width(x) - bits;
    if (excess > 0)
        site.builder().round(x, site.builder().fraction(x) - excess);
}

Value rounded_inside(Site& site, Value x) {
    site.builder().round(x, site.kept_inside());
    return x;
}

/// The tensor with some axes last and in one: {groups, n}; and the way back.
struct Grouped {
    Value value;
    Shape moved;                     ///< after permutation
    std::vector<std::uint32_t> back; ///< the axes of `moved` in the order of the original
    Shape kept;                      ///< those that are not grouped
};

Grouped grouped(Site& site, const Value& x, const std::vector<std::uint32_t>& axes) {
    Grouped out;
    std::vector<std::uint32_t> order;
    std::uint32_t count = 1;
    for (std::uint32_t k = 0; k < x.shape.size(); ++k)
        if (std::find(axes.begin(), axes.end(), k) == axes.end()) {
            order.push_back(k);
            out.kept.push_back(x.shape[k]);
        }
    for (const std::uint32_t k : axes) {
        order.push_back(k);
        count *= x.shape[k];
    }
    out.back.resize(order.size());
    for (std::uint32_t k = 0; k < order.size(); ++k)
        out.back[order[k]] = k;
    const Value moved = permuted(site, site.name("_axes"), x, order);
    out.moved = moved.shape;
    out.value = reshaped(site, site.name("_rows"), moved, {static_cast<std::uint32_t>(x.size() / count), count});
    return out;
}

Value ungrouped(Site& site, const Grouped& from, const Value& y) {
    return permuted(site, site.name("_back"), reshaped(site, site.name("_shape"), y, from.moved), from.back);
}

/// One value a row, repeated along it.
Value along_rows(Site& site, const std::string& name, const Value& one, const Shape& shape) {
    return broadcast(site, name, reshaped(site, name + "_column", one, {shape[0], 1}), shape);
}

/// A staircase with `steps` steps of equal ratio from `low` to x's largest value.
Value geometric(Site& site, const std::string& name, const Value& x, double low, std::size_t steps,
                const std::function<double(double)>& f, std::int32_t fraction, double& relative) {
    const std::int32_t grid = site.builder().fraction(x);
    const double high = std::max(site.builder().high(x), low * 2),
                 ratio = std::pow(high / low, 1.0 / static_cast<double>(steps));
    std::vector<double> limits, values;
    double from = low;
    for (std::size_t k = 1; k <= steps; ++k) {
        const double to = std::ldexp(std::ceil(std::ldexp(low * std::pow(ratio, static_cast<double>(k)), grid)), -grid);
        const double middle = std::sqrt(from * to);
        values.push_back(f(middle));
        relative = std::max({relative, std::abs(f(from) / f(middle) - 1), std::abs(f(to) / f(middle) - 1)});
        if (k < steps)
            limits.push_back(to);
        from = to;
    }
    network::Steps op{x.tensor, {}, {}, {}};
    op.thresholds = rounded(limits, {static_cast<std::uint32_t>(limits.size())}, grid);
    op.values = rounded(values, {static_cast<std::uint32_t>(values.size())}, fraction);
    relative += std::ldexp(1.0, -fraction - 1) / *std::min_element(values.begin(), values.end());
    return site.builder().emit(name, x.shape, fraction, std::move(op));
}

/// 1 / sqrt(v) for v >= low > 0.
Value inverse_root(Site& site, const Value& v, double low) {
    constexpr std::size_t steps = 1024;
    int exponent = 0;
    std::frexp(1 / std::sqrt(low), &exponent);
    const std::int32_t fraction = std::min(site.kept_inside() + 4, 24 - exponent);
    double relative = 0;
    const auto f = [](double x) { return 1 / std::sqrt(x); };
    const Value r = geometric(site, site.name("_root"), v, low, steps, f, fraction, relative);
    // Intervals do not know that r follows v: these types hold what the products can really be.
    const auto product = [&](const char* part, const Value& a, const Value& b, double most) {
        Value y = merged(site, site.name(part), MergeKind::product, {a, b});
        int integer = 0;
        std::frexp(most, &integer);
        site.builder().retype(
            y, {fixed::ap_ufixed(integer + fraction + 4, integer, fixed::Rounding::rnd_conv, fixed::Overflow::sat)});
        return y;
    };
    const double top = std::sqrt(std::max(site.builder().high(v), low));
    const Value vr = product("_vr", v, r, 2 * top), vrr = product("_vrr", vr, r, 2);
    const Constant half = site.constant(std::vector<double>{-0.5}, {1}, "half"),
                   more = site.constant(std::vector<double>{1.5}, {1}, "half");
    Value better = merged(site, site.name("_newton"), MergeKind::product,
                          {r, affine(site, site.name("_correction"), vrr, half, more)});
    site.builder().round(better, fraction);
    better.error = f(low) * (2 * relative * relative + std::ldexp(8.0, -fraction)) +
                   (v.error > 0 ? 0.5 * std::pow(low, -1.5) * v.error : 0.0);
    return better;
}

} // namespace

Value lower(const import::Pool& pool, Site& site) {
    const Value& x = site.in();
    const bool maximum = pool.kind == import::Pool::Kind::maximum;
    network::Pool op{};
    op.input = x.tensor;
    op.kind = maximum ? network::Pool::Kind::maximum : network::Pool::Kind::sum;
    op.window = {pool.window.size, pool.window.strides, pool.window.dilation, pool.window.pad_before};
    const network::Window window = op.window;
    const double taps = static_cast<double>(network::taps(window));
    Value y = site.builder().emit(pool.kind == import::Pool::Kind::average ? site.name("_sum") : site.name(),
                                  site.shape(), site.builder().fraction(x), std::move(op));
    y.units = x.units;
    y.error = maximum ? x.error : x.error * taps;
    if (pool.kind != import::Pool::Kind::average)
        return site.settled(y);
    std::vector<double> counts;
    const Shape from = network::spatial(x.shape), to = network::spatial(site.shape());
    for (std::size_t p = 0; p < network::elements(to); ++p) {
        const auto seen = network::seen(window, from, to, p);
        const auto inside =
            static_cast<double>(std::count_if(seen.begin(), seen.end(), [](auto at) { return at.has_value(); }));
        counts.insert(counts.end(), site.shape().back(), pool.count_padding ? taps : std::max(inside, 1.0));
    }
    if (std::all_of(counts.begin(), counts.end(), [&](double count) { return count == counts.front(); }))
        counts.resize(1);
    return site.settled(divided(site, site.name(), y, counts), true);
}

Value lower(const import::Reduce& reduce, Site& site) {
    const bool mean = reduce.kind == import::Reduce::Kind::mean;
    const Grouped rows = grouped(site, site.uniform(site.in()), reduce.axes);
    const auto kind = reduce.kind == import::Reduce::Kind::maximum   ? network::Reduce::Kind::maximum
                      : reduce.kind == import::Reduce::Kind::minimum ? network::Reduce::Kind::minimum
                                                                     : network::Reduce::Kind::sum;
    Value y = reduced(site, mean ? site.name("_sum") : site.name(), rows.value, kind);
    y = reshaped(site, site.name("_kept"), y, site.shape());
    if (mean)
        y = divided(site, site.name(), y, {static_cast<double>(rows.value.shape.back())});
    return site.settled(y, mean);
}

Value lower(const import::Softmax& softmax, Site& site) {
    const std::int32_t fraction = site.kept_inside();
    const Value x = site.plain();
    const Grouped rows = grouped(site, x, {softmax.axis});
    const Shape& shape = rows.value.shape;
    const Value most = reduced(site, site.name("_max"), rows.value, network::Reduce::Kind::maximum);
    const Value moved = merged(site, site.name("_moved"), MergeKind::difference,
                               {rows.value, along_rows(site, site.name("_most"), most, shape)});
    const auto exponential = [](double v) { return std::exp(v); };
    const Value powers = tabulated(site, site.name("_exp"), moved,
                                   {exponential, fraction, -std::numeric_limits<double>::infinity(), 0.0});
    const Value sum = reduced(site, site.name("_sum"), powers, network::Reduce::Kind::sum);
    const double terms = shape.back();
    Value y;
    if (softmax.log) {
        const Value log =
            tabulated(site, site.name("_log"), sum, {[](double v) { return std::log(v); }, fraction, 1.0, terms});
        y = merged(site, site.name(), MergeKind::difference, {moved, along_rows(site, site.name("_all"), log, shape)});
    } else {
        const Value inverse =
            tabulated(site, site.name("_inverse"), sum, {[](double v) { return 1 / v; }, fraction, 1.0, terms});
        y = merged(site, site.name(), MergeKind::product,
                   {powers, along_rows(site, site.name("_all"), inverse, shape)});
        y.error = powers.error + inverse.error + powers.error * inverse.error;
    }
    if (y.shape != site.shape() || rows.moved != x.shape) {
        const double error = y.error;
        y = ungrouped(site, rows, y);
        y.error = error;
    }
    return site.settled(y, true);
}

Value lower(const import::Normalise& layer, Site& site) {
    const Value x = site.plain();
    const Grouped rows = grouped(site, x, layer.axes);
    const Shape& shape = rows.value.shape;
    const std::vector<double> count{static_cast<double>(shape.back())};
    Value centred = rows.value;
    if (layer.centred) {
        const Value sum = reduced(site, site.name("_sum"), centred, network::Reduce::Kind::sum);
        const Value mean = rounded_inside(site, divided(site, site.name("_mean"), sum, count));
        centred = merged(site, site.name("_centred"), MergeKind::difference,
                         {centred, along_rows(site, site.name("_means"), mean, shape)});
    }
    Value square = merged(site, site.name("_square"), MergeKind::product, {centred, centred});
    Value power = divided(site, site.name("_variance"),
                          reduced(site, site.name("_squares"), square, network::Reduce::Kind::sum), count, 4);
    site.builder().round(power, site.kept_inside() + 12);
    const Constant epsilon = site.constant(
        FloatArray{{1}, {std::ldexp(std::round(std::ldexp(layer.epsilon, 40)), -40)}, FixedType{63, 40, true}, {}},
        "epsilon");
    Value variance = affine(site, site.name("_shifted"), power, std::nullopt, epsilon);
    variance.error = power.error;
    limit_width(site, variance, 34);
    const double least = std::max(layer.epsilon, std::ldexp(1.0, -site.builder().fraction(variance)));
    const Value root = inverse_root(site, variance, least);
    Value y = merged(site, site.name("_normal"), MergeKind::product,
                     {centred, along_rows(site, site.name("_roots"), root, shape)});
    site.builder().round(y, site.kept_inside());
    y = ungrouped(site, rows, y);
    if (!layer.gamma && !layer.beta)
        return site.settled(y, true);
    const auto wide = [&](const FloatArray& array) {
        FloatArray out{{static_cast<std::uint32_t>(y.size())}, {}, array.type, {}};
        const floating::Broadcast at(array.shape, y.shape);
        for (std::size_t i = 0; i < y.size(); ++i)
            out.values.push_back(array.values[at(i)]);
        return out;
    };
    std::optional<Constant> gamma, beta;
    double most = 1, off = 0;
    if (layer.gamma) {
        const FloatArray all = wide(*layer.gamma);
        gamma = site.constant(all, "gamma");
        most = 0;
        for (std::size_t i = 0; i < all.values.size(); ++i) {
            most = std::max(most, std::abs(all.values[i]));
            off = std::max(off, std::abs(real(*gamma, i) - all.values[i]) * site.builder().magnitude(y));
        }
    }
    if (layer.beta) {
        const FloatArray all = wide(*layer.beta);
        beta = site.constant(all, "beta");
        for (std::size_t i = 0; i < all.values.size(); ++i)
            off = std::max(off, off + std::abs(real(*beta, i) - all.values[i]));
    }
    const double error = y.error * most + off;
    y = affine(site, site.name(), y, gamma, beta);
    y.error = error;
    return site.settled(y, true);
}

} // namespace gw::quantize::exact
