// Layers that move elements and change none.
#include <numeric>

#include "floating/broadcast.hpp"
#include "import/arrange.hpp"
#include "quantize/constants.hpp"
#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

Value arranged(Site& site, const std::string& name, const std::vector<Value>& from, const Shape& shape,
               std::vector<std::optional<std::uint32_t>> sources) {
    network::Rearrange op{};
    std::int32_t fraction = site.builder().fraction(from.front());
    double error = 0;
    for (const Value& value : from) {
        op.inputs.push_back(value.tensor);
        fraction = std::max(fraction, site.builder().fraction(value));
        error = std::max(error, value.error);
    }
    op.sources = std::move(sources);
    Value y = site.builder().emit(name, shape, fraction, std::move(op));
    y.units = from.front().units;
    y.error = error;
    return y;
}

Value permuted(Site& site, const std::string& name, const Value& from, const std::vector<std::uint32_t>& axes) {
    std::vector<std::uint32_t> straight(axes.size());
    std::iota(straight.begin(), straight.end(), 0U);
    if (axes == straight)
        return from;
    auto moved = import::permutation(from.shape, axes);
    return arranged(site, name, {site.uniform(from)}, moved.shape, std::move(moved.body.sources));
}

Value reshaped(Site& site, const std::string& name, const Value& from, const Shape& shape) {
    if (from.shape == shape)
        return from;
    std::vector<std::optional<std::uint32_t>> sources = import::whole(static_cast<std::uint32_t>(from.size()));
    const bool same_channels = !shape.empty() && !from.shape.empty() && shape.back() == from.shape.back();
    Value y = arranged(site, name, {same_channels ? from : site.uniform(from)}, shape, std::move(sources));
    return y;
}

Value broadcast(Site& site, const std::string& name, const Value& from, const Shape& shape) {
    if (from.shape == shape)
        return from;
    const floating::Broadcast at(from.shape, shape);
    std::vector<std::optional<std::uint32_t>> sources;
    for (std::size_t i = 0; i < network::elements(shape); ++i)
        sources.emplace_back(static_cast<std::uint32_t>(at(i)));
    return arranged(site, name, {site.uniform(from)}, shape, std::move(sources));
}

/// A tensor needs an op, and an op an input: zeros picked from the model's first input, plus the values.
Value lower(const import::Constant& layer, Site& site) {
    const auto& graph = site.model().graph;
    const Value& any = *site.model().values[static_cast<std::size_t>(graph.inputs.front())];
    const std::vector<std::optional<std::uint32_t>> nothing(network::elements(site.shape()));
    const Value zeros = arranged(site, site.name("_zero"), {any}, site.shape(), nothing);
    Constant values = site.constant(layer.values, "value");
    values.shape = {static_cast<std::uint32_t>(values.raw.size())};
    double error = 0;
    for (std::size_t i = 0; i < values.raw.size(); ++i)
        error = std::max(error, std::abs(real(values, i) - layer.values.values[i]));
    Value y = affine(site, site.name(), zeros, std::nullopt, std::move(values));
    y.units = {1.0};
    y.error = error;
    return y;
}

Value lower(const import::Concatenate& layer, Site& site) {
    std::size_t inner = 1, outer = 1;
    for (std::size_t k = 0; k < site.shape().size(); ++k)
        (k < layer.axis ? outer : inner) *= k == layer.axis ? 1 : site.shape()[k];
    std::vector<Value> from;
    bool alike = true;
    for (std::size_t k = 0; k < site.inputs(); ++k) {
        from.push_back(site.in(k));
        alike = alike && from.back().units.size() == 1 && from.back().units == from.front().units;
    }
    for (Value& value : from)
        value = alike ? value : site.plain(value);
    std::vector<std::optional<std::uint32_t>> sources;
    for (std::size_t block = 0; block < outer; ++block) {
        std::size_t start = 0;
        for (const Value& value : from) {
            const std::size_t run = inner * value.shape[layer.axis];
            for (std::size_t i = 0; i < run; ++i)
                sources.emplace_back(static_cast<std::uint32_t>(start + block * run + i));
            start += value.size();
        }
    }
    return arranged(site, site.name(), from, site.shape(), std::move(sources));
}

Value lower(const import::Rearrange& layer, Site& site) {
    const Value x = site.uniform(site.in());
    if (layer.fill == 0)
        return arranged(site, site.name(), {x}, site.shape(), layer.sources);
    // Elsewhere 0, and there the fill.
    const Value moved = arranged(site, site.name("_moved"), {x}, site.shape(), layer.sources);
    FloatArray fill{{static_cast<std::uint32_t>(layer.sources.size())}, {}, {}};
    for (const auto& source : layer.sources)
        fill.values.push_back(source ? 0.0 : layer.fill);
    Value y = affine(site, site.name(), moved, std::nullopt, site.constant(fill, "fill", x.units));
    y.error = x.error;
    return y;
}

Value lower(const import::Reshape&, Site& site) {
    return reshaped(site, site.name(), site.in(), site.shape());
}

Value lower(const import::Linear& layer, Site& site) {
    Value y = site.in();
    const auto from = static_cast<std::size_t>(site.layer().inputs.front());
    y.open = y.open && site.model().uses[from] == 1;
    if (layer.origin == import::Linear::Origin::activation && site.configured()) {
        const Value x = site.plain();
        y = site.builder().emit(site.name(), x.shape, site.builder().fraction(x), network::Requantise{x.tensor, {}});
        y.error = x.error;
        return site.settled(y);
    }
    return reshaped(site, site.name(), y, site.shape());
}

Value lower(const import::Embedding& layer, Site& site) {
    const Value x = site.plain();
    network::Embedding op{};
    op.input = x.tensor;
    op.table = site.constant(layer.table, "table", layer.table.units.empty() ? Units{1.0} : layer.table.units);
    const std::int32_t fraction = op.table.type.fraction;
    double error = 0;
    for (std::size_t k = 0; k < layer.table.values.size() && layer.table.units.empty(); ++k)
        error = std::max(error, std::abs(real(op.table, k) - layer.table.values[k]));
    Value y = site.builder().emit(site.name(), site.shape(), fraction, std::move(op));
    if (!layer.table.units.empty())
        y.units = layer.table.units;
    y.error = error;
    return site.settled(y);
}

} // namespace gw::quantize::exact
