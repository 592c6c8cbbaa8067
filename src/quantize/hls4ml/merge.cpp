// Layers of several inputs, and those that only move elements.
#include <algorithm>
#include <numeric>

#include "import/arrange.hpp"
#include "quantize/hls4ml/model.hpp"

namespace gw::quantize::as_hls4ml {

namespace {

using Kind = import::Merge::Kind;

/// hls4ml's rule holds the larger of both, with one more bit where an unsigned type meets a signed one.
FixedType united(const FixedType& a, const FixedType& b) {
    const bool is_signed = a.is_signed || b.is_signed;
    const int integer =
        std::max(a.integer() + (is_signed && !a.is_signed ? 1 : 0), b.integer() + (is_signed && !b.is_signed ? 1 : 0));
    const int fraction = std::max(a.fraction, b.fraction);
    return {integer + fraction, fraction, is_signed};
}

FixedType inferred(const Site& site, Kind kind, const FixedType& a, const FixedType& b) {
    switch (kind) {
    case Kind::add:
    case Kind::subtract:
    case Kind::average: {
        FixedType type = sum_type(a, b);
        type.is_signed = type.is_signed || kind == Kind::subtract;
        return limited(site, type);
    }
    case Kind::multiply:
        return limited(site, product_type(a, b));
    case Kind::maximum:
    case Kind::minimum:
        return a == b ? a : united(a, b);
    case Kind::divide:
        break;
    }
    throw site.refuse("hls4ml has no division of tensors");
}

network::Merge::Kind op_of(Kind kind) {
    switch (kind) {
    case Kind::subtract:
        return network::Merge::Kind::difference;
    case Kind::multiply:
        return network::Merge::Kind::product;
    case Kind::maximum:
        return network::Merge::Kind::maximum;
    case Kind::minimum:
        return network::Merge::Kind::minimum;
    default:
        return network::Merge::Kind::sum;
    }
}

} // namespace

FixedType limited(const Site& site, FixedType type) {
    if (const auto most = site.types().maximum()) {
        const int integer = std::min(type.integer(), most->integer()), width = std::min(type.width, most->width);
        type.width = width;
        type.fraction = width - integer;
    }
    return type;
}

Value rearranged(Site& site, const std::string& part, const std::vector<Value>& from, const Shape& shape,
                 std::vector<std::optional<std::uint32_t>> sources, const FixedType& type) {
    network::Rearrange op{};
    for (const Value& value : from)
        op.inputs.push_back(value.tensor);
    op.sources = std::move(sources);
    return site.emit(part, shape, type, std::move(op));
}

Value lower(const import::Merge& merge, Site& site) {
    if (site.layer().class_name == "Bidirectional")
        throw site.refuse("hls4ml has no bidirectional layers but with merge_mode concat");
    if (site.inputs() != 2)
        throw site.refuse("hls4ml merges two inputs");
    const Value a = site.in(0), b = site.in(1);
    if (a.shape != b.shape)
        throw site.refuse("merging tensors of different shapes has no hls4ml numerics");
    const auto configured = site.precision("result");
    const FixedType result = configured ? *configured : inferred(site, merge.kind, a.type, b.type);
    network::Merge op{{a.tensor, b.tensor}, {}, op_of(merge.kind)};
    if (merge.kind != Kind::average)
        return site.emit("", a.shape, result, std::move(op));
    const Value sum = site.emit("_sum", a.shape, sum_type(site.type_of(a), site.type_of(b)), std::move(op));
    return site.emit("", a.shape, result, network::Affine{sum.tensor, {}, Constant{{1}, {1, 1, false}, {1}}, {}});
}

Value lower(const import::Concatenate& layer, Site& site) {
    if (site.inputs() != 2)
        throw site.refuse("hls4ml concatenates two inputs");
    const Value a = site.in(0), b = site.in(1);
    FixedType type = a.type;
    if (!(a.type == b.type)) {
        type = limited(site, united(a.type, b.type));
        type.rounding = a.type.rounding != fixed::Rounding::trn ? a.type.rounding : b.type.rounding;
        type.overflow = a.type.overflow != fixed::Overflow::wrap ? a.type.overflow : b.type.overflow;
    }
    std::size_t inner = 1, outer = 1;
    for (std::size_t k = 0; k < site.shape().size(); ++k)
        (k < layer.axis ? outer : inner) *= k == layer.axis ? 1 : site.shape()[k];
    const std::size_t first = inner * a.shape[layer.axis], second = inner * b.shape[layer.axis];
    std::vector<std::optional<std::uint32_t>> sources;
    for (std::size_t block = 0; block < outer; ++block) {
        for (std::size_t i = 0; i < first; ++i)
            sources.emplace_back(static_cast<std::uint32_t>(block * first + i));
        for (std::size_t i = 0; i < second; ++i)
            sources.emplace_back(static_cast<std::uint32_t>(outer * first + block * second + i));
    }
    return rearranged(site, "", {a, b}, site.shape(), std::move(sources), site.precision("result").value_or(type));
}

Value lower(const import::Rearrange& layer, Site& site) {
    const Value x = site.in();
    if (layer.fill != 0)
        throw site.refuse("hls4ml pads with zeros only");
    return rearranged(site, "", {x}, site.shape(), layer.sources, x.type);
}

/// In io_parallel a reshape is a name for the same array, whatever type it was given; a stream is cast to its type,
/// unless it becomes a vector.
Value lower(const import::Reshape&, Site& site) {
    const Value x = site.in();
    const FixedType named = site.precision("result").value_or(x.type);
    const bool cast = site.stream() && site.shape().size() > 1;
    if (x.shape == site.shape() && !cast)
        return {x.tensor, named, x.shape};
    const auto count = static_cast<std::uint32_t>(network::elements(x.shape));
    std::vector<std::optional<std::uint32_t>> all = import::whole(count);
    Value y = rearranged(site, "", {x}, site.shape(), std::move(all), cast ? named : site.type_of(x));
    y.type = named;
    return y;
}

Value lower(const import::Linear& layer, Site& site) {
    if (layer.origin == import::Linear::Origin::flatten)
        return lower(import::Reshape{}, site);
    const Value x = site.in();
    return site.emit("", x.shape, site.or_default("result"), network::Requantise{x.tensor, {}});
}

} // namespace gw::quantize::as_hls4ml
