// Layers that only move elements, and upsampling.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "import/arrange.hpp"
#include "import/keras_window.hpp"

namespace gw::import {

namespace {

using Indices = std::vector<std::vector<std::optional<std::uint32_t>>>;

std::vector<LayerId> read_flatten(KerasLayer& layer) {
    const bool first = is_channels_first(layer);
    if (!layer.require_rank(0, 7))
        return {};
    const LayerId input = channels_last(layer, first && layer.shape().size() > 1, layer.inputs[0]);
    return {layer.add(input, {static_cast<std::uint32_t>(network::elements(layer.shape()))}, Reshape{})};
}

std::vector<LayerId> read_reshape(KerasLayer& layer) {
    const Json& target = layer.config.take("target_shape");
    if (!layer.require_rank(0, 7))
        return {};
    const std::size_t total = network::elements(layer.shape());
    Shape shape;
    std::optional<std::size_t> open;
    bool good = target.is_array() && !target.empty() && target.size() <= 8;
    for (std::size_t k = 0; good && k < target.size(); ++k) {
        good = target[k].is_number_integer() && (target[k] == -1 || (target[k] > 0 && target[k] <= 1 << 24));
        if (good && target[k] == -1) {
            good = !open;
            open = k;
            shape.push_back(1);
        } else if (good) {
            shape.push_back(target[k].get<std::uint32_t>());
        }
    }
    const std::size_t known = network::elements(shape);
    if (good && open && total % known == 0)
        shape[*open] = static_cast<std::uint32_t>(total / known);
    if (!good || network::elements(shape) != total) {
        layer.config.problem("target_shape", fmt::format("is {}, which does not hold {} values", brief(target), total));
        return {};
    }
    return {layer.add(layer.inputs[0], shape, Reshape{})};
}

std::vector<LayerId> read_permute(KerasLayer& layer) {
    const Json& dims = layer.config.take("dims");
    if (!layer.require_rank(1, 7))
        return {};
    std::vector<std::uint32_t> axes, sorted;
    for (const Json& axis : dims)
        if (axis.is_number_integer() && axis >= 1 && axis <= layer.shape().size())
            axes.push_back(axis.get<std::uint32_t>() - 1);
    sorted = axes;
    std::sort(sorted.begin(), sorted.end());
    bool good = axes.size() == layer.shape().size();
    for (std::uint32_t k = 0; good && k < sorted.size(); ++k)
        good = sorted[k] == k;
    if (!good) {
        layer.config.problem("dims", fmt::format("is {}, no permutation of the axes", brief(dims)));
        return {};
    }
    return {layer.permuted("", layer.inputs[0], axes)};
}

std::vector<LayerId> read_repeat(KerasLayer& layer) {
    const std::uint32_t n = layer.config.count("n").value_or(1);
    if (!layer.require_rank(1, 1))
        return {};
    require_elements({n, layer.shape()[0]});
    Rearrange body;
    for (std::uint32_t k = 0; k < n; ++k)
        for (std::uint32_t i = 0; i < layer.shape()[0]; ++i)
            body.sources.emplace_back(i);
    return {layer.add(layer.inputs[0], {n, layer.shape()[0]}, std::move(body))};
}

/// [[before, after], ...] from the forms that Keras writes: one number, one for each axis, or both for each.
std::vector<std::pair<std::uint32_t, std::uint32_t>> margins(KerasLayer& layer, const char* key, std::size_t axes) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> result(axes, {0, 0});
    const Json& value = layer.config.take(key);
    const auto good = [](const Json& each) { return each.is_number_integer() && each >= 0 && each <= 1'000'000; };
    const auto pair_of = [&](const Json& each) -> std::optional<std::pair<std::uint32_t, std::uint32_t>> {
        if (good(each))
            return std::pair{each.get<std::uint32_t>(), each.get<std::uint32_t>()};
        if (each.is_array() && each.size() == 2 && good(each[0]) && good(each[1]))
            return std::pair{each[0].get<std::uint32_t>(), each[1].get<std::uint32_t>()};
        return std::nullopt;
    };
    bool understood = true;
    for (std::size_t k = 0; k < axes; ++k) {
        const bool one_axis = axes == 1 && !(value.is_array() && value.size() == 1);
        const bool each_axis = value.is_array() && value.size() == axes;
        const auto pair = one_axis ? pair_of(value) : (each_axis ? pair_of(value[k]) : pair_of(value));
        understood = understood && pair;
        result[k] = pair.value_or(std::pair{0U, 0U});
    }
    if (!understood)
        layer.config.problem(key, fmt::format("is {}, which is not understood", brief(value)));
    return result;
}

std::vector<LayerId> read_margins(KerasLayer& layer, std::size_t axes, bool crops) {
    const bool first = is_channels_first(layer);
    const auto by = margins(layer, crops ? "cropping" : "padding", axes);
    if (!layer.require_rank(axes + 1, axes + 1))
        return {};
    const LayerId input = channels_last(layer, first, layer.inputs[0]);
    const Shape in = layer.shape_of(input);
    Indices from;
    for (std::size_t k = 0; k < axes; ++k) {
        const auto [before, after] = by[k];
        std::vector<std::optional<std::uint32_t>> axis;
        if (crops) {
            for (std::uint32_t i = before; i + after < in[k]; ++i)
                axis.emplace_back(i);
        } else {
            axis.resize(before);
            const auto inside = whole(in[k]);
            axis.insert(axis.end(), inside.begin(), inside.end());
            axis.resize(axis.size() + after);
        }
        if (axis.empty() || axis.size() > 1U << 20) {
            layer.problem("leaves no image, or too large a one");
            return {};
        }
        from.push_back(std::move(axis));
    }
    from.push_back(whole(in.back()));
    auto [shape, body] = picked(in, from);
    return {channels_first(layer, first, layer.add(input, shape, std::move(body)))};
}

/// The parts of each output index of one axis: half-pixel centres, clamped at the ends.
std::vector<Interpolate::Part> linear_parts(std::uint32_t index, std::uint32_t factor, std::uint32_t extent) {
    const double at = (index + 0.5) / factor - 0.5, low = std::floor(at), share = at - low;
    const auto clamped = [&](double k) {
        return static_cast<std::uint32_t>(std::clamp(k, 0.0, static_cast<double>(extent) - 1));
    };
    if (share == 0)
        return {{clamped(low), 1.0}};
    return {{clamped(low), 1 - share}, {clamped(low + 1), share}};
}

Interpolate bilinear(const Shape& in, const std::vector<std::uint32_t>& factors) {
    Interpolate result;
    for (std::uint32_t y = 0; y < in[0] * factors[0]; ++y)
        for (std::uint32_t x = 0; x < in[1] * factors[1]; ++x)
            for (std::uint32_t c = 0; c < in[2]; ++c) {
                auto& parts = result.parts.emplace_back();
                for (const auto& row : linear_parts(y, factors[0], in[0]))
                    for (const auto& column : linear_parts(x, factors[1], in[1]))
                        parts.push_back({(row.source * in[1] + column.source) * in[2] + c, row.factor * column.factor});
            }
    return result;
}

std::vector<LayerId> read_upsampling(KerasLayer& layer, std::size_t axes) {
    const bool first = is_channels_first(layer);
    const auto factors = layer.extents("size", axes, 1, 2);
    const std::string interpolation = layer.config.text("interpolation").value_or("nearest");
    const bool linear = interpolation == "bilinear" && axes == 2;
    if (interpolation != "nearest" && !linear)
        layer.config.problem("interpolation", "is '" + interpolation + "'; nearest and bilinear are understood");
    if (!layer.require_rank(axes + 1, axes + 1))
        return {};
    const LayerId input = channels_last(layer, first, layer.inputs[0]);
    const Shape in = layer.shape_of(input);
    Indices from;
    for (std::size_t k = 0; k < axes; ++k) {
        require_elements({in[k], factors[k]});
        auto& axis = from.emplace_back();
        for (std::uint32_t i = 0; i < in[k] * factors[k]; ++i)
            axis.emplace_back(i / factors[k]);
    }
    from.push_back(whole(in.back()));
    auto [shape, body] = picked(in, from);
    const LayerId made =
        linear ? layer.add(input, shape, bilinear(in, factors)) : layer.add(input, shape, std::move(body));
    return {channels_first(layer, first, made)};
}

} // namespace

void add_shapes(KerasReaders& readers) {
    readers["Flatten"] = read_flatten;
    readers["Reshape"] = read_reshape;
    readers["Permute"] = read_permute;
    readers["RepeatVector"] = read_repeat;
    for (const std::size_t axes : {1U, 2U}) {
        const std::string n = std::to_string(axes) + "D";
        readers["Cropping" + n] = [axes](KerasLayer& layer) { return read_margins(layer, axes, true); };
        readers["ZeroPadding" + n] = [axes](KerasLayer& layer) { return read_margins(layer, axes, false); };
        readers["UpSampling" + n] = [axes](KerasLayer& layer) { return read_upsampling(layer, axes); };
    }
}

} // namespace gw::import
