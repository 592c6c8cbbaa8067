// The values of the format are written down; where each begins is found by bisection over all doubles in their order,
// so that every rounding, and float32's own, is what float_quantised does.
#include "import/qonnx_float.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::import {

namespace {

/// Larger for larger doubles; of finite ones.
std::int64_t order_of(double value) {
    const auto bits = std::bit_cast<std::int64_t>(value);
    return bits < 0 ? std::numeric_limits<std::int64_t>::min() - bits : bits;
}

double at_order(std::int64_t order) {
    return std::bit_cast<double>(order < 0 ? std::numeric_limits<std::int64_t>::min() - order : order);
}

double largest_of(const FloatSpec& spec) {
    const double exponent = std::exp2(spec.exponent_bits) - 1 - spec.bias;
    return std::min(std::exp2(exponent) * (2 - std::exp2(-spec.mantissa_bits)), spec.largest);
}

/// All values of the format, without the scale, ascending.
std::vector<double> values_of(const FloatSpec& spec) {
    constexpr std::size_t most = 4096;
    const double largest = largest_of(spec), smallest_exponent = 1 - spec.bias;
    std::vector<double> positive;
    for (double exponent = smallest_exponent; std::exp2(exponent) <= largest; ++exponent) {
        const double step = std::exp2(exponent - spec.mantissa_bits);
        const double from = exponent == smallest_exponent ? step : std::exp2(exponent);
        for (double value = from; value < std::exp2(exponent + 1) && value < largest; value += step)
            positive.push_back(value);
        if (positive.size() > most / 2)
            throw support::unsupported(
                fmt::format("a floating-point format of {} exponent and {} mantissa bits has too many values",
                            spec.exponent_bits, spec.mantissa_bits),
                "", "choose one with less than 11 bits");
    }
    positive.push_back(largest);
    std::vector<double> all;
    for (auto value = positive.rbegin(); value != positive.rend(); ++value)
        all.push_back(-*value);
    all.push_back(0);
    all.insert(all.end(), positive.begin(), positive.end());
    return all;
}

/// The next distance to look at; values that are that far from their places are beyond binary32's range.
std::int64_t wider(std::int64_t by, const FloatSpec& spec) {
    if (by > (std::int64_t{1} << 52))
        throw support::unsupported(
            fmt::format("a floating-point format of scale {} has values beyond binary32's range", spec.scale));
    return by * 2;
}

} // namespace

double float_quantised(double x, const FloatSpec& spec) {
    const auto quotient = static_cast<double>(static_cast<float>(x) / static_cast<float>(spec.scale));
    const double exponent = std::max(quotient == 0 ? -1e9 : static_cast<double>(std::ilogb(quotient)), 1 - spec.bias);
    const double step = std::exp2(exponent - spec.mantissa_bits), largest = largest_of(spec);
    return std::clamp(step * round_as(quotient / step, spec.rounding), -largest, largest) * spec.scale;
}

Steps float_steps(const FloatSpec& spec) {
    Steps steps;
    const std::vector<double> values = values_of(spec);
    for (std::size_t k = 0; k < values.size(); ++k) {
        const double value = values[k] * spec.scale;
        if (k > 0) {
            // below reaches less than this value, reached at least this.
            std::int64_t below = order_of(values[k - 1] * spec.scale), reached = order_of(value);
            const double half = (values[k - 1] + values[k]) / 2 * spec.scale;
            for (std::int64_t by = 1; float_quantised(at_order(below), spec) >= half; by = wider(by, spec))
                below -= by;
            for (std::int64_t by = 1; float_quantised(at_order(reached), spec) < half; by = wider(by, spec))
                reached += by;
            while (reached - below > 1) {
                const std::int64_t middle = below + (reached - below) / 2;
                (float_quantised(at_order(middle), spec) >= half ? reached : below) = middle;
            }
            steps.thresholds.values.push_back(at_order(reached));
        }
        steps.values.values.push_back(value);
    }
    steps.thresholds.shape = {static_cast<std::uint32_t>(steps.thresholds.values.size())};
    steps.values.shape = {static_cast<std::uint32_t>(steps.values.values.size())};
    const double finest = 1 - spec.bias - spec.mantissa_bits;
    const int width = 2 + static_cast<int>(std::ceil(std::log2(values.back()) - finest));
    if (width > 60)
        throw support::unsupported(
            fmt::format("a floating-point format from 2^{} to {} needs {} bits", finest, values.back(), width));
    steps.values.units = {spec.scale};
    steps.values.type = fixed::FixedType{width, -static_cast<std::int32_t>(finest), true, fixed::Rounding::rnd_conv,
                                         fixed::Overflow::sat};
    return steps;
}

} // namespace gw::import
