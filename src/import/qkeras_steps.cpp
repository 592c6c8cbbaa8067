// Quantisers of few values as staircases. Where one jumps is found by bisection over all doubles, on the very function
// that QKeras computes, so that a tie falls as it does there.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "import/qkeras_quantizer.hpp"

namespace gw::import {

namespace {

constexpr double far = 1e18;     ///< no argument of a layer lies beyond
constexpr int most_bits = 12;    ///< of a staircase: 4096 steps
constexpr double epsilon = 1e-7; ///< K.epsilon()
constexpr float log_of_two = 0.6931472F;

/// Doubles as integers of the same order.
std::int64_t ordinal(double x) {
    const auto bits = std::bit_cast<std::int64_t>(x);
    return bits >= 0 ? bits : std::numeric_limits<std::int64_t>::min() - bits;
}

double at_ordinal(std::int64_t n) {
    return std::bit_cast<double>(n >= 0 ? n : std::numeric_limits<std::int64_t>::min() - n);
}

struct Found {
    std::vector<double> thresholds, values;
};

/// All jumps of a monotone function between two arguments; the values there are known.
void search(const std::function<double(double)>& value, std::int64_t low, double at_low, std::int64_t high,
            double at_high, Found& found) {
    if (at_low == at_high || std::isnan(at_low) || std::isnan(at_high))
        return;
    const auto apart = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    if (apart == 1) {
        found.thresholds.push_back(at_ordinal(high));
        found.values.push_back(at_high);
        return;
    }
    const auto middle = static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + apart / 2);
    const double at_middle = value(at_ordinal(middle));
    search(value, low, at_low, middle, at_middle, found);
    search(value, middle, at_middle, high, at_high, found);
}

double hard_sigmoid(double x) {
    return std::clamp(0.5 * x + 0.5, 0.0, 1.0);
}

QkerasQuantizer read_relu_of_sigmoid(QkerasArguments& arguments) {
    const int bits = arguments.whole("bits", 8, 1, most_bits), integer = arguments.whole("integer", 0, -32, 32);
    const double slope = arguments.number("negative_slope", 0);
    const double m = std::ldexp(1.0, bits - (slope != 0 ? 1 : 0)), m_i = std::ldexp(1.0, integer);
    if (slope < 0 || slope > 1)
        arguments.problem(fmt::format("has negative_slope {}, 0 to 1 is understood", slope));
    if (!arguments.good())
        return {};
    return qkeras_staircase(
        [=](double x) {
            const double p = hard_sigmoid(x / m_i) * m;
            double y = m_i * std::clamp(2 * (std::nearbyint(p) / m) - 1, 0.0, 1 - 1 / m);
            if (slope > 0)
                y += m_i * slope * std::clamp(2 * (std::nearbyint(p * slope) / (slope * m)) - 1, -1.0, 0.0);
            return y;
        },
        {-far, far});
}

QkerasQuantizer read_ulaw(QkerasArguments& arguments) {
    const int bits = arguments.whole("bits", 8, 2, most_bits), integer = arguments.whole("integer", 0, -32, 32);
    const double u = arguments.number("u", 255), m = std::ldexp(1.0, bits - 1), m_i = std::ldexp(1.0, integer);
    if (u <= 0)
        arguments.problem(fmt::format("has u {}, a positive number is expected", u));
    if (!arguments.good())
        return {};
    const double least = arguments.flag("symmetric", false) ? 1 / m - 1 : -1;
    return qkeras_staircase(
        [=](double x) {
            const double p = 2 * (std::nearbyint(hard_sigmoid(x / m_i) * m) / m) - 1;
            const double bent = std::copysign(std::log(1 + u * std::abs(p)) / std::log(1 + u), p);
            return m_i * std::clamp(bent, least, 1 - 1 / m);
        },
        {-far, far});
}

/// x * min(relu(x + shift), bound) / bound, as quantized_bits quantises it.
QkerasQuantizer read_hard_swish(QkerasArguments& arguments) {
    const int bits = arguments.whole("bits", 8, 2, most_bits), integer = arguments.whole("integer", 0, -32, 32);
    const double shift = arguments.number("relu_shift", 3), bound = arguments.number("relu_upper_bound", 6);
    const double scale = arguments.scale(), m = std::ldexp(1.0, bits - 1), m_i = std::ldexp(1.0, integer);
    const double least = arguments.flag("symmetric", false) ? 1 - m : -m;
    if (shift <= 0 || bound <= 0)
        arguments.problem("has a relu_shift or relu_upper_bound that is not positive");
    if (!arguments.good())
        return {};
    std::vector<double> turns{-far, -shift, -shift / 2, bound - shift, far};
    std::sort(turns.begin(), turns.end());
    return qkeras_staircase(
        [=](double x) {
            const double y = x * std::min(std::max(x + shift, 0.0), bound) / bound;
            return scale * (m_i * std::clamp(std::nearbyint(y * m / m_i), least, m - 1) / m);
        },
        turns);
}

/// Of quantized_po2 and quantized_relu_po2: the exponent of a size, between two ends.
std::function<double(double)> power_of_two(QkerasArguments& arguments, int sign_bits) {
    const int bits = arguments.whole("bits", 8, 1 + sign_bits, 7 + sign_bits);
    const double limit = arguments.number("max_value", 0);
    const bool limited = !arguments.at("max_value").is_null();
    if (limited && !(limit > 0))
        arguments.problem(fmt::format("has max_value {}, a positive number is expected", limit));
    const bool quadratic = arguments.flag("quadratic_approximation", false);
    const Json& rounding = arguments.at("log2_rounding");
    const bool floors = rounding.is_string() && rounding == "floor";
    const int effect = bits - sign_bits - (!limited || limit > 1 ? 1 : 0);
    const int least = -(1 << effect), most = quadratic ? 2 * (((1 << effect) - 1) / 2) : (1 << effect) - 1;
    return [=](double size) {
        if (size < epsilon)
            return std::ldexp(1.0, least);
        // In binary32, as TensorFlow's: the root of a power of two is a tie, and a whole logarithm may be a little less
        // than whole.
        const double held = limited ? std::min(size, limit) : size;
        const float log = static_cast<float>(std::log(held) / (quadratic ? 2 : 1)) / log_of_two;
        const float chosen = std::clamp(floors ? std::floor(log) : std::nearbyint(log), static_cast<float>(least),
                                        static_cast<float>(most));
        return std::ldexp(1.0, static_cast<int>(quadratic ? 2 * chosen : chosen));
    };
}

QkerasQuantizer read_power_of_two(QkerasArguments& arguments) {
    const auto of_size = power_of_two(arguments, 1);
    if (!arguments.good())
        return {};
    return qkeras_staircase([=](double x) { return x < 0 ? -of_size(-x) : of_size(x); }, {-far, far});
}

/// Zero and below is the least power, unless there is a slope.
QkerasQuantizer read_relu_power_of_two(QkerasArguments& arguments) {
    const auto of_size = power_of_two(arguments, 0);
    const double slope = arguments.number("negative_slope", 0);
    if (!arguments.good())
        return {};
    return qkeras_staircase(
        [=](double x) { return x >= 0 || slope == 0 ? of_size(std::max(x, 0.0)) : -of_size(-x * slope); }, {-far, far});
}

QkerasQuantizer read_signs(QkerasArguments& arguments) {
    const double scale = arguments.scale();
    if (arguments.name().find("ternary") == std::string::npos)
        return qkeras_steps({0.0}, {arguments.flag("use_01", false) ? 0.0 : -scale, scale});
    const double threshold = arguments.number("threshold", static_cast<double>(0.33F));
    // -1 where x <= -threshold: one double above it is no longer.
    return qkeras_steps({std::nextafter(-threshold, 1.0), threshold}, {-scale, 0, scale});
}

} // namespace

