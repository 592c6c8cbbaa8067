#include "import/qkeras_quantizer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace gw::import {

namespace {

using fixed::FixedType;
using fixed::Overflow;
using fixed::Rounding;

double through(double x, const FixedType& type) {
    return fixed::to_double(fixed::from_double(x, type), type.fraction);
}

LayerId cast(KerasLayer& layer, const std::string& suffix, LayerId input, const FixedType& type, double scale = 1) {
    Quantise body{{type}, {}, {}};
    if (scale != 1)
        body.scale = FloatArray{{1}, {scale}, {}, {}};
    return layer.add(suffix, {input}, layer.shape_of(input), std::move(body));
}

LayerId at_least(KerasLayer& layer, const std::string& suffix, LayerId input, double lowest) {
    return layer.add(suffix, {input}, layer.shape_of(input),
                     Function{Function::Kind::clip, lowest, std::numeric_limits<double>::infinity()});
}

QkerasQuantizer read_bits(QkerasArguments& arguments) {
    const bool linear = arguments.name() == "quantized_linear";
    const int bits = arguments.whole("bits", 8, 1, 60), integer = arguments.whole("integer", 0, -32, 32);
    const bool keep = arguments.flag("keep_negative", true), symmetric = arguments.flag("symmetric", linear);
    const double scale = arguments.scale();
    const int magnitude = bits - (keep ? 1 : 0);
    if (magnitude <= 0) {
        // One bit is a sign; quantized_linear has its two values half a step from zero.
        const double size = linear ? std::ldexp(scale, integer - 1) : scale;
        return qkeras_steps({0.0}, {-size, size});
    }
    FixedType type{bits, magnitude - integer, keep, Rounding::rnd_conv, symmetric ? Overflow::sat_sym : Overflow::sat};
    QkerasQuantizer out;
    // quantized_linear divides by alpha first, quantized_bits only multiplies by it.
    out.apply = each([=](double x) { return scale * through(linear ? x / scale : x, type); });
    out.add = [=](KerasLayer& layer, const std::string& suffix, LayerId input) {
        if (linear || scale == 1)
            return cast(layer, suffix, input, type, linear ? scale : 1);
        const LayerId plain = cast(layer, suffix, input, type);
        return layer.add(suffix + "_alpha", {plain}, layer.shape_of(plain),
                         Scale{FloatArray{{1}, {scale}, {}, {}}, {}});
    };
    return out;
}

QkerasQuantizer read_relu(QkerasArguments& arguments) {
    const int bits = arguments.whole("bits", 8, 1, 60), integer = arguments.whole("integer", 0, -32, 32);
    const double slope = arguments.number("negative_slope", 0);
    const int magnitude = bits - (slope != 0 ? 1 : 0);
    const FixedType type{slope != 0 ? bits : magnitude, magnitude - integer, slope != 0, Rounding::rnd_conv,
                         Overflow::sat};
    const double lowest = -std::ldexp(slope, integer);
    QkerasQuantizer out;
    out.apply = each([=](double x) { return std::max(through(x >= 0 ? x : x * slope, type), lowest); });
    out.add = [=](KerasLayer& layer, const std::string& suffix, LayerId input) {
        if (slope == 0)
            return cast(layer, suffix, input, type);
        Relu body;
        body.slope = slope;
        const LayerId bent = layer.add(suffix + "_slope", {input}, layer.shape_of(input), body);
        return at_least(layer, suffix + "_least", cast(layer, suffix, bent, type), lowest);
    };
    return out;
}

/// A hard tanh or sigmoid unless the real one is asked for, quantised.
QkerasQuantizer read_squashed(QkerasArguments& arguments) {
    const bool tanh = arguments.name() == "quantized_tanh";
    const int bits = arguments.whole("bits", 8, 1, 60);
    const bool symmetric = arguments.flag("symmetric", false);
    const bool real = arguments.flag(tanh ? "use_real_tanh" : "use_real_sigmoid", false);
    const FixedType type =
        tanh ? FixedType{bits, bits - 1, true, Rounding::rnd_conv, symmetric ? Overflow::sat_sym : Overflow::sat}
             : FixedType{bits, bits, false, Rounding::rnd_conv, Overflow::sat};
    const double lowest = !tanh && symmetric ? std::ldexp(1.0, -bits) : 0;
    QkerasQuantizer out;
    out.apply = each([=](double x) {
        const double y = tanh ? (real ? std::tanh(x) : std::clamp(x, -1.0, 1.0))
                              : (real ? 1 / (1 + std::exp(-x)) : std::clamp(0.5 * x + 0.5, 0.0, 1.0));
        return lowest > 0 ? std::max(lowest, through(y, type)) : through(y, type);
    });
    out.add = [=](KerasLayer& layer, const std::string& suffix, LayerId input) {
        using Kind = Function::Kind;
        const Function function = tanh ? Function{real ? Kind::tanh : Kind::hard_tanh}
                                       : (real ? Function{Kind::sigmoid} : Function{Kind::hard_sigmoid, 0.5, 0.5});
        const LayerId y = layer.add(suffix + "_function", {input}, layer.shape_of(input), function);
        const LayerId z = cast(layer, suffix, y, type);
        return lowest > 0 ? at_least(layer, suffix + "_least", z, lowest) : z;
    };
    return out;
}

QkerasQuantizer read(QkerasArguments& arguments) {
    const std::string& name = arguments.name();
    if (arguments.scale_from_data())
        return qkeras_scaled(arguments);
    if (name == "quantized_bits" || name == "quantized_linear")
        return read_bits(arguments);
    if (name == "quantized_relu" && !arguments.flag("use_sigmoid", false))
        return read_relu(arguments);
    if (name == "quantized_tanh" || name == "quantized_sigmoid")
        return read_squashed(arguments);
    return qkeras_stepwise(arguments);
}

/// QKeras's functions without arguments; "hard_sigmoid" is another one than Keras's.
std::optional<Function> own_function(const Json& value) {
    using Kind = Function::Kind;
    if (value == "hard_sigmoid")
        return Function{Kind::hard_sigmoid, 0.5, 0.5};
    if (value == "smooth_sigmoid")
        return Function{Kind::hard_sigmoid, 0.1875, 0.5};
    if (value == "hard_tanh")
        return Function{Kind::hard_tanh};
    return std::nullopt;
}

} // namespace

