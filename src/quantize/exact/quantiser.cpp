// Quantisers. One whose scale is a power of two times its input's unit is a cast; any other multiplies by their ratio
// first (multiplier.hpp), adds its zero point, and casts:
//
//   x -> x * factor [+ zero] [/ divisor], cast to the codes' type -> [- zero], in units of the scale
//
// The two roundings that no cast has are made of one that rounds down: on a grid of 2^-f, ceil(x) = floor(x + 1 -
// 2^-f), and away from zero is up above zero and down below it.
#include <algorithm>

#include <fmt/format.h>

#include "floating/broadcast.hpp"
#include "quantize/constants.hpp"
#include "quantize/exact/extent.hpp"
#include "quantize/exact/families.hpp"
#include "quantize/exact/multiplier.hpp"

namespace gw::quantize::exact {

namespace {

using Rounding = import::Quantise::Rounding;

constexpr std::int32_t largest_width = 61; ///< of the product that is cast, with its zero point

std::optional<int> power_of_two(double value) {
    int exponent = 0;
    if (std::frexp(value, &exponent) != 0.5)
        return std::nullopt;
    return exponent - 1;
}

/// One value, one for each index of the last axis, or one each: the fewest that hold what `array` says.
Units spread(const std::optional<FloatArray>& array, const Shape& shape, double absent) {
    if (!array)
        return {absent};
    const std::size_t count = array->values.size(), last = shape.empty() ? 1 : shape.back();
    if (count == 1 || (count == last && array->shape.back() == last))
        return array->values;
    Units out;
    const floating::Broadcast at(array->shape, shape);
    for (std::size_t i = 0; i < network::elements(shape); ++i)
        out.push_back(array->values[at(i)]);
    return out;
}

/// Values for `count` elements, of which there are one, a row's, or all.
Units repeated(const Units& values, std::size_t count) {
    Units out;
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(values[i % values.size()]);
    return out;
}

Units negative(Units values) {
    for (double& value : values)
        value = -value;
    return values;
}

bool all_zero(const Units& values) {
    return std::all_of(values.begin(), values.end(), [](double value) { return value == 0; });
}

/// What a quantiser is to its input's value.
struct Task {
    const import::Quantise& quantise;
    Value x;
    Units scales, zeros;
    bool pointed = false; ///< a zero point other than 0

    Task(const import::Quantise& from, Value value, const Shape& shape)
        : quantise(from), x(std::move(value)), scales(spread(from.scale, shape, 1)),
          zeros(spread(from.zero_point, shape, 0)), pointed(!all_zero(zeros)) {}

