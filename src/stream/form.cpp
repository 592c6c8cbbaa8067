#include "stream/form.hpp"

#include <algorithm>

#include "network/window.hpp"

namespace gw::stream {

namespace {

using network::Network;
using network::Op;
using network::Tensor;

/// Constants that tell elements apart do so by the last axis at most.
bool by_channel(const network::Constant& values, std::size_t channels) {
    return channels % values.raw.size() == 0;
}

struct ByPosition {
    std::size_t channels; ///< of the first input

    bool operator()(const network::Dense&) const { return true; }
    bool operator()(const network::Reduce&) const { return true; }
    bool operator()(const network::Requantise&) const { return true; }
    bool operator()(const network::Relu&) const { return true; }
    bool operator()(const network::Table&) const { return true; }
    bool operator()(const network::Steps&) const { return true; }
    bool operator()(const network::Merge&) const { return true; }
    bool operator()(const network::Affine& op) const {
        return (!op.scale || by_channel(*op.scale, channels)) && (!op.bias || by_channel(*op.bias, channels));
    }
    bool operator()(const network::Divide& op) const { return by_channel(op.divisor, channels); }
    bool operator()(const network::Select& op) const { return by_channel(op.threshold, channels); }
    template <typename Other> bool operator()(const Other&) const { return false; }
};

} // namespace

std::uint32_t positions(const Tensor& tensor) {
    std::uint32_t product = 1;
    for (std::size_t axis = 0; axis + 1 < tensor.shape.size(); ++axis)
        product *= tensor.shape[axis];
    return product;
}

std::optional<std::vector<network::FixedType>> channel_types(const Tensor& tensor) {
    const std::size_t channels = tensor.shape.empty() ? 1 : tensor.shape.back();
    std::vector<network::FixedType> types;
    for (std::size_t i = 0; i < tensor.size(); ++i) {
        if (i < channels)
            types.push_back(tensor.type(i));
        else if (types[i % channels] != tensor.type(i))
            return std::nullopt;
    }
    return types;
}

bool works_by_position(const Network& network, const Op& op) {
    const Tensor& out = network.tensor(network::output_of(op));
    for (const network::TensorId id : network::inputs_of(op)) {
        const Tensor& in = network.tensor(id);
        // A reduction may drop its axis: then the last one of the result is no channel.
        if (in.shape.size() != out.shape.size() || positions(in) != positions(out) || !channel_types(in))
            return false;
    }
    const Tensor& first = network.tensor(network::inputs_of(op).front());
    return channel_types(out) && !first.shape.empty() && std::visit(ByPosition{first.shape.back()}, op.body);
}

std::optional<std::vector<std::int64_t>> window_padding(const Network& network, const Op& op) {
    const auto* conv = std::get_if<network::Conv>(&op.body);
    const auto* pool = std::get_if<network::Pool>(&op.body);
    if (conv == nullptr && pool == nullptr)
        return std::nullopt;
    const Tensor& in = network.tensor(network::input_of(op));
    const Tensor& out = network.tensor(network::output_of(op));
    const auto types = channel_types(in);
    if (!types || !channel_types(out) || in.shape.size() > 3)
        return std::nullopt;
    std::vector<std::int64_t> padding(types->size(), 0);
    if (pool == nullptr || (pool->kind == network::Pool::Kind::sum && !pool->padding))
        return padding; // a term 0 changes no sum
    const network::Shape from = network::spatial(in.shape), to = network::spatial(out.shape);
    bool sees_padding = false;
    for (std::size_t p = 0; p < network::elements(to); ++p) {
        const auto taps = network::seen(pool->window, from, to, p);
        sees_padding = sees_padding || std::find(taps.begin(), taps.end(), std::nullopt) != taps.end();
        if (!pool->padding && std::none_of(taps.begin(), taps.end(), [](const auto& tap) { return tap.has_value(); }))
            return std::nullopt; // a maximum over nothing
    }
    for (std::size_t c = 0; c < padding.size() && sees_padding; ++c) {
        const network::FixedType& type = (*types)[c];
        if (!pool->padding) { // the least value wins over nothing
            padding[c] = static_cast<std::int64_t>(type.lowest());
            continue;
        }
        const auto raw = pool->padding->raw.front();
        const std::int32_t fraction = pool->padding->type.fraction;
        const fixed::Int128 value = fixed::cast(raw, fraction, type);
        const std::int32_t common = std::max(fraction, type.fraction);
        if (value * (fixed::Int128{1} << (common - type.fraction)) !=
            fixed::Int128{raw} * (fixed::Int128{1} << (common - fraction)))
            return std::nullopt; // no value of the image's own type
        padding[c] = static_cast<std::int64_t>(value);
    }
    return padding;
}

Tensor at_one_position(const Tensor& tensor) {
    Tensor one{tensor.name, tensor.shape, *channel_types(tensor)};
    for (std::size_t axis = 0; axis + 1 < one.shape.size(); ++axis)
        one.shape[axis] = 1;
    return one;
}

} // namespace gw::stream