FloatArray typed(const Shape& shape, std::vector<double> values) {
    int fraction = 0, integer = 1;
    for (const double value : values) {
        int exponent = 0;
        auto odd = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
        int bits = 53 - exponent;
        for (; odd != 0 && odd % 2 == 0; odd /= 2)
            --bits;
        if (value != 0) {
            fraction = std::max(fraction, bits);
            integer = std::max(integer, exponent + 1);
        }
    }
    FloatArray out{shape, std::move(values), std::nullopt, {}};
    if (integer + fraction <= 60)
        out.type = FixedType{std::max(1, integer + fraction), fraction, true, Rounding::rnd_conv, Overflow::sat};
    return out;
}

std::function<FloatArray(const FloatArray&)> each(std::function<double(double)> value) {
    return [value = std::move(value)](const FloatArray& constants) {
        std::vector<double> values;
        for (const double x : constants.values)
            values.push_back(value(x));
        return typed(constants.shape, std::move(values));
    };
}

bool is_qkeras_quantizer(const Json& value) {
    return qkeras_call(value).has_value();
}

std::optional<QkerasQuantizer> read_qkeras_quantizer(KerasLayer& layer, const std::string& key, const Json& value) {
    if (value.is_null())
        return std::nullopt;
    auto call = qkeras_call(value);
    if (!call) {
        layer.problem(fmt::format("{} is {}, which is no quantiser that is understood", key, brief(value)));
        return std::nullopt;
    }
    QkerasArguments arguments(layer, key, std::move(*call));
    QkerasQuantizer made = read(arguments);
    return arguments.good() ? std::optional(std::move(made)) : std::nullopt;
}

LayerId qkeras_activated(KerasLayer& layer, const std::string& key, LayerId input, const std::string& suffix) {
    const Json& value = layer.config.take(key);
    if (value.is_null() || value == "linear")
        return input;
    if (const auto function = own_function(value))
        return layer.add(suffix, {input}, layer.shape_of(input), *function);
    if (!is_qkeras_quantizer(value))
        return layer.activated(input, key);
    const auto quantizer = read_qkeras_quantizer(layer, key, value);
    return quantizer ? quantizer->add(layer, suffix, input) : input;
}

} // namespace gw::import