    /// Elements that differ in unit, scale, zero point or type: 1, a row's, or all.
    std::size_t count() const { return std::max({x.units.size(), scales.size(), zeros.size(), quantise.types.size()}); }
    const FixedType& type(std::size_t i) const { return quantise.types[i % quantise.types.size()]; }
};

/// The types as casts of the input's own mantissas, where all ratios of unit and scale are powers of two.
std::optional<std::vector<FixedType>> as_casts(const Task& task) {
    if (task.pointed || task.quantise.highest || task.quantise.rounding != Rounding::of_type)
        return std::nullopt;
    std::vector<FixedType> types;
    const std::size_t count = task.count();
    for (std::size_t i = 0; i < count; ++i) {
        const auto shift = power_of_two(task.x.units[i % task.x.units.size()] / task.scales[i % task.scales.size()]);
        if (!shift)
            return std::nullopt;
        FixedType type = task.type(i);
        type.fraction += *shift;
        types.push_back(type);
    }
    if (std::all_of(types.begin(), types.end(), [&](const FixedType& type) { return type == types.front(); }))
        return std::vector<FixedType>{types.front()};
    const std::size_t all = task.x.size();
    for (std::size_t i = count; i < all; ++i)
        types.push_back(types[i % count]);
    return types;
}

Value cast_to(Site& site, const Value& x, const std::string& name, std::vector<FixedType> types) {
    Value y = x;
    if (!x.open) {
        y = site.builder().emit(name, x.shape, site.builder().fraction(x), network::Requantise{x.tensor, {}});
        y.units = x.units;
    }
    site.builder().retype(y, std::move(types));
    y.open = false;
    return y;
}

/// Types of 32 bits and more limit nothing that fits them; a value keeps its own, narrower one.
bool changes_nothing(const Site& site, const Value& x, const std::vector<FixedType>& types) {
    constexpr std::int32_t wide = 32;
    return types.size() == 1 && types.front().width >= wide && types.front().fraction >= site.builder().fraction(x) &&
           fixed::fits(site.builder().range(x), types.front());
}

/// A value too wide to be multiplied keeps what the quantiser tells apart: the reach of its codes, to 2^-26 of a step.
void keep_multipliable(Site& site, Task& task) {
    constexpr std::int32_t widest = 44, finer = 26; // of 61 bits a factor gets the rest
    if (site.builder().width(task.x) <= widest)
        return;
    Extent extent;
    for (std::size_t i = 0; i < task.count(); ++i) {
        const FixedType& type = task.type(i);
        if (type.overflow != fixed::Overflow::sat && type.overflow != fixed::Overflow::sat_sym)
            return;
        extent.include(type, task.scales[i % task.scales.size()] / task.x.units[i % task.x.units.size()],
                       task.zeros[i % task.zeros.size()]);
    }
    const std::int32_t fraction = std::min(extent.fraction_bits(finer), site.builder().fraction(task.x));
    const FixedType type{extent.integer_bits() + fraction, fraction, true, fixed::Rounding::rnd_conv,
                         fixed::Overflow::sat};
    if (type.width < 1 || type.width >= site.builder().width(task.x))
        return;
    site.note(
        fmt::format("layer '{}': its input rounded to {} fraction bits before it is scaled", site.name(), fraction));
    task.x = cast_to(site, task.x, site.name("_near"), {type});
}

Constant numbers(Site& site, const Units& values, const char* what) {
    return site.constant(values, {static_cast<std::uint32_t>(values.size())}, what);
}

Value divided(Site& site, const std::string& name, const Value& x, const Constant& divisor) {
    return site.builder().emit(name, x.shape, site.builder().fraction(x), network::Divide{x.tensor, {}, divisor});
}

/// Codes as they come from one product, before a zero point behind the rounding.
class Rounder {
  public:
    Rounder(Site& site, const Task& task) : site_(site), task_(task), types_(task.quantise.types) {
        const bool pointed = task.pointed, after = pointed && task.quantise.zero_after_rounding;
        if (after)
            for (FixedType& type : types_) // beyond its ends once the zero point is added, whatever it is
                type = {std::min(type.width + 2 + zero_bits(), 62), type.fraction, true, type.rounding,
                        fixed::Overflow::sat};
        std::vector<Quotient> quotients;
        for (std::size_t i = 0; i < task.count(); ++i)
            quotients.push_back(quotient(i, after));
        const bool alike = std::all_of(quotients.begin(), quotients.end(), [&](const Quotient& own) {
            const Quotient& first = quotients.front();
            return own.unit == first.unit && own.scale == first.scale && own.zero == first.zero &&
                   own.rounding == first.rounding && own.fraction == first.fraction && own.lowest == first.lowest &&
                   own.highest == first.highest;
        });
        if (alike)
            quotients.resize(1);
        const std::int32_t fraction = site.builder().fraction(task.x);
        const fixed::Interval range = fixed::aligned(site.builder().range(task.x), fraction);
        multiplier_ = multiplier_of(quotients, task.quantise.rounding, range.low, range.high, fraction, largest_width);
        if (pointed && !after)
            zeros_ = multiplier_.divisor ? times_divisor(task.zeros) : task.zeros;
    }

    /// That no code differs from the true quotient's.
    bool proven() const { return multiplier_.proven; }

