#include "import/element_types.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace gw::import {

using fixed::FixedType;
using fixed::Rounding;

std::optional<std::vector<std::size_t>> spread_widths(Shape widths, const Shape& tensor, bool has_event_axis) {
    if (has_event_axis && !widths.empty())
        widths.erase(widths.begin());
    if (widths.size() > tensor.size())
        return std::nullopt;
    widths.insert(widths.begin(), tensor.size() - widths.size(), 1U);
    for (std::size_t k = 0; k < tensor.size(); ++k)
        if (widths[k] != 1 && widths[k] != tensor[k])
            return std::nullopt;
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < network::elements(tensor); ++i) {
        std::size_t rest = i, index = 0, stride = 1;
        for (std::size_t k = tensor.size(); k-- > 0;) {
            index += (widths[k] == 1 ? 0 : rest % tensor[k]) * stride;
            rest /= tensor[k];
            stride *= widths[k];
        }
        result.push_back(index);
    }
    return result;
}

std::vector<FixedType> element_types(const std::vector<FixedType>& types, const Shape& widths, const Shape& tensor,
                                     bool has_event_axis) {
    const auto index = spread_widths(widths, tensor, has_event_axis);
    std::vector<FixedType> all;
    if (!index)
        return all;
    for (const std::size_t k : *index)
        all.push_back(types[k]);
    if (std::all_of(all.begin(), all.end(), [&](const FixedType& type) { return type == all.front(); }))
        all.resize(1);
    return all;
}

std::optional<FixedType> type_that_holds(const std::vector<double>& values) {
    constexpr int mantissa_bits = 53, widest = 60;
    std::optional<int> fraction;
    int integer = 1;
    for (const double value : values) {
        if (value == 0)
            continue;
        if (!std::isfinite(value))
            return std::nullopt;
        int exponent = 0;
        auto odd = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), mantissa_bits));
        int bits = mantissa_bits - exponent;
        for (; odd % 2 == 0; odd /= 2)
            --bits;
        fraction = std::max(fraction.value_or(bits), bits);
        integer = std::max(integer, exponent + 1);
    }
    const int width = std::max(1, integer + fraction.value_or(0));
    if (width > widest)
        return std::nullopt;
    return FixedType{width, fraction.value_or(0), true, Rounding::rnd_conv, fixed::Overflow::sat};
}

std::optional<Rounding> rounding_named(const std::string& name) {
    static const std::map<std::string, Rounding> known{
        {"TRN", Rounding::trn},           {"TRN_ZERO", Rounding::trn_zero},       {"RND", Rounding::rnd},
        {"RND_ZERO", Rounding::rnd_zero}, {"RND_MIN_INF", Rounding::rnd_min_inf}, {"RND_INF", Rounding::rnd_inf},
        {"RND_CONV", Rounding::rnd_conv}};
    const auto found = known.find(name);
    return found == known.end() ? std::nullopt : std::optional(found->second);
}

} // namespace gw::import
