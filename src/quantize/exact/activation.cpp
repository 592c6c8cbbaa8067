// Activations. What is made of straight lines is computed exactly; the others are tables, from which tails that grow
// linearly are taken out first where the variable has too many values for a table of all.
#include <algorithm>
#include <limits>

#include "floating/broadcast.hpp"
#include "floating/layers.hpp"
#include "quantize/constants.hpp"
#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

using Kind = import::Function::Kind;

Constant number(Site& site, double value, double unit = 1.0) {
    return site.constant(std::vector<double>{value / unit}, {1}, "constant");
}

/// min(x, limit) = limit - max(limit - x, 0)
Value at_most(Site& site, const std::string& name, const Value& x, double limit) {
    const Constant minus = number(site, -1), top = number(site, limit, x.units.front());
    const Value room = affine(site, name + "_room", x, minus, top);
    const Value left =
        site.builder().emit(name + "_left", x.shape, site.builder().fraction(room), network::Relu{room.tensor, {}, {}});
    Value y = affine(site, name, left, minus, top);
    y.units = x.units;
    y.error = x.error + std::abs(real(top, 0) * x.units.front() - limit);
    return y;
}

Value at_least(Site& site, const std::string& name, const Value& x, double limit) {
    const Constant down = number(site, -limit, x.units.front()), up = number(site, limit, x.units.front());
    const Value above = affine(site, name + "_above", x, std::nullopt, down);
    const Value kept = site.builder().emit(name + "_kept", x.shape, site.builder().fraction(above),
                                           network::Relu{above.tensor, {}, {}});
    Value y = affine(site, name, kept, std::nullopt, up);
    y.units = x.units;
    y.error = x.error + std::abs(real(up, 0) * x.units.front() - limit);
    return y;
}

Value times(Site& site, const std::string& name, const Value& x, double factor, double plus = 0) {
    std::optional<Constant> scale, bias;
    if (factor != 1)
        scale = number(site, factor);
    if (plus != 0)
        bias = number(site, plus, x.units.front());
    Value y = affine(site, name, x, scale, bias);
    const double off = scale ? std::abs(real(*scale, 0) - factor) * site.builder().magnitude(x) : 0;
    y.error = x.error * std::abs(factor) + off + (bias ? std::abs(real(*bias, 0) * x.units.front() - plus) : 0.0);
    return y;
}

/// subject > limit ? above : below; all of one unit.
Value chosen(Site& site, const std::string& name, const Value& subject, double limit, bool closed, const Value& above,
             const Value& below) {
    network::Select op{subject.tensor, above.tensor, below.tensor, {}, {}, closed};
    // Exact on the subject's own grid: a mantissa m has m > t or m >= t as the real value has.
    const std::int32_t fraction = site.builder().fraction(subject);
    const double scaled = std::ldexp(limit / subject.units.front(), fraction);
    op.threshold = rounded({std::ldexp(closed ? std::ceil(scaled) : std::floor(scaled), -fraction)}, {1}, fraction);
    const std::int32_t finest = std::max(site.builder().fraction(above), site.builder().fraction(below));
    Value y = site.builder().emit(name, subject.shape, finest, std::move(op));
    y.units = above.units;
    y.error = std::max(above.error, below.error) + subject.error;
    return y;
}

/// A selection whose two sides are so far apart at its threshold: a value that is a little off may stand on the other.
Value jumping(Value y, const Value& subject, double apart) {
    y.error += subject.error > 0 ? std::abs(apart) : 0.0;
    return y;
}

Value zeros(Site& site, const std::string& name, const Value& like) {
    Value y = arranged(site, name, {like}, like.shape, std::vector<std::optional<std::uint32_t>>(like.size()));
    y.error = 0;
    return y;
}

/// What a function tends to: left * x far below zero and right * x far above, but for a constant.
struct Tails {
    double left = 0, right = 0;
};