QkerasQuantizer qkeras_steps(std::vector<double> thresholds, std::vector<double> values) {
    QkerasQuantizer out;
    out.apply = each([thresholds, values](double x) {
        const auto passed = std::upper_bound(thresholds.begin(), thresholds.end(), x) - thresholds.begin();
        return values[static_cast<std::size_t>(passed)];
    });
    out.add = [thresholds, values](KerasLayer& layer, const std::string& suffix, LayerId input) {
        const auto count = static_cast<std::uint32_t>(thresholds.size());
        return layer.add(suffix, {input}, layer.shape_of(input),
                         Steps{true, {{count}, thresholds, {}, {}}, {{count + 1}, values, {}, {}}});
    };
    return out;
}

QkerasQuantizer qkeras_staircase(std::function<double(double)> value, const std::vector<double>& turns) {
    Found found{{}, {value(turns.front())}};
    for (std::size_t k = 0; k + 1 < turns.size(); ++k)
        search(value, ordinal(turns[k]), value(turns[k]), ordinal(turns[k + 1]), value(turns[k + 1]), found);
    return qkeras_steps(std::move(found.thresholds), std::move(found.values));
}

QkerasQuantizer qkeras_stepwise(QkerasArguments& arguments) {
    const std::string& name = arguments.name();
    if (name == "quantized_relu")
        return read_relu_of_sigmoid(arguments);
    if (name == "quantized_ulaw")
        return read_ulaw(arguments);
    if (name == "quantized_hswish")
        return read_hard_swish(arguments);
    if (name == "quantized_po2")
        return read_power_of_two(arguments);
    if (name == "quantized_relu_po2")
        return read_relu_power_of_two(arguments);
    return read_signs(arguments);
}

} // namespace gw::import
