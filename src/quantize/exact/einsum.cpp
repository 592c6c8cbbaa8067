// Sums over named axes, as dense layers, grouped convolutions or matrix products: the axes of both sides are put in the
// order batch, own, summed, and those of the result back.
#include <algorithm>

#include <fmt/format.h>

#include "floating/broadcast.hpp"
#include "import/arrange.hpp"
#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

constexpr std::size_t most_weights = std::size_t{1} << 26; ///< as many as a constant of a file may have

bool has(const std::string& text, char letter) {
    return text.find(letter) != std::string::npos;
}

/// Letters by the sides that have them.
struct Letters {
    std::string batch, left, right, summed;

    explicit Letters(const import::Einsum& einsum) {
        for (const char letter : einsum.left)
            (has(einsum.right, letter) ? (has(einsum.output, letter) ? batch : summed) : left) += letter;
        for (const char letter : einsum.right)
            if (!has(einsum.left, letter))
                right += letter;
    }
};

std::vector<std::uint32_t> axes_of(const std::string& from, const std::string& order) {
    std::vector<std::uint32_t> axes;
    for (const char letter : order)
        axes.push_back(static_cast<std::uint32_t>(from.find(letter)));
    return axes;
}

std::uint32_t extent(const std::string& side, const Shape& shape, const std::string& letters) {
    std::uint32_t product = 1;
    for (const char letter : letters)
        product *= shape[side.find(letter)];
    return product;
}

void require_simple(const import::Einsum& einsum, const Letters& letters, Site& site) {
    const auto repeats = [](std::string side) {
        std::sort(side.begin(), side.end());
        return std::adjacent_find(side.begin(), side.end()) != side.end();
    };
    bool simple = !repeats(einsum.left) && !repeats(einsum.right);
    for (const char letter : letters.left + letters.right)
        simple = simple && has(einsum.output, letter);
    if (!simple)
        throw site.refuse("the equation '" + einsum.left + "," + einsum.right + "->" + einsum.output +
                              "' takes a diagonal, or sums over an axis of one side alone: no exact numerics",
                          "sum that axis in a layer of its own");
}

FloatArray arranged_weights(const FloatArray& weights, const std::vector<std::uint32_t>& axes, const Shape& shape) {
    const import::Arranged moved = import::permutation(weights.shape, axes);
    FloatArray out{shape, {}, weights.type, {}};
    for (const auto& source : moved.body.sources)
        out.values.push_back(weights.values[*source]);
    if (weights.units.size() == 1)
        out.units = weights.units;
    else if (!weights.units.empty())
        out.type.reset(); // the values alone hold them
    return out;
}

/// {rows, batch * summed} by grouped weights {summed, batch * right}.
Value by_weights(const import::Einsum& einsum, const Letters& letters, Site& site, const Value& x) {
    const std::uint32_t batch = extent(einsum.left, x.shape, letters.batch),
                        rows = extent(einsum.left, x.shape, letters.left),
                        summed = extent(einsum.left, x.shape, letters.summed),
                        columns = extent(einsum.right, einsum.weights->shape, letters.right);
    const Value moved =
        permuted(site, site.name("_left"), x, axes_of(einsum.left, letters.left + letters.batch + letters.summed));
    const Value table = reshaped(site, site.name("_rows"), moved, {rows, batch * summed});
    const FloatArray weights =
        arranged_weights(*einsum.weights, axes_of(einsum.right, letters.summed + letters.batch + letters.right),
                         {summed, batch * columns});
    if (batch == 1)
        return dense(site, site.name(), table, weights, std::nullopt);
    network::Conv op{};
    op.input = table.tensor;
    op.window = {{1}, {1}, {1}, {0}};
    op.groups = batch;
    op.weights = site.constant(weights, "weight", weights.units.empty() ? Units{1.0} : weights.units);
    op.weights.shape = {1, summed, batch * columns};
    const std::int32_t fraction = site.builder().fraction(table) + op.weights.type.fraction;
    double carried = 0, off = 0;
    for (std::size_t k = 0; k < weights.values.size(); ++k) {
        carried = std::max(carried, std::abs(weights.values[k]) * summed);
        off = std::max(off, std::abs(real(op.weights, k) * (weights.units.empty() ? 1.0 : weights.units.front()) -
                                     weights.values[k]));
    }
    Value y = site.builder().emit(site.name(), {rows, batch * columns}, fraction, std::move(op));
    y.units = {table.units.front() * (weights.units.empty() ? 1.0 : weights.units.front())};
    y.error = carried * x.error + off * summed * site.builder().magnitude(x);
    return y;
}

