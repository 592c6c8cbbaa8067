#include "import/arrange.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.hpp"

namespace gw::import {

namespace {

std::vector<std::size_t> strides_of(const Shape& shape) {
    std::vector<std::size_t> strides(shape.size(), 1);
    for (std::size_t k = shape.size(); k-- > 1;)
        strides[k - 1] = strides[k] * shape[k];
    return strides;
}

} // namespace

void require_elements(const Shape& shape) {
    if (network::elements(shape) > most_tensor_elements)
        throw support::unsupported(
            fmt::format("a tensor of shape [{}] has more than 2^24 elements", fmt::join(shape, ", ")));
}

std::vector<std::optional<std::uint32_t>> whole(std::uint32_t extent) {
    std::vector<std::optional<std::uint32_t>> all;
    for (std::uint32_t i = 0; i < extent; ++i)
        all.emplace_back(i);
    return all;
}

Arranged permutation(const Shape& shape, const std::vector<std::uint32_t>& axes) {
    Arranged result;
    const auto from = strides_of(shape);
    for (const std::uint32_t axis : axes)
        result.shape.push_back(shape[axis]);
    require_elements(result.shape);
    const auto to = strides_of(result.shape);
    for (std::size_t i = 0; i < network::elements(result.shape); ++i) {
        std::size_t source = 0;
        for (std::size_t k = 0; k < axes.size(); ++k)
            source += i / to[k] % result.shape[k] * from[axes[k]];
        result.body.sources.emplace_back(static_cast<std::uint32_t>(source));
    }
    return result;
}

Arranged picked(const Shape& shape, const std::vector<std::vector<std::optional<std::uint32_t>>>& from, double fill) {
    Arranged result;
    for (const auto& axis : from)
        result.shape.push_back(static_cast<std::uint32_t>(axis.size()));
    require_elements(result.shape);
    const auto in = strides_of(shape), out = strides_of(result.shape);
    for (std::size_t i = 0; i < network::elements(result.shape); ++i) {
        std::optional<std::size_t> source = 0;
        for (std::size_t k = 0; k < shape.size() && source; ++k) {
            const auto& index = from[k][i / out[k] % result.shape[k]];
            source = index ? std::optional(*source + *index * in[k]) : std::nullopt;
        }
        result.body.sources.push_back(source ? std::optional(static_cast<std::uint32_t>(*source)) : std::nullopt);
    }
    result.body.fill = fill;
    return result;
}

} // namespace gw::import