    Value run() {
        if (!proven())
            site_.note(fmt::format("layer '{}': the ratio of scales rounded to {} fraction bits; values that close to "
                                   "a tie may go the other way",
                                   site_.name(), multiplier_.factor.type.fraction));
        const Rounding rounding = task_.quantise.rounding;
        if (rounding == Rounding::of_type)
            return multiplier_.divisor ? rounded_quotient(product(site_.name("_product"), 0), site_.name())
                                       : typed(product(site_.name(), 0), types_);
        const std::int32_t fraction = product_fraction();
        if (rounding == Rounding::up)
            return down(product(site_.name("_raised"), fraction), site_.name("_up"));
        const Value exact = product(site_.name("_exact"), std::nullopt);
        const Value above = down(product(site_.name("_raised"), fraction), site_.name("_up"));
        const Value below = down(exact, site_.name("_down"));
        const network::Select op{exact.tensor, above.tensor, below.tensor, {}, {{1}, {1, 0, false}, {0}}, false};
        return site_.builder().emit(site_.name("_away"), exact.shape, site_.builder().fraction(above), op);
    }

  private:
    Quotient quotient(std::size_t i, bool zero_after) const {
        const FixedType& type = task_.type(i);
        const double zero = task_.zeros[i % task_.zeros.size()];
        const auto shift = zero_after ? static_cast<std::int64_t>(std::ldexp(zero, type.fraction)) : 0;
        return {task_.x.units[i % task_.x.units.size()],
                task_.scales[i % task_.scales.size()],
                zero_after ? 0.0 : zero,
                type.rounding,
                type.fraction,
                static_cast<std::int64_t>(type.lowest()) - shift,
                static_cast<std::int64_t>(type.highest()) - shift};
    }

    int zero_bits() const {
        double most = 1;
        for (const double zero : task_.zeros)
            most = std::max(most, std::abs(zero));
        return std::ilogb(most);
    }

    Units times_divisor(const Units& values) const {
        Units out = repeated(values, std::max(values.size(), multiplier_.divisor->raw.size()));
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] *= static_cast<double>(multiplier_.divisor->at(i));
        return out;
    }

    /// Fraction bits of x * factor + zero.
    std::int32_t product_fraction() const {
        std::int32_t fraction = site_.builder().fraction(task_.x) + multiplier_.factor.type.fraction;
        if (!zeros_.empty())
            fraction = std::max(fraction, exact_zeros(zeros_).type.fraction);
        for (const FixedType& type : types_)
            fraction = std::max(fraction, type.fraction);
        return fraction;
    }

    Constant exact_zeros(const Units& values) const { return numbers(site_, values, "zero point"); }

    /// x * factor + zero; raised by all but the last of `raised` fraction bits of a step, for a cast that rounds down
    /// to round up.
    Value product(const std::string& name, std::optional<std::int32_t> raised) {
        Units bias = zeros_;
        if (task_.quantise.rounding != Rounding::of_type && raised) {
            const double least = std::ldexp(1.0, -*raised);
            Units step;
            for (const FixedType& type : types_)
                step.push_back(std::ldexp(1.0, -type.fraction));
            if (multiplier_.divisor)
                step = times_divisor(step);
            bias = repeated(bias.empty() ? Units{0.0} : bias, std::max(bias.size(), step.size()));
            for (std::size_t i = 0; i < bias.size(); ++i)
                bias[i] += step[i % step.size()] - least;
        }
        Value x = task_.x;
        x.units = {1.0};
        const bool unity = multiplier_.factor.raw.size() == 1 && real(multiplier_.factor, 0) == 1;
        std::optional<Constant> shift;
        if (!bias.empty())
            shift = quantize::rounded(bias, {static_cast<std::uint32_t>(bias.size())}, product_fraction());
        if (unity && !shift && (multiplier_.divisor || task_.quantise.rounding != Rounding::of_type))
            return x;
        if (unity && !shift)
            return site_.builder().emit(name, x.shape, site_.builder().fraction(x), network::Requantise{x.tensor, {}});
        return affine(site_, name, x, unity ? std::nullopt : std::optional(multiplier_.factor), std::move(shift));
    }

