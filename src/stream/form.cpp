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

/// Whether an op works element by element, its constants being those of every beat.
struct ByElement {
    std::size_t channels; ///< of a beat

    bool operator()(const network::Requantise&) const { return true; }
    bool operator()(const network::Relu&) const { return true; }
    bool operator()(const network::Table&) const { return true; }
    bool operator()(const network::Merge&) const { return true; }
    bool operator()(const network::Steps& op) const { return by_row(op.thresholds) && by_row(op.values); }
    bool operator()(const network::Affine& op) const {
        return (!op.scale || by_channel(*op.scale, channels)) && (!op.bias || by_channel(*op.bias, channels));
    }
    bool operator()(const network::Divide& op) const { return by_channel(op.divisor, channels); }
    bool operator()(const network::Select& op) const { return by_channel(op.threshold, channels); }
    template <typename Other> bool operator()(const Other&) const { return false; }

  private:
    /// Of a table with one row for all, or one a channel.
    bool by_row(const network::Constant& rows) const {
        return rows.shape.size() == 1 || channels % rows.shape.front() == 0;
    }
};

bool along_last_axis(const Op& op) {
    return std::holds_alternative<network::Dense>(op.body) || std::holds_alternative<network::Reduce>(op.body);
}

} // namespace

std::uint32_t positions(const Tensor& tensor) {
    std::uint32_t product = 1;
    for (std::size_t axis = 0; axis + 1 < tensor.shape.size(); ++axis)
        product *= tensor.shape[axis];
    return product;
}

std::optional<std::vector<network::FixedType>> beat_types(const Tensor& tensor, std::uint32_t beats) {
    const std::size_t size = tensor.size() / beats;
    std::vector<network::FixedType> types;
    for (std::size_t i = 0; i < tensor.size(); ++i) {
        if (i < size)
            types.push_back(tensor.type(i));
        else if (types[i % size] != tensor.type(i))
            return std::nullopt;
    }
    return types;
}

bool works_by_position(const Network& network, const Op& op) {
    const Tensor& out = network.tensor(network::output_of(op));
    for (const network::TensorId id : network::inputs_of(op)) {
        const Tensor& in = network.tensor(id);
        // A reduction may drop its axis: then the last one of the result is no channel.
        if (in.shape.size() != out.shape.size() || positions(in) != positions(out) || !beat_types(in, positions(in)))
            return false;
    }
    const Tensor& first = network.tensor(network::inputs_of(op).front());
    return beat_types(out, positions(out)) && !first.shape.empty() &&
           (along_last_axis(op) || std::visit(ByElement{first.shape.back()}, op.body));
}

bool works_by_beat(const Network& network, const Op& op, std::uint32_t beats) {
    const Tensor& out = network.tensor(network::output_of(op));
    for (const network::TensorId id : network::inputs_of(op))
        if (network.tensor(id).size() != out.size() || !beat_types(network.tensor(id), beats))
            return false;
    return out.size() % beats == 0 && beat_types(out, beats) && std::visit(ByElement{out.size() / beats}, op.body);
}

std::optional<std::vector<std::int64_t>> window_padding(const Network& network, const Op& op) {
    const auto* conv = std::get_if<network::Conv>(&op.body);
    const auto* pool = std::get_if<network::Pool>(&op.body);
    if (conv == nullptr && pool == nullptr)
        return std::nullopt;
    const Tensor& in = network.tensor(network::input_of(op));
    const Tensor& out = network.tensor(network::output_of(op));
    const auto types = beat_types(in, positions(in));
    if (!types || !beat_types(out, positions(out)) || in.shape.size() > 3)
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

Tensor at_one_beat(const Tensor& tensor, std::uint32_t beats) {
    Tensor one{tensor.name, tensor.shape, *beat_types(tensor, beats)};
    std::fill(one.shape.begin(), one.shape.end(), 1);
    if (!one.shape.empty())
        one.shape.back() = static_cast<std::uint32_t>(one.types.size());
    return one;
}

} // namespace gw::stream