Value by_tensor(const import::Einsum& einsum, const Letters& letters, Site& site, const Value& x, const Value& other) {
    const std::uint32_t batch = extent(einsum.left, x.shape, letters.batch),
                        rows = extent(einsum.left, x.shape, letters.left),
                        summed = extent(einsum.left, x.shape, letters.summed),
                        columns = extent(einsum.right, other.shape, letters.right);
    const Value left =
        permuted(site, site.name("_left"), x, axes_of(einsum.left, letters.batch + letters.left + letters.summed));
    const Value right = permuted(site, site.name("_right"), other,
                                 axes_of(einsum.right, letters.batch + letters.summed + letters.right));
    const Value a = reshaped(site, site.name("_a"), left, {batch, rows, summed}),
                b = reshaped(site, site.name("_b"), right, {batch, summed, columns});
    Value y = site.builder().emit(site.name(), {batch, rows, columns},
                                  site.builder().fraction(a) + site.builder().fraction(b),
                                  network::MatMul{a.tensor, b.tensor, {}, {}});
    y.units = {a.units.front() * b.units.front()};
    if (x.error > 0 || other.error > 0)
        y.error = summed * (site.builder().magnitude(x) * other.error + site.builder().magnitude(other) * x.error +
                            x.error * other.error);
    return y;
}

} // namespace

Value lower(const import::Einsum& einsum, Site& site) {
    const Letters letters(einsum);
    require_simple(einsum, letters, site);
    const Value x = site.uniform(site.in());
    Value y;
    std::string order;
    Shape shape;
    if (einsum.weights) {
        y = by_weights(einsum, letters, site, x);
        order = letters.left + letters.batch + letters.right;
    } else {
        y = by_tensor(einsum, letters, site, x, site.uniform(site.in(1)));
        order = letters.batch + letters.left + letters.right;
    }
    for (const char letter : order)
        shape.push_back(site.shape()[einsum.output.find(letter)]);
    y = reshaped(site, site.name("_shape"), site.uniform(y), shape);
    y = permuted(site, site.name("_order"), y, axes_of(order, einsum.output));
    if (!einsum.bias)
        return site.settled(y);
    FloatArray bias{{static_cast<std::uint32_t>(y.size())}, {}, einsum.bias->type, {}};
    const floating::Broadcast at(einsum.bias->shape, y.shape);
    for (std::size_t i = 0; i < y.size(); ++i)
        bias.values.push_back(einsum.bias->values[at(i)]);
    const Constant shift = site.constant(bias, "bias", y.units);
    double off = y.error;
    for (std::size_t i = 0; i < y.size(); ++i)
        off = std::max(off, y.error + std::abs(real(shift, i) * y.units.front() - bias.values[i]));
    y = affine(site, site.name("_bias"), y, std::nullopt, shift);
    y.error = off;
    return site.settled(y);
}

/// Channel by channel alike where it is so: {channels, positions} by a matrix of positions; else by one of elements.
Value lower(const import::Interpolate& layer, Site& site) {
    const Value x = site.uniform(site.in());
    const std::uint32_t channels = x.shape.back(), outputs = static_cast<std::uint32_t>(layer.parts.size());
    bool alike = outputs % channels == 0 && site.shape().back() == channels;
    for (std::uint32_t i = 0; i < outputs && alike; ++i) {
        const auto &own = layer.parts[i], &first = layer.parts[i - i % channels];
        alike = own.size() == first.size();
        for (std::size_t k = 0; k < own.size() && alike; ++k)
            alike = own[k].source == first[k].source + i % channels && own[k].factor == first[k].factor;
    }
    const std::uint32_t step = alike ? channels : 1;
    const std::uint32_t in = static_cast<std::uint32_t>(x.size()) / step, out = outputs / step;
    if (std::size_t{in} * out > most_weights)
        throw site.refuse(fmt::format("a mixing of {} elements into {} is too much for exact numerics", in, out),
                          "mix fewer elements at once");
    FloatArray weights{{in, out}, std::vector<double>(std::size_t{in} * out, 0.0), {}, {}};
    for (std::uint32_t i = 0; i < out; ++i)
        for (const auto& part : layer.parts[std::size_t{i} * step])
            weights.values[std::size_t{part.source / step} * out + i] += part.factor;
    const Value rows = reshaped(site, site.name("_rows"), x, {in, step});
    Value y = dense(site, site.name(), permuted(site, site.name("_channels"), rows, {1, 0}), weights, std::nullopt);
    y = permuted(site, site.name("_positions"), y, {1, 0});
    return site.settled(reshaped(site, site.name("_shape"), y, site.shape()));
}

} // namespace gw::quantize::exact