    Value typed(Value value, std::vector<FixedType> types) {
        const std::size_t count = types.size();
        for (std::size_t i = count; count > 1 && i < value.size(); ++i)
            types.push_back(types[i % count]);
        site_.builder().retype(value, std::move(types));
        value.open = false;
        return value;
    }

    Value rounded_quotient(const Value& product, const std::string& name) {
        return typed(divided(site_, name, product, *multiplier_.divisor), types_);
    }

    Value down(const Value& product, const std::string& name) {
        std::vector<FixedType> types = types_;
        for (FixedType& type : types)
            type.rounding = fixed::Rounding::trn;
        const Value y = multiplier_.divisor
                            ? divided(site_, name, product, *multiplier_.divisor)
                            : site_.builder().emit(name, product.shape, site_.builder().fraction(product),
                                                   network::Requantise{product.tensor, {}});
        return typed(y, std::move(types));
    }

    Site& site_;
    const Task& task_;
    std::vector<FixedType> types_;
    Multiplier multiplier_;
    Units zeros_; ///< times the divisor; none: 0
};

/// In the real steps of the coarsest element.
double step_of(const Task& task) {
    double most = 0;
    for (std::size_t i = 0; i < task.count(); ++i)
        most = std::max(most, std::ldexp(task.scales[i % task.scales.size()], -task.type(i).fraction));
    return most;
}

Value with_zero(Site& site, const std::string& name, const Value& codes, const Units& zeros) {
    return affine(site, name, codes, std::nullopt, numbers(site, zeros, "zero point"));
}

Value limited(Site& site, const Value& codes, double highest) {
    network::Relu op{codes.tensor, {}, numbers(site, {highest}, "highest code")};
    return site.builder().emit(site.name("_limited"), codes.shape, site.builder().fraction(codes), std::move(op));
}

} // namespace

Value lower(const import::Quantise& quantise, Site& site) {
    Task task(quantise, site.in(), site.shape());
    const auto from = static_cast<std::size_t>(site.layer().inputs.front());
    task.x.open = task.x.open && site.model().uses[from] == 1;
    const double error = task.x.error > 0 ? task.x.error + step_of(task) : 0;
    const auto casts = as_casts(task);
    const std::size_t row = task.x.shape.empty() ? 1 : task.x.shape.back();
    const auto a_row = [&](const Units& values) { return values.size() == 1 || values.size() == row; };
    if (casts && (!quantise.codes || (a_row(task.x.units) && a_row(task.scales)))) {
        Value y = changes_nothing(site, task.x, *casts) ? task.x : cast_to(site, task.x, site.name(), *casts);
        if (quantise.codes) {
            y.units = repeated(y.units, std::max(y.units.size(), task.scales.size()));
            for (std::size_t i = 0; i < y.units.size(); ++i)
                y.units[i] /= task.scales[i % task.scales.size()];
        }
        y.error = error;
        return y;
    }
    std::optional<Rounder> rounder(std::in_place, site, task);
    if (!rounder->proven()) {
        keep_multipliable(site, task);
        rounder.emplace(site, task);
    }
    Value y = rounder->run();
    y.units = {1.0};
    if (task.pointed && quantise.zero_after_rounding) {
        y = with_zero(site, site.name("_zero"), y, task.zeros);
        site.builder().retype(y, quantise.types);
    }
    if (quantise.highest)
        y = limited(site, y, *quantise.highest);
    if (!quantise.codes) {
        if (task.pointed)
            y = with_zero(site, site.name("_signed"), y, negative(task.zeros));
        if (a_row(task.scales))
            y.units = task.scales;
        else
            y = affine(site, site.name("_real"), y, numbers(site, task.scales, "scale"), std::nullopt);
    }
    y.open = false;
    y.error = error;
    return y;
}

} // namespace gw::quantize::exact