Tails tails_of(const import::Function& function) {
    switch (function.kind) {
    case Kind::selu:
        return {0, 1.0507009873554805};
    case Kind::elu:
    case Kind::celu:
    case Kind::gelu:
    case Kind::gelu_tanh:
    case Kind::softplus:
    case Kind::mish:
    case Kind::squareplus:
    case Kind::sparse_plus:
        return {0, 1};
    case Kind::swish:
        return function.alpha > 0 ? Tails{0, 1} : Tails{};
    case Kind::log_sigmoid:
        return {1, 0};
    case Kind::tanh_shrink:
        return {1, 1};
    default:
        return {};
    }
}

/// Of functions that stay between two values.
double spread_of(Kind kind) {
    switch (kind) {
    case Kind::sigmoid:
        return 1;
    case Kind::tanh:
    case Kind::softsign:
    case Kind::erf:
    case Kind::sine:
    case Kind::cosine:
        return 2;
    default:
        return std::numeric_limits<double>::infinity();
    }
}

/// Functions without tails that grow faster than lines, or have poles: their tables cover what calibration saw, twice.
bool grows(Kind kind) {
    return kind == Kind::exponential || kind == Kind::power || kind == Kind::log || kind == Kind::reciprocal ||
           kind == Kind::reciprocal_root || kind == Kind::square_root;
}

double number_of_values(Site& site, const Value& x) {
    const fixed::Interval range = site.builder().range(x);
    return static_cast<double>(range.high) - static_cast<double>(range.low) + 1;
}

Value table_of(Site& site, const std::string& name, const Value& x, const import::Function& function,
               std::int32_t fraction) {
    const Tails tails = tails_of(function);
    const auto f = [function](double v) { return floating::apply(function, v); };
    const double limit = site.quantised() ? 65536.0 : static_cast<double>(site.model().options.table_points);
    if ((tails.left == 0 && tails.right == 0) || number_of_values(site, x) <= limit) {
        Tabulation table{f, fraction};
        table.spread = spread_of(function.kind);
        if (const auto seen = site.magnitude_seen(); seen && grows(function.kind) && !site.quantised()) {
            table.low = -2 * *seen;
            table.high = 2 * *seen;
        }
        return tabulated(site, name, x, table);
    }
    const auto bent = [=](double v) { return f(v) - (v > 0 ? tails.right : tails.left) * v; };
    std::vector<Value> parts{tabulated(site, name + "_bend", x, {bent, fraction})};
    const Value from = site.plain(x);
    if (tails.right != 0)
        parts.push_back(times(site, name + "_right", rectified(site, name + "_above", from, {}), tails.right));
    if (tails.left != 0) {
        const Value mirrored = times(site, name + "_mirror", from, -1);
        parts.push_back(times(site, name + "_left", rectified(site, name + "_below", mirrored, {}), -tails.left));
    }
    return merged(site, name, network::Merge::Kind::sum, parts);
}

Value rounded_to_whole(Site& site, const std::string& name, const Value& x, fixed::Rounding rounding) {
    Value y = site.builder().emit(name, x.shape, site.builder().fraction(x), network::Requantise{x.tensor, {}});
    const fixed::Interval range = site.builder().range(x);
    FixedType type = fixed::smallest_type(
        {(range.low >> std::max(0, range.fraction)) - 1, (range.high >> std::max(0, range.fraction)) + 1, 0});
    type.rounding = rounding;
    site.builder().retype(y, {type});
    y.error = x.error > 0 ? x.error + 1 : 0;
    return y;
}

