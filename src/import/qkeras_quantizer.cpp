#include "import/qkeras_quantizer.hpp"

#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

namespace gw::import {

namespace {

using fixed::FixedType;
using fixed::Overflow;
using fixed::Rounding;

/// The arguments of a quantiser by name.
struct Call {
    std::string name;
    Json arguments = Json::object();
};

const std::map<std::string, std::vector<const char*>>& signatures() {
    static const std::map<std::string, std::vector<const char*>> all{
        {"quantized_bits", {"bits", "integer", "symmetric", "keep_negative", "alpha", "use_stochastic_rounding"}},
        {"quantized_linear", {"bits", "integer", "symmetric", "keep_negative", "alpha", "use_stochastic_rounding"}},
        {"quantized_relu",
         {"bits", "integer", "use_sigmoid", "negative_slope", "use_stochastic_rounding", "relu_upper_bound"}},
        {"quantized_tanh", {"bits", "symmetric", "use_stochastic_rounding", "use_real_tanh"}},
        {"quantized_sigmoid", {"bits", "symmetric", "use_real_sigmoid", "use_stochastic_rounding"}},
        {"binary", {"use_01", "alpha", "use_stochastic_rounding"}},
        {"stochastic_binary", {"alpha", "temperature", "use_real_sigmoid"}},
        {"ternary", {"alpha", "threshold", "use_stochastic_rounding", "number_of_unrolls"}},
        {"stochastic_ternary", {"alpha", "threshold", "temperature", "use_real_sigmoid", "number_of_unrolls"}},
        {"quantized_po2", {"bits", "max_value", "use_stochastic_rounding", "quadratic_approximation"}}};
    return all;
}

std::string bare(std::string name) {
    const std::size_t mark = name.find('>');
    return mark == std::string::npos ? name : name.substr(mark + 1);
}

Json literal(const std::string& text) {
    if (text == "True")
        return true;
    if (text == "False")
        return false;
    if (text == "None")
        return nullptr;
    const Json number = Json::parse(text, nullptr, false);
    if (!number.is_discarded())
        return number;
    const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"');
    return quoted ? Json(text.substr(1, text.size() - 2)) : Json(text);
}

std::string stripped(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

/// "name(1, 2, alpha=1)"
std::optional<Call> parse(const std::string& text) {
    const std::size_t open = text.find('(');
    Call call{bare(text.substr(0, open)), Json::object()};
    const auto known = signatures().find(call.name);
    if (known == signatures().end() || (open != std::string::npos && text.back() != ')'))
        return std::nullopt;
    const std::string inside = open == std::string::npos ? "" : text.substr(open + 1, text.size() - open - 2);
    std::size_t place = 0;
    for (std::size_t at = 0; at < inside.size();) {
        const std::size_t comma = std::min(inside.find(',', at), inside.size());
        const std::string part = stripped(inside.substr(at, comma - at));
        const std::size_t equals = part.find('=');
        if (equals != std::string::npos)
            call.arguments[stripped(part.substr(0, equals))] = literal(stripped(part.substr(equals + 1)));
        else if (place < known->second.size())
            call.arguments[known->second[place++]] = literal(part);
        else
            return std::nullopt;
        at = comma + 1;
    }
    return call;
}

std::optional<Call> call_of(const Json& value) {
    if (value.is_string())
        return parse(value.get<std::string>());
    if (!value.is_object() || !value.contains("class_name") || !value["class_name"].is_string())
        return std::nullopt;
    const std::string name = bare(value["class_name"].get<std::string>());
    if (signatures().count(name) == 0)
        return std::nullopt;
    return Call{name, value.contains("config") && value["config"].is_object() ? value["config"] : Json::object()};
}

double through(double x, const FixedType& type) {
    return fixed::to_double(fixed::from_double(x, type), type.fraction);
}

/// Makes one quantiser, noting what of it is not understood.
class Maker {
  public:
    Maker(KerasLayer& layer, std::string key, Call call)
        : layer_(layer), key_(std::move(key)), call_(std::move(call)) {}

    std::optional<QkerasQuantizer> run() {
        const std::string& name = call_.name;
        std::optional<QkerasQuantizer> made;
        if (name == "quantized_bits" || name == "quantized_linear")
            made = bits(name == "quantized_linear");
        else if (name == "quantized_relu")
            made = relu();
        else if (name == "quantized_tanh" || name == "quantized_sigmoid")
            made = squashed(name == "quantized_tanh");
        else if (name == "quantized_po2")
            made = power_of_two();
        else
            made = signs(name.find("ternary") != std::string::npos);
        return good_ ? made : std::nullopt;
    }

  private:
    void problem(const std::string& what) {
        good_ = false;
        layer_.problem(fmt::format("{}: {} {}", key_, call_.name, what));
    }

    const Json& argument(const char* name) const {
        static const Json nothing;
        const auto found = call_.arguments.find(name);
        return found == call_.arguments.end() ? nothing : *found;
    }

    double number(const char* name, double otherwise) {
        const Json& value = argument(name);
        if (value.is_boolean())
            return value.get<bool>() ? 1 : 0;
        if (value.is_number())
            return value.get<double>();
        if (!value.is_null())
            problem(fmt::format("has {} {}, a number is expected", name, brief(value)));
        return otherwise;
    }

    int whole(const char* name, int otherwise, int least, int most) {
        const double value = number(name, otherwise);
        if (value != std::floor(value) || value < least || value > most) {
            problem(fmt::format("has {} {}, {} to {} is understood", name, value, least, most));
            return otherwise;
        }
        return static_cast<int>(value);
    }

    /// A scale that is not found from the data.
    double alpha() {
        const Json& value = argument("alpha");
        if (value.is_string()) {
            problem(fmt::format("has alpha {}, whose scale depends on the data: a number is understood", brief(value)));
            return 1;
        }
        return number("alpha", 1);
    }

    static LayerId cast(KerasLayer& layer, const std::string& suffix, LayerId input, const FixedType& type,
                        double scale = 1) {
        Quantise body{{type}, {}, {}};
        if (scale != 1)
            body.scale = FloatArray{{1}, {scale}, {}, {}};
        return layer.add(suffix, {input}, layer.shape_of(input), std::move(body));
    }

    QkerasQuantizer bits(bool linear) {
        const int bits = whole("bits", 8, 1, 60), integer = whole("integer", 0, -32, 32);
        const bool keep = number("keep_negative", 1) != 0, symmetric = number("symmetric", linear ? 1 : 0) != 0;
        const double scale = alpha();
        const int magnitude = bits - (keep ? 1 : 0);
        if (magnitude <= 0)
            return steps({0.0}, keep ? std::vector<double>{-scale, scale} : std::vector<double>{0, scale});
        FixedType type{bits, magnitude - integer, keep, Rounding::rnd_conv,
                       symmetric ? Overflow::sat_sym : Overflow::sat};
        QkerasQuantizer out;
        out.type = held(scale, type);
        // quantized_linear divides by alpha first, quantized_bits only multiplies by it.
        out.value = [=](double x) { return scale * through(linear ? x / scale : x, type); };
        out.add = [=](KerasLayer& layer, const std::string& suffix, LayerId input) {
            if (linear || scale == 1)
                return cast(layer, suffix, input, type, linear ? scale : 1);
            const LayerId plain = cast(layer, suffix, input, type);
            return layer.add(suffix + "_alpha", {plain}, layer.shape_of(plain),
                             Scale{FloatArray{{1}, {scale}, {}, {}}, {}});
        };
        return out;
    }

    /// Wide enough for the results times a scale.
    static FixedType held(double scale, const FixedType& type) {
        int exponent = 0;
        const auto odd = static_cast<std::int64_t>(std::ldexp(std::frexp(scale, &exponent), 53));
        int extra = 53 - exponent;
        for (std::int64_t rest = odd; rest != 0 && rest % 2 == 0; rest /= 2)
            --extra;
        const int fraction = type.fraction + std::max(0, extra);
        return {std::min(62, type.width + std::abs(exponent) + std::max(0, extra) + 1), fraction, true,
                Rounding::rnd_conv, Overflow::sat};
    }

    QkerasQuantizer relu() {
        const int bits = whole("bits", 8, 1, 60), integer = whole("integer", 0, -32, 32);
        const double slope = number("negative_slope", 0);
        if (number("use_sigmoid", 0) != 0)
            problem("with use_sigmoid is not understood");
        const int magnitude = bits - (slope != 0 ? 1 : 0);
        const FixedType type{slope != 0 ? bits : magnitude, magnitude - integer, slope != 0, Rounding::rnd_conv,
                             Overflow::sat};
        const double lowest = -std::ldexp(slope, integer);
        QkerasQuantizer out;
        out.type = type;
        out.value = [=](double x) { return std::max(through(x >= 0 ? x : x * slope, type), lowest); };
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

    static LayerId at_least(KerasLayer& layer, const std::string& suffix, LayerId input, double lowest) {
        return layer.add(suffix, {input}, layer.shape_of(input),
                         Function{Function::Kind::clip, lowest, std::numeric_limits<double>::infinity()});
    }

    /// A hard tanh or sigmoid unless the real one is asked for, quantised.
    QkerasQuantizer squashed(bool tanh) {
        const int bits = whole("bits", 8, 1, 60);
        const bool symmetric = number("symmetric", 0) != 0;
        const bool real = number(tanh ? "use_real_tanh" : "use_real_sigmoid", 0) != 0;
        const FixedType type =
            tanh ? FixedType{bits, bits - 1, true, Rounding::rnd_conv, symmetric ? Overflow::sat_sym : Overflow::sat}
                 : FixedType{bits, bits, false, Rounding::rnd_conv, Overflow::sat};
        const double lowest = !tanh && symmetric ? std::ldexp(1.0, -bits) : 0;
        QkerasQuantizer out;
        out.type = type;
        out.value = [=](double x) {
            const double y = tanh ? (real ? std::tanh(x) : std::clamp(x, -1.0, 1.0))
                                  : (real ? 1 / (1 + std::exp(-x)) : std::clamp(0.5 * x + 0.5, 0.0, 1.0));
            return lowest > 0 ? std::max(lowest, through(y, type)) : through(y, type);
        };
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

    QkerasQuantizer steps(std::vector<double> thresholds, std::vector<double> values) {
        QkerasQuantizer out;
        double most = 0;
        for (const double value : values)
            most = std::max(most, std::abs(value));
        out.type = FixedType{62, 62 - std::max(2, static_cast<int>(std::ceil(std::log2(most + 1))) + 2), true,
                             Rounding::rnd_conv, Overflow::sat};
        out.value = [thresholds, values](double x) {
            std::size_t passed = 0;
            while (passed < thresholds.size() && x >= thresholds[passed])
                ++passed;
            return values[passed];
        };
        out.add = [thresholds, values](KerasLayer& layer, const std::string& suffix, LayerId input) {
            const auto count = static_cast<std::uint32_t>(thresholds.size());
            return layer.add(suffix, {input}, layer.shape_of(input),
                             Steps{true, {{count}, thresholds, {}, {}}, {{count + 1}, values, {}, {}}});
        };
        return out;
    }

    QkerasQuantizer signs(bool ternary) {
        const double scale = alpha();
        if (!ternary)
            return steps({0.0}, {number("use_01", 0) != 0 ? 0.0 : -scale, scale});
        const double threshold = number("threshold", static_cast<double>(0.33F));
        // -1 where x <= -threshold: one double above it is no longer.
        return steps({std::nextafter(-threshold, 1.0), threshold}, {-scale, 0, scale});
    }

    /// sign(x) 2^round(log2 |x|), the exponent between two ends; zero counts as positive.
    QkerasQuantizer power_of_two() {
        const int bits = whole("bits", 8, 2, 8);
        const double limit = number("max_value", 0);
        const bool quadratic = number("quadratic_approximation", 0) != 0;
        const Json& rounding = argument("log2_rounding");
        const bool floors = rounding.is_string() && rounding == "floor";
        const int effect = bits - 1 - (argument("max_value").is_null() || limit > 1 ? 1 : 0);
        const int least = -(1 << effect), most = quadratic ? 2 * (((1 << effect) - 1) / 2) : (1 << effect) - 1;
        const bool limited = !argument("max_value").is_null();
        const auto exponent_of = [=](double size) {
            constexpr double epsilon = 1e-7;
            if (size < epsilon)
                return least;
            const double held = limited ? std::min(size, limit) : size;
            const double log = std::log2(quadratic ? std::sqrt(held) : held);
            const double chosen = std::clamp(floors ? std::floor(log) : std::nearbyint(log), static_cast<double>(least),
                                             static_cast<double>(most));
            return static_cast<int>(quadratic ? 2 * chosen : chosen);
        };
        QkerasQuantizer out;
        out.type = FixedType{62, 40, true, Rounding::rnd_conv, Overflow::sat};
        out.value = [=](double x) { return std::copysign(std::ldexp(1.0, exponent_of(std::abs(x))), x < 0 ? -1 : 1); };
        out.add = [](KerasLayer& layer, const std::string&, LayerId input) {
            layer.problem("quantized_po2 as an activation is not understood");
            return input;
        };
        return out;
    }

    KerasLayer& layer_;
    std::string key_;
    Call call_;
    bool good_ = true;
};

} // namespace

FloatArray QkerasQuantizer::apply(const FloatArray& weights) const {
    FloatArray out{weights.shape, {}, std::nullopt, {}};
    int fraction = 0, integer = 1;
    for (const double each : weights.values) {
        const double y = value(each);
        out.values.push_back(y);
        int exponent = 0;
        auto odd = static_cast<std::int64_t>(std::ldexp(std::frexp(y, &exponent), 53));
        int bits = 53 - exponent;
        for (; odd != 0 && odd % 2 == 0; odd /= 2)
            --bits;
        if (y != 0) {
            fraction = std::max(fraction, bits);
            integer = std::max(integer, exponent + 1);
        }
    }
    if (integer + fraction <= 60)
        out.type = FixedType{std::max(1, integer + fraction), fraction, true, Rounding::rnd_conv, Overflow::sat};
    return out;
}

bool is_qkeras_quantizer(const Json& value) {
    return call_of(value).has_value();
}

std::optional<QkerasQuantizer> read_qkeras_quantizer(KerasLayer& layer, const std::string& key, const Json& value) {
    if (value.is_null())
        return std::nullopt;
    auto call = call_of(value);
    if (!call) {
        layer.problem(fmt::format("{} is {}, which is no quantiser that is understood", key, brief(value)));
        return std::nullopt;
    }
    return Maker(layer, key, std::move(*call)).run();
}

} // namespace gw::import
