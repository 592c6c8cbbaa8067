// Activations. Tables are filled in float, as hls4ml's are, and read by an index rounded towards zero: the bin around 0
// is twice as wide as the others.
#include <algorithm>
#include <cmath>
#include <functional>

#include "quantize/constants.hpp"
#include "quantize/hls4ml/model.hpp"

namespace gw::quantize::as_hls4ml {

namespace {

using Kind = import::Function::Kind;

/// hls4ml has no way to give it another type by `Precision`.
FixedType table_type(const Site& site) {
    return site.types().attribute(site.layer(), "table_t").value_or(fixed::ap_fixed(18, 8));
}

std::int64_t table_size(const Site& site) {
    return site.types().table_size(site.layer()).value_or(1024);
}

Constant in_float(const std::vector<float>& values, const FixedType& type) {
    Constant out{{static_cast<std::uint32_t>(values.size())}, type, {}};
    for (const float value : values)
        out.raw.push_back(static_cast<std::int64_t>(fixed::from_double(value, type)));
    return out;
}

/// index = x * size / span, towards zero, plus offset.
network::Table index_by(Site& site, const Value& x, std::int64_t size, std::int64_t span, std::int64_t offset) {
    network::Table op{};
    op.input = x.tensor;
    op.fraction = std::max(0, site.type_of(x).fraction);
    if (op.fraction > 40)
        throw site.refuse("its input has more than 40 fraction bits");
    op.numerator = span < 0 ? -size : size;
    op.denominator = std::abs(span) << op.fraction;
    op.towards_zero = true;
    op.offset = offset;
    return op;
}

float value_at(Kind kind, float x) {
    switch (kind) {
    case Kind::sigmoid:
        return static_cast<float>(1.0 / (1 + std::exp(-x)));
    case Kind::tanh:
        return static_cast<float>(std::tanh(static_cast<double>(x)));
    case Kind::softplus:
        return static_cast<float>(std::log(std::exp(x) + 1.));
    case Kind::softsign:
        return static_cast<float>(x / (std::abs(x) + 1.));
    case Kind::selu:
        return static_cast<float>(1.0507009873554804934193349852946 *
                                  (1.6732632423543772848170429916717 * (std::exp(x) - 1.)));
    default:
        return static_cast<float>(std::exp(x) - 1.);
    }
}

/// Of negative inputs, from 0 down to -8.
network::Table negative_table(Site& site, const Value& x, Kind kind) {
    const std::int64_t size = table_size(site);
    std::vector<float> values;
    for (std::int64_t i = 0; i < size; ++i)
        values.push_back(value_at(kind, static_cast<float>(-8.0 * static_cast<double>(i) / static_cast<float>(size))));
    network::Table op = index_by(site, x, size, -8, 0);
    op.values = in_float(values, table_type(site));
    return op;
}

Constant zero() {
    return {{1}, {1, 0, false}, {0}};
}

Value elu(Site& site, const Value& x, double alpha, const FixedType& result) {
    const Constant factor = literal(alpha, site.precision("param").value_or(minimal_type(alpha)));
    network::Table op = negative_table(site, x, Kind::elu);
    for (std::int64_t& raw : op.values.raw)
        raw *= factor.raw.front();
    op.values.type = product_type(op.values.type, factor.type);
    const FixedType exact = op.values.type;
    const Value below = site.emit("_table", x.shape, exact, std::move(op));
    return site.emit("", x.shape, result, network::Select{x.tensor, x.tensor, below.tensor, {}, zero(), true});
}

Value selu(Site& site, const Value& x, const FixedType& result) {
    // Its stream's template takes the input's type.
    const Constant lambda = literal(1.0507009873554805, site.stream() ? site.type_of(x) : fixed::ap_ufixed(16, 1));
    const FixedType product = product_type(lambda.type, site.type_of(x));
    const Value above = site.emit("_scaled", x.shape, product, network::Affine{x.tensor, {}, lambda, {}});
    const Value below = site.emit("_table", x.shape, table_type(site), negative_table(site, x, Kind::selu));
    return site.emit("", x.shape, result, network::Select{x.tensor, above.tensor, below.tensor, {}, zero(), true});
}

/// clip(slope * x + shift, 0, 1); twice that less one for tanh. hls4ml's slope is 0.2 whatever the model's is.
Value hard(Site& site, const Value& x, bool tanh, const FixedType& result) {
    const Constant slope = literal(0.2, fixed::ap_ufixed(16, 0)), shift = literal(0.5, fixed::ap_ufixed(2, 0));
    const FixedType line_type = sum_type(product_type(slope.type, site.type_of(x)), shift.type);
    const Value line = site.emit("_line", x.shape, line_type, network::Affine{x.tensor, {}, slope, shift});
    const Constant one{{1}, {1, 0, false}, {1}};
    if (!tanh)
        return site.emit("", x.shape, result, network::Relu{line.tensor, {}, one});
    const Value gate = site.emit("_gate", x.shape, line_type, network::Relu{line.tensor, {}, one});
    const Constant two{{1}, {2, 0, false}, {2}}, minus{{1}, {1, 0, true}, {-1}};
    return site.emit("", x.shape, result, network::Affine{gate.tensor, {}, two, minus});
}

Value sloped(Site& site, const Value& x, const Constant& slopes, const FixedType& result) {
    const Value below = site.emit("_slope", x.shape, product_type(slopes.type, site.type_of(x)),
                                  network::Affine{x.tensor, {}, slopes, {}});
    return site.emit("", x.shape, result, network::Select{x.tensor, x.tensor, below.tensor, {}, zero(), false});
}

} // namespace

Constant literal(double value, const FixedType& type) {
    return {{1}, type, {static_cast<std::int64_t>(fixed::from_double(value, type))}};
}

Value function_table(Site& site, const std::string& part, const Value& x, Kind kind, const FixedType& result) {
    const std::int64_t size = table_size(site);
    const double reach = kind == Kind::tanh ? 4.0 : 8.0;
    std::vector<float> values;
    for (std::int64_t i = 0; i < size; ++i) {
        const double from_middle = static_cast<double>(i) - static_cast<double>(static_cast<float>(size)) / 2.0;
        values.push_back(value_at(kind, static_cast<float>(2 * reach * from_middle / static_cast<float>(size))));
    }
    const auto span = static_cast<std::int64_t>(2 * reach);
    network::Table op = index_by(site, x, size, span, (span / 2) * size / span);
    op.values = in_float(values, table_type(site));
    return site.emit(part, x.shape, result, std::move(op));
}

Value lower(const import::Relu& relu, Site& site) {
    const Value x = site.in();
    const FixedType result = site.or_default("result");
    if (relu.slope != 0 && (relu.threshold != 0 || relu.ceiling))
        throw site.refuse("hls4ml has no slope together with a threshold or a largest value");
    if (relu.slope != 0)
        return sloped(site, x, literal(relu.slope, site.precision("param").value_or(minimal_type(relu.slope))), result);
    if (relu.threshold != 0) {
        if (relu.ceiling)
            throw site.refuse("hls4ml has no threshold together with a largest value");
        const Constant threshold = literal(relu.threshold, site.precision("param").value_or(x.type));
        const Value zeros = rearranged(site, "_zero", {x}, x.shape,
                                       std::vector<std::optional<std::uint32_t>>(network::elements(x.shape)), x.type);
        return site.emit("", x.shape, result, network::Select{x.tensor, x.tensor, zeros.tensor, {}, threshold, false});
    }
    network::Relu op{x.tensor, {}, {}};
    if (relu.ceiling) {
        if (*relu.ceiling != std::floor(*relu.ceiling) || *relu.ceiling > 1e9)
            throw site.refuse("hls4ml has whole-numbered ceilings only");
        op.ceiling = rounded({*relu.ceiling}, {1}, 0);
    }
    return site.emit("", x.shape, result, std::move(op));
}

Value lower(const import::PRelu& relu, Site& site) {
    const Value x = site.in();
    Constant slopes = printed(relu.slopes.values, relu.slopes.shape, site.precision("param").value_or(x.type));
    if (slopes.raw.size() != network::elements(x.shape))
        throw site.refuse("hls4ml has no slopes that several elements share");
    slopes.shape = {static_cast<std::uint32_t>(slopes.raw.size())};
    return sloped(site, x, slopes, site.or_default("result"));
}

Value lower(const import::Function& function, Site& site) {
    const Value x = site.in();
    const FixedType result = site.or_default("result");
    switch (function.kind) {
    case Kind::sigmoid:
    case Kind::tanh:
    case Kind::softplus:
    case Kind::softsign:
        return function_table(site, "", x, function.kind, result);
    case Kind::elu:
        return elu(site, x, function.alpha, result);
    case Kind::selu:
        return selu(site, x, result);
    case Kind::hard_sigmoid:
    case Kind::hard_tanh:
        return hard(site, x, function.kind == Kind::hard_tanh, result);
    default:
        throw site.refuse("hls4ml has no such activation");
    }
}

} // namespace gw::quantize::as_hls4ml