/// Those made of straight lines; none for the others.
std::optional<Value> straight(Site& site, const std::string& name, const Value& x, const import::Function& function) {
    const double a = function.alpha, b = function.beta;
    const auto clip = [&](const Value& v, double low, double high) {
        return at_most(site, name, at_least(site, name + "_least", v, low), high);
    };
    const auto hard_sigmoid = [&](const std::string& own, double slope, double shift) {
        auto relu = import::Relu();
        relu.ceiling = 1;
        return rectified(site, own, times(site, own + "_line", x, slope, shift), relu);
    };
    switch (function.kind) {
    case Kind::hard_sigmoid:
        return hard_sigmoid(name, a, b);
    case Kind::sparse_sigmoid:
        return hard_sigmoid(name, 0.5, 0.5);
    case Kind::hard_swish:
        return merged(site, name, network::Merge::Kind::product, {x, hard_sigmoid(name + "_gate", 1.0 / 6, 0.5)});
    case Kind::hard_tanh:
        return clip(x, -1, 1);
    case Kind::clip:
        return std::isfinite(a) ? (std::isfinite(b) ? clip(x, a, b) : at_least(site, name, x, a))
                                : at_most(site, name, x, b);
    case Kind::absolute:
        return merged(site, name, network::Merge::Kind::maximum, {x, times(site, name + "_minus", x, -1)});
    case Kind::square:
        return merged(site, name, network::Merge::Kind::product, {x, x});
    case Kind::thresholded:
        return jumping(chosen(site, name, x, a, false, x, zeros(site, name + "_zero", x)), x, a);
    case Kind::hard_shrink: {
        const Value size =
            merged(site, name + "_abs", network::Merge::Kind::maximum, {x, times(site, name + "_minus", x, -1)});
        return jumping(chosen(site, name, size, a, false, x, zeros(site, name + "_zero", x)), x, a);
    }
    case Kind::soft_shrink: {
        const Value above = rectified(site, name + "_above", times(site, name + "_down", x, 1, -a), {});
        const Value below = rectified(site, name + "_below", times(site, name + "_up", x, -1, -a), {});
        return merged(site, name, network::Merge::Kind::difference, {above, below});
    }
    case Kind::floor:
        return rounded_to_whole(site, name, x, fixed::Rounding::trn);
    case Kind::round_even:
        return rounded_to_whole(site, name, x, fixed::Rounding::rnd_conv);
    case Kind::ceil:
        return times(site, name,
                     rounded_to_whole(site, name + "_floor", times(site, name + "_minus", x, -1), fixed::Rounding::trn),
                     -1);
    default:
        return std::nullopt;
    }
}

} // namespace

Value rectified(Site& site, const std::string& name, const Value& x, const import::Relu& relu) {
    Value y = x;
    if (relu.slope == 0 && relu.threshold == 0 && (!relu.ceiling || *relu.ceiling >= 0)) {
        network::Relu op{x.tensor, {}, {}};
        std::int32_t fraction = site.builder().fraction(x);
        double off = 0;
        if (relu.ceiling) {
            op.ceiling = number(site, *relu.ceiling, x.units.front());
            fraction = std::max(fraction, op.ceiling->type.fraction);
            off = std::abs(real(*op.ceiling, 0) * x.units.front() - *relu.ceiling);
        }
        y = site.builder().emit(name, x.shape, fraction, std::move(op));
        y.units = x.units;
        y.error = x.error + off;
        return y;
    }
    const std::string part = relu.ceiling ? name + "_bent" : name;
    const Value below = relu.slope == 0 ? zeros(site, name + "_zero", x)
                                        : times(site, name + "_slope", x, relu.slope, -relu.slope * relu.threshold);
    y = jumping(chosen(site, part, x, relu.threshold, true, x, below), x, relu.threshold);
    return relu.ceiling ? at_most(site, name, y, *relu.ceiling) : y;
}

Value applied(Site& site, const std::string& name, const Value& x, const import::Function& function,
              std::int32_t fraction) {
    if (function.kind == Kind::sign) {
        const auto f = [function](double v) { return floating::apply(function, v); };
        return tabulated(site, name, x, {f, fraction, -1, 1});
    }
    if (auto y = straight(site, name, site.plain(x), function))
        return *y;
    return table_of(site, name, x, function, fraction);
}

Value lower(const import::Relu& relu, Site& site) {
    const Value& x = site.in();
    const bool simple = relu.slope == 0 && relu.threshold == 0 && !relu.ceiling;
    return site.settled(rectified(site, site.name(), simple ? x : site.uniform(x), relu), true);
}

