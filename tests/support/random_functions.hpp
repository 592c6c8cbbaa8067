// Random ops that work element by element, or look values up.
#pragma once

#include "support/random_growth.hpp"

namespace gw::test {

/// For one value, one for each index of the last axis, or one each.
inline network::Shape any_spread(GrowingNetwork& grow, const network::Shape& shape) {
    const std::uint32_t all = static_cast<std::uint32_t>(network::elements(shape)),
                        last = shape.empty() ? 1 : shape.back();
    return {grow.draw.chance(3) ? 1 : grow.draw.chance(2) ? last : all};
}

/// Values among those that a tensor can have, or just beside.
inline network::Constant values_like(GrowingNetwork& grow, network::TensorId id, network::Shape shape) {
    network::Constant constant{std::move(shape), grow.draw.type_near(grow.range(id)), {}};
    constant.type.rounding = {};
    constant.type.overflow = {};
    for (std::size_t i = 0; i < network::elements(constant.shape); ++i)
        constant.raw.push_back(grow.draw.any_of(constant.type));
    return constant;
}

inline void add_affine(GrowingNetwork& grow) {
    network::Affine op{grow.any(), {}, {}, {}};
    const network::Shape shape = grow.tensor(op.input).shape;
    if (!grow.draw.chance(4))
        op.scale = grow.draw.constant(any_spread(grow, shape), 1);
    if (!grow.draw.chance(4))
        op.bias = grow.draw.constant(any_spread(grow, shape), 1);
    grow.add("affine", shape, std::move(op));
}

inline void add_divide(GrowingNetwork& grow) {
    network::Divide op{grow.any(), {}, {}};
    const network::Shape shape = grow.tensor(op.input).shape;
    op.divisor = grow.draw.constant(any_spread(grow, shape), 0);
    op.divisor.type.width = std::max(op.divisor.type.width, 2); // room for a 1
    for (std::int64_t& raw : op.divisor.raw)
        raw = raw <= 0 ? 1 : raw;
    grow.add("divide", shape, std::move(op));
}

inline void add_relu(GrowingNetwork& grow) {
    network::Relu op{grow.any(), {}, {}};
    if (grow.draw.chance(3)) {
        op.ceiling = grow.draw.constant({1}, 0);
        op.ceiling->raw.front() = std::max<std::int64_t>(op.ceiling->raw.front(), 0);
    }
    grow.add("relu", network::Shape(grow.tensor(op.input).shape), std::move(op));
}

inline void add_select(GrowingNetwork& grow) {
    const network::TensorId subject = grow.any();
    const network::Shape shape = grow.tensor(subject).shape;
    const auto side = [&] { return grow.draw.chance(2) ? subject : grow.of_shape(shape); };
    network::Select op{subject, side(), side(), {}, values_like(grow, subject, any_spread(grow, shape)), false};
    op.closed = grow.draw.chance(2);
    grow.add("select", shape, std::move(op));
}

inline void add_table(GrowingNetwork& grow) {
    network::Table op{};
    op.input = grow.any();
    const network::Tensor in = grow.tensor(op.input);
    op.fraction = in.types.front().fraction;
    for (const fixed::FixedType& type : in.types)
        op.fraction = std::max(op.fraction, type.fraction);
    op.fraction += static_cast<std::int32_t>(grow.below(3));
    const fixed::Interval range = aligned(grow.range(op.input), op.fraction);
    const fixed::Int128 span = range.high - range.low + 1;
    if (span > (fixed::Int128{1} << 56) || range.high > (fixed::Int128{1} << 56) ||
        range.low < -(fixed::Int128{1} << 56))
        return;
    const std::uint32_t points = grow.draw.extent(grow.draw.chance(6) ? 300 : 40);
    op.numerator = grow.draw.chance(4) ? -1 : grow.draw.chance(2) ? 1 : grow.draw.between(2, 5);
    op.denominator = std::max<std::int64_t>(1, static_cast<std::int64_t>(span) / points + grow.draw.between(-1, 1));
    if (grow.draw.chance(2)) // a whole number of bits is dropped
        for (std::int64_t rest = op.denominator, power = 1; rest > 0; rest /= 2, power *= 2)
            op.denominator = power;
    const auto first = static_cast<std::int64_t>(op.numerator < 0 ? range.high : range.low);
    op.offset = -(first / op.denominator * op.numerator) + grow.draw.between(-2, 2);
    op.towards_zero = grow.draw.chance(2);
    op.values = grow.draw.constant({points}, 1);
    grow.add("table", in.shape, std::move(op));
}

inline void add_steps(GrowingNetwork& grow) {
    network::Steps op{};
    op.input = grow.any();
    const network::Shape shape = grow.tensor(op.input).shape;
    const std::uint32_t count = grow.draw.extent(6), channels = shape.empty() ? 1 : shape.back();
    const auto shape_of = [&](std::uint32_t extent) {
        return grow.draw.chance(2) ? network::Shape{extent} : network::Shape{channels, extent};
    };
    op.thresholds = values_like(grow, op.input, shape_of(count));
    for (auto row = op.thresholds.raw.begin(); row != op.thresholds.raw.end(); row += count)
        std::sort(row, row + count);
    op.values = grow.draw.constant(shape_of(count + 1), 1);
    grow.add("steps", shape, std::move(op));
}

inline void add_merge(GrowingNetwork& grow) {
    network::Merge op{{grow.any()}, {}, static_cast<network::Merge::Kind>(grow.below(5))};
    const network::Shape shape = grow.tensor(op.inputs.front()).shape;
    const bool of_two = op.kind == network::Merge::Kind::difference || op.kind == network::Merge::Kind::product;
    for (std::uint32_t more = of_two ? 1 : grow.draw.extent(4) - 1; more > 0; --more)
        op.inputs.push_back(grow.of_shape(shape));
    grow.add("merge", shape, std::move(op));
}

inline void add_embedding(GrowingNetwork& grow) {
    const network::TensorId input = grow.any();
    network::Shape shape = grow.tensor(input).shape;
    shape.push_back(grow.draw.extent(4));
    if (network::elements(shape) <= GrowingNetwork::most_elements)
        grow.add("embedding", shape,
                 network::Embedding{input, {}, grow.draw.constant({grow.draw.extent(10), shape.back()}, 1)});
}

inline void add_requantise(GrowingNetwork& grow) {
    const network::TensorId input = grow.any();
    grow.add("requantise", network::Shape(grow.tensor(input).shape), network::Requantise{input, {}});
}

} // namespace gw::test
