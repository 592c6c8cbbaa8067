#include "quantize/constants.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "fixed/interval.hpp"
#include "support/error.hpp"

namespace gw::quantize {

using fixed::FixedType;
using fixed::Int128;

namespace {

std::int64_t narrow(Int128 mantissa) {
    const auto value = static_cast<std::int64_t>(mantissa);
    if (value != mantissa)
        throw support::unsupported("a constant needs more than 64 bits", "", "choose fewer fraction bits");
    return value;
}

/// The narrowest type of all values at this fraction; at least one bit wide, so that it can stand in a file of any
/// tool.
FixedType narrowest(const std::vector<std::int64_t>& raw, std::int32_t fraction) {
    Int128 low = 0, high = 0;
    for (std::int64_t value : raw) {
        low = std::min<Int128>(low, value);
        high = std::max<Int128>(high, value);
    }
    FixedType type = fixed::smallest_type({low, high, fraction});
    type.fraction = fraction;
    if (type.width == 0)
        type = {1, fraction, false};
    return type;
}

/// Printed with `digits` decimals as C and Python print (correctly rounded), and read back.
double through_text(double value, int digits) {
    // 310 digits before the point, the point, the sign, and at most 1024 behind.
    std::array<char, 1400> text{};
    std::snprintf(text.data(), text.size(), "%.*f", std::min(digits, 1024), value);
    return std::strtod(text.data(), nullptr);
}

} // namespace

network::Constant converted(const std::vector<double>& values, const network::Shape& shape, const FixedType& type) {
    network::Constant out{shape, type, {}};
    for (double value : values)
        out.raw.push_back(narrow(fixed::from_double(value, type)));
    out.type = narrowest(out.raw, type.fraction);
    return out;
}

network::Constant rounded(const std::vector<double>& values, const network::Shape& shape, int fraction) {
    const FixedType wide{64, fraction, true, fixed::Rounding::rnd_conv, fixed::Overflow::sat};
    network::Constant out = converted(values, shape, wide);
    for (std::int64_t raw : out.raw)
        if (raw == wide.lowest() || raw == wide.highest())
            throw support::unsupported(fmt::format("a constant does not fit 64 bits at {} fraction bits", fraction), "",
                                       "choose fewer fraction bits");
    return out;
}

network::Constant printed(const std::vector<double>& values, const network::Shape& shape, const FixedType& type) {
    network::Constant out{shape, type, {}};
    for (double value : values)
        out.raw.push_back(narrow(fixed::from_double(through_text(value, std::max(0, type.fraction)), type)));
    return out;
}

std::optional<network::Constant> exact_if_cheap(const std::vector<double>& values, const network::Shape& shape,
                                                int exact_up_to) {
    // value = odd * 2^exponent: it needs -exponent fraction bits.
    int fraction = 0, largest = 0;
    bool powers_of_two = true;
    for (double value : values) {
        if (value == 0)
            continue;
        int exponent = 0;
        auto odd = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
        const int zeros = std::countr_zero(static_cast<std::uint64_t>(odd));
        fraction = std::max(fraction, 53 - zeros - exponent);
        largest = std::max(largest, exponent);
        powers_of_two = powers_of_two && std::abs(odd >> zeros) == 1;
    }
    if (fraction + largest > 60 || (fraction > exact_up_to && !powers_of_two))
        return std::nullopt;
    return rounded(values, shape, fraction);
}

network::Constant trimmed(network::Constant constant) {
    std::uint64_t bits = 0;
    for (std::int64_t raw : constant.raw)
        bits |= static_cast<std::uint64_t>(raw);
    if (bits == 0)
        return constant;
    const int zeros = std::countr_zero(bits);
    for (std::int64_t& raw : constant.raw)
        raw >>= zeros;
    constant.type = narrowest(constant.raw, constant.type.fraction - zeros);
    return constant;
}

} // namespace gw::quantize