Value lower(const import::PRelu& relu, Site& site) {
    const Value x = site.plain();
    FloatArray slopes{{static_cast<std::uint32_t>(x.size())}, {}, relu.slopes.type, {}};
    const floating::Broadcast at(relu.slopes.shape, x.shape);
    for (std::size_t i = 0; i < x.size(); ++i)
        slopes.values.push_back(relu.slopes.values[at(i)]);
    const Constant factors = site.constant(slopes, "slopes");
    double off = 0, most = 1;
    for (std::size_t i = 0; i < x.size(); ++i) {
        off = std::max(off, std::abs(real(factors, i) - slopes.values[i]));
        most = std::max(most, std::abs(slopes.values[i]));
    }
    Value below = affine(site, site.name("_slope"), x, factors, std::nullopt);
    below.error = x.error * most + off * site.builder().magnitude(x);
    Value y = chosen(site, site.name(), x, 0, false, x, below);
    y.error = std::max(below.error, x.error * most);
    return site.settled(y, true);
}

Value lower(const import::Function& function, Site& site) {
    constexpr std::int32_t fine = 40; // a quantiser rounds these again, and so decides alone
    const bool decided = site.quantised() && site.quantiser_follows();
    if (decided && number_of_values(site, site.in()) > 65536.0)
        if (auto y = staircase(site, site.in(), function))
            return *y;
    return site.settled(applied(site, site.name(), site.in(), function, decided ? fine : site.kept()), true);
}

/// Many steps over few arguments are a table with an entry for each argument; none where they are not.
std::optional<Value> steps_as_table(const import::Steps& layer, Site& site, const Value& x) {
    constexpr std::size_t few_steps = 16;
    constexpr double few_arguments = 65536;
    const std::vector<double>&limits = layer.thresholds.values, &values = layer.values.values;
    if (limits.size() <= few_steps || layer.thresholds.shape.size() != 1 || !layer.values.units.empty() ||
        number_of_values(site, x) > few_arguments)
        return std::nullopt;
    const auto staircase = [&](double v) {
        const auto passed = layer.closed ? std::upper_bound(limits.begin(), limits.end(), v)
                                         : std::lower_bound(limits.begin(), limits.end(), v);
        return values[static_cast<std::size_t>(passed - limits.begin())];
    };
    const Constant entries = site.constant(layer.values, "value");
    return tabulated(site, site.name(), x, {staircase, entries.type.fraction});
}

Value lower(const import::Steps& layer, Site& site) {
    const Value x = site.uniform(site.in());
    if (const auto table = steps_as_table(layer, site, x))
        return site.settled(*table);
    network::Steps op{};
    op.input = x.tensor;
    const std::int32_t fraction = site.builder().fraction(x);
    op.thresholds.shape = layer.thresholds.shape;
    std::vector<double> limits;
    const fixed::Interval range = fixed::aligned(site.builder().range(x), fraction);
    for (const double threshold : layer.thresholds.values) {
        const double at = std::ldexp(threshold / x.units.front(), fraction);
        // Beyond the range all thresholds are alike.
        limits.push_back(std::clamp(layer.closed ? std::ceil(at) : std::floor(at) + 1,
                                    static_cast<double>(range.low) - 1, static_cast<double>(range.high) + 1));
    }
    for (double& limit : limits)
        limit = std::ldexp(limit, -fraction);
    op.thresholds = rounded(limits, layer.thresholds.shape, fraction);
    op.values = site.constant(layer.values, "value", layer.values.units.empty() ? Units{1.0} : layer.values.units);
    double largest_step = 0;
    for (std::size_t i = 0; i + 1 < layer.values.values.size(); ++i)
        largest_step = std::max(largest_step, std::abs(layer.values.values[i + 1] - layer.values.values[i]));
    const std::int32_t values_fraction = op.values.type.fraction;
    Value y = site.builder().emit(site.name(), site.shape(), values_fraction, std::move(op));
    if (!layer.values.units.empty())
        y.units = layer.values.units;
    y.error = x.error > 0 ? largest_step * 2 : 0;
    return site.settled(y);
}

} // namespace gw::quantize::exact
