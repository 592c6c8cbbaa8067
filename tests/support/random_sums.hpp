// Random ops that sum: dense, convolutions, pools, reductions, products of matrices.
#pragma once

#include "support/random_growth.hpp"

namespace gw::test {

inline void add_dense(GrowingNetwork& grow, std::int64_t most_units) {
    const network::TensorId input = grow.of_rank(1 + grow.below(3));
    network::Shape shape = grow.tensor(input).shape;
    const std::uint32_t inputs = shape.back();
    shape.back() = grow.draw.extent(most_units);
    network::Dense op{input, {}, grow.draw.constant({inputs, shape.back()}, grow.below(8)), {}, {}};
    if (!grow.draw.chance(3))
        op.bias = grow.draw.constant({shape.back()}, 1);
    if (network::elements(shape) <= GrowingNetwork::most_elements)
        grow.add("dense", shape, std::move(op));
}

/// Over the spatial axes of `in`; `out` gets their extents. Windows may stand on padding at either end.
inline network::Window any_window(GrowingNetwork& grow, const network::Shape& in, network::Shape& out) {
    network::Window window;
    for (std::size_t axis = 0; axis + 1 < in.size(); ++axis) {
        window.size.push_back(grow.draw.extent(3));
        window.strides.push_back(grow.draw.chance(2) ? 1 : grow.draw.extent(3));
        window.dilation.push_back(grow.draw.chance(3) ? grow.draw.extent(3) : 1);
        const std::uint32_t reach = window.size.back() * window.dilation.back();
        window.pad_before.push_back(grow.draw.chance(2) ? 0 : grow.draw.extent(reach + 1) - 1);
        const std::uint32_t most = (in[axis] + window.pad_before.back() - 1) / window.strides.back() + 1;
        out.push_back(grow.draw.extent(std::min<std::uint32_t>(most, 5)));
    }
    return window;
}

inline void add_conv(GrowingNetwork& grow) {
    const network::TensorId input = grow.of_rank(2 + grow.below(2));
    const network::Shape in = grow.tensor(input).shape;
    network::Shape shape;
    network::Conv op{input, {}, any_window(grow, in, shape), 1, {}, {}, {}};
    op.groups = grow.draw.extent(in.back());
    while (in.back() % op.groups != 0)
        --op.groups;
    const std::uint32_t outputs = op.groups * grow.draw.extent(3);
    shape.push_back(outputs);
    network::Shape weights = op.window.size;
    weights.insert(weights.end(), {in.back() / op.groups, outputs});
    op.weights = grow.draw.constant(weights, grow.below(8));
    if (!grow.draw.chance(3))
        op.bias = grow.draw.constant({outputs}, 1);
    if (network::elements(shape) <= GrowingNetwork::most_elements)
        grow.add("conv", shape, std::move(op));
}

inline void add_pool(GrowingNetwork& grow) {
    const network::TensorId input = grow.of_rank(2 + grow.below(2));
    const network::Shape in = grow.tensor(input).shape;
    network::Shape shape;
    network::Pool op{input, {}, network::Pool::Kind::maximum, any_window(grow, in, shape), {}, {}};
    shape.push_back(in.back());
    if (grow.draw.chance(2))
        op.kind = network::Pool::Kind::sum;
    if (grow.draw.chance(3))
        op.padding = grow.draw.constant({1}, 1);
    grow.add("pool", shape, std::move(op));
}

inline void add_reduce(GrowingNetwork& grow) {
    const network::TensorId input = grow.of_rank(1 + grow.below(3));
    network::Shape shape = grow.tensor(input).shape;
    network::Reduce op{input, {}, static_cast<network::Reduce::Kind>(grow.below(3)), {}, {}};
    if (grow.draw.chance(2))
        op.order = network::Reduce::Order::tree;
    if (grow.draw.chance(2))
        shape.back() = 1;
    else
        shape.pop_back();
    grow.add("reduce", shape, op);
}

inline void add_matmul(GrowingNetwork& grow) {
    const network::TensorId left = grow.of_rank(3);
    const network::Shape a = grow.tensor(left).shape;
    const network::TensorId right = grow.of_shape({a[0], a[2], grow.draw.extent(4)});
    network::MatMul op{left, right, {}, {}};
    grow.add("matmul", {a[0], a[1], grow.tensor(right).shape[2]}, op);
}

} // namespace gw::test
