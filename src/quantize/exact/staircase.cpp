// A rising function whose result a quantiser rounds to few values is a staircase: for each value of the result the
// smallest argument that reaches it is found by bisection, over mantissas. Exact however many arguments there are.
#include <algorithm>
#include <cmath>
#include <optional>

#include "floating/layers.hpp"
#include "quantize/constants.hpp"
#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

using Kind = import::Function::Kind;

bool rises(Kind kind) {
    switch (kind) {
    case Kind::sigmoid:
    case Kind::tanh:
    case Kind::softsign:
    case Kind::erf:
    case Kind::softplus:
    case Kind::log_sigmoid:
    case Kind::exponential:
    case Kind::elu:
    case Kind::selu:
    case Kind::celu:
    case Kind::squareplus:
        return true;
    default:
        return false;
    }
}

constexpr std::int64_t most_steps = 4096;

/// A quantiser of one type, scale and zero point, by whole numbers of its steps; none where its values are no such.
struct Codes {
    const import::Quantise& quantise;
    std::optional<double> scale, zero;

    static std::optional<Codes> of(const import::Quantise& quantise) {
        const auto alone = [](const std::optional<FloatArray>& array) { return !array || array->values.size() == 1; };
        const auto first = [](const std::optional<FloatArray>& array) {
            return array ? std::optional(array->values.front()) : std::nullopt;
        };
        if (quantise.types.size() != 1 || !alone(quantise.scale) || !alone(quantise.zero_point))
            return std::nullopt;
        const Codes codes{quantise, first(quantise.scale), first(quantise.zero_point)};
        const double zero = std::ldexp(codes.zero.value_or(0), codes.type().fraction);
        const fixed::Overflow overflow = codes.type().overflow;
        if (overflow == fixed::Overflow::wrap || overflow == fixed::Overflow::sat_zero ||
            codes.scale.value_or(1) <= 0 || zero != std::floor(zero))
            return std::nullopt;
        return codes;
    }

    const FixedType& type() const { return quantise.types.front(); }
    std::int64_t at(double y) const {
        const double code = floating::code_of(quantise, type(), y, scale, zero);
        return static_cast<std::int64_t>(std::ldexp(quantise.codes ? code : code - zero.value_or(0), type().fraction));
    }
    double unit() const { return quantise.codes ? 1 : scale.value_or(1); }
};

} // namespace

std::optional<Value> staircase(Site& site, const Value& from, const import::Function& function) {
    const auto reader = site.only_reader<import::Quantise>();
    if (!reader || !rises(function.kind))
        return std::nullopt;
    const auto codes = Codes::of(std::get<import::Quantise>(site.layer(*reader).body));
    if (!codes)
        return std::nullopt;
    const FixedType& type = codes->type();
    const Value x = site.uniform(from);
    const std::int32_t fraction = site.builder().fraction(x);
    const fixed::Interval range = fixed::aligned(site.builder().range(x), fraction);
    const double step = std::ldexp(x.units.front(), -fraction);
    const auto code = [&](std::int64_t mantissa) {
        return codes->at(floating::apply(function, static_cast<double>(mantissa) * step));
    };
    const auto low = static_cast<std::int64_t>(range.low), high = static_cast<std::int64_t>(range.high);
    const std::int64_t first = code(low), last = code(high);
    if (last - first > most_steps)
        return std::nullopt;
    network::Steps op{x.tensor, {}, {{0}, {}, {}}, {{1}, {}, {first}}};
    std::vector<double> thresholds, values{static_cast<double>(first)};
    for (std::int64_t wanted = first + 1, from_here = low; wanted <= last; ++wanted) {
        std::int64_t below = from_here, reached = high; // code(below) < wanted <= code(reached)
        if (code(below) >= wanted)                      // skipped over by the step before
            continue;
        while (reached - below > 1) {
            const std::int64_t middle = below + (reached - below) / 2;
            (code(middle) >= wanted ? reached : below) = middle;
        }
        thresholds.push_back(std::ldexp(static_cast<double>(reached), -fraction));
        values.push_back(static_cast<double>(code(reached)));
        wanted = code(reached);
        from_here = reached;
    }
    for (double& value : values)
        value = std::ldexp(value, -type.fraction);
    if (thresholds.empty()) // constant
        thresholds.push_back(std::ldexp(static_cast<double>(high), -fraction));
    values.resize(thresholds.size() + 1, values.back());
    op.thresholds = rounded(thresholds, {static_cast<std::uint32_t>(thresholds.size())}, fraction);
    op.values = rounded(values, {static_cast<std::uint32_t>(values.size())}, type.fraction);
    Value y = site.builder().emit(site.name(), x.shape, type.fraction, std::move(op));
    if (!codes->zero)
        site.builder().retype(y, {type});
    y.units = {codes->unit()};
    y.open = false;
    y.error = x.error > 0 ? x.error * 2 + std::ldexp(codes->scale.value_or(1), -type.fraction) : 0;
    site.take(*reader);
    return y;
}

} // namespace gw::quantize::exact
