// Networks to measure the estimator on, drawn by family and seed. A family says what kind of hardware a network is of:
// sums, conversions, tables, products, windows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "network/network.hpp"
#include "network/range.hpp"
#include "network/verify.hpp"
#include "support/error.hpp"
#include "support/random_network.hpp"
#include "support/rng.hpp"

namespace gw::bench {

using network::TensorId;

/// How the values and weights of one network look.
struct Style {
    int input_bits = 8, weight_bits = 6, value_bits = 8;
    int zero_percent = 30;    ///< weights that are 0
    bool mixed_types = false; ///< a type of its own for each element
    bool rounds = false;      ///< to nearest instead of down
    bool saturates = false;
};

class Designer {
  public:
    Designer(std::string name, std::uint64_t seed) : random_(seed * 7919 + name.size()) { network_.name = name; }

    std::int64_t between(std::int64_t low, std::int64_t high) { return random_.between(low, high); }
    bool chance(std::uint64_t one_in) { return random_.below(one_in) == 0; }
    support::Random& random() { return random_; }
    Style style;

    void draw_style() {
        style.input_bits = static_cast<int>(between(3, 12));
        style.weight_bits = static_cast<int>(between(2, 8));
        style.value_bits = static_cast<int>(between(3, 12));
        style.zero_percent = static_cast<int>(between(0, 80));
        style.mixed_types = chance(2);
        style.rounds = chance(2);
        style.saturates = chance(2);
    }

    TensorId input(network::Shape shape) {
        const fixed::FixedType type{style.input_bits, style.input_bits - 2, true, {}, {}};
        const TensorId id = network_.add({"x", std::move(shape), {type}});
        network_.inputs = {id};
        return id;
    }

    TensorId dense(TensorId from, std::uint32_t outputs) {
        network::Shape shape = network_.tensor(from).shape;
        const std::uint32_t inputs = shape.back();
        shape.back() = outputs;
        network::Dense op{from, {}, weights({inputs, outputs}), weights({outputs}, 0), {}};
        return add("dense", std::move(shape), std::move(op));
    }

    TensorId conv(TensorId from, std::uint32_t size, std::uint32_t channels) {
        const network::Shape in = network_.tensor(from).shape;
        network::Conv op{from, {}, {}, 1, {}, {}, {}};
        network::Shape shape, kernel;
        for (std::size_t axis = 0; axis + 1 < in.size(); ++axis) {
            const std::uint32_t extent = std::min(size, in[axis]);
            op.window.size.push_back(extent);
            op.window.strides.push_back(1);
            op.window.dilation.push_back(1);
            op.window.pad_before.push_back(0);
            kernel.push_back(extent);
            shape.push_back(in[axis] - extent + 1);
        }
        kernel.insert(kernel.end(), {in.back(), channels});
        shape.push_back(channels);
        op.weights = weights(kernel);
        op.bias = weights({channels}, 0);
        return add("conv", std::move(shape), std::move(op));
    }

    TensorId pool(TensorId from, network::Pool::Kind kind) {
        const network::Shape in = network_.tensor(from).shape;
        network::Pool op{from, {}, kind, {}, {}, {}};
        network::Shape shape;
        for (std::size_t axis = 0; axis + 1 < in.size(); ++axis) {
            op.window.size.push_back(std::min(2U, in[axis]));
            op.window.strides.push_back(2);
            op.window.dilation.push_back(1);
            op.window.pad_before.push_back(0);
            shape.push_back(std::max(1U, in[axis] / 2));
        }
        shape.push_back(in.back());
        return add("pool", std::move(shape), std::move(op));
    }

    TensorId relu(TensorId from) {
        return add("relu", network::Shape(network_.tensor(from).shape), network::Relu{from, {}, {}});
    }

    TensorId requantise(TensorId from) {
        return add("requantise", network::Shape(network_.tensor(from).shape), network::Requantise{from, {}});
    }

    /// A smooth function, or a random one, of at most 2^bits points over the input's range.
    TensorId table(TensorId from, int bits, int value_bits, double (*function)(double)) {
        network::Table op{from, {}, 0, 1, 1, false, 0, {}};
        const network::Tensor& in = network_.tensor(from);
        for (const fixed::FixedType& type : in.types)
            op.fraction = std::max(op.fraction, type.fraction);
        fixed::Int128 low = 0, high = 0;
        for (const fixed::FixedType& type : in.types) {
            const fixed::Interval range = fixed::aligned(fixed::Interval::of(type), op.fraction);
            low = std::min(low, range.low);
            high = std::max(high, range.high);
        }
        const auto points = std::min<std::int64_t>(std::int64_t{1} << bits, static_cast<std::int64_t>(high - low + 1));
        while (static_cast<std::int64_t>(high - low) / op.denominator >= points)
            op.denominator *= 2;
        op.offset =
            -static_cast<std::int64_t>(std::floor(static_cast<double>(low) / static_cast<double>(op.denominator)));
        op.values = {{static_cast<std::uint32_t>(points)}, {value_bits, value_bits - 1, true, {}, {}}, {}};
        for (std::int64_t i = 0; i < points; ++i) {
            const double at = 8.0 * static_cast<double>(i) / static_cast<double>(points) - 4.0;
            const auto largest = static_cast<double>((std::int64_t{1} << (value_bits - 1)) - 1);
            op.values.raw.push_back(
                function == nullptr ? between(-static_cast<std::int64_t>(largest), static_cast<std::int64_t>(largest))
                                    : static_cast<std::int64_t>(std::lround(function(at) * largest)));
        }
        const fixed::FixedType type = op.values.type;
        const TensorId out = add("table", network::Shape(in.shape), std::move(op));
        network_.tensor(out).types = {type};
        return out;
    }

    TensorId merge(std::vector<TensorId> from, network::Merge::Kind kind) {
        const network::Shape shape = network_.tensor(from.front()).shape;
        return add("merge", shape, network::Merge{std::move(from), {}, kind});
    }

    TensorId rearrange(TensorId from, network::Shape shape, std::vector<std::optional<std::uint32_t>> sources) {
        const network::Tensor in = network_.tensor(from);
        const TensorId out =
            network_.add({"t" + std::to_string(network_.tensors.size()), std::move(shape), {in.types.front()}});
        if (in.types.size() > 1) {
            network_.tensor(out).types.clear();
            for (const auto& source : sources)
                network_.tensor(out).types.push_back(in.type(source.value_or(0)));
        }
        network_.ops.push_back(
            {"op" + std::to_string(network_.ops.size()), network::Rearrange{{from}, out, std::move(sources)}});
        return out;
    }

    TensorId flat(TensorId from) {
        std::vector<std::optional<std::uint32_t>> sources;
        for (std::uint32_t i = 0; i < network_.tensor(from).size(); ++i)
            sources.emplace_back(i);
        const auto size = static_cast<std::uint32_t>(sources.size());
        return rearrange(from, {size}, std::move(sources));
    }

    TensorId reduce(TensorId from, network::Reduce::Kind kind) {
        network::Shape shape = network_.tensor(from).shape;
        shape.back() = 1;
        return add("reduce", std::move(shape), network::Reduce{from, {}, kind, network::Reduce::Order::sequential, {}});
    }

    const network::Tensor& tensor(TensorId id) const { return network_.tensor(id); }

    network::Network finish(TensorId output) {
        network_.outputs = {output};
        network::require_sound(network_, network_.name);
        return network_;
    }

  private:
    network::Constant weights(network::Shape shape, int zero_percent) {
        network::Constant result;
        result.type = {style.weight_bits, style.weight_bits - 1, true, {}, {}};
        const std::int64_t most = (std::int64_t{1} << (style.weight_bits - 1)) - 1;
        for (std::size_t i = 0; i < network::elements(shape); ++i)
            result.raw.push_back(between(0, 99) < zero_percent ? 0 : between(-most, most));
        result.shape = std::move(shape);
        return result;
    }
    network::Constant weights(network::Shape shape) { return weights(std::move(shape), style.zero_percent); }

    /// The op, whose output has types that hold most of its values.
    template <class Body> TensorId add(const char* kind, network::Shape shape, Body body) {
        const std::size_t size = network::elements(shape);
        const std::size_t types = style.mixed_types ? size : 1;
        body.output = network_.add({"t" + std::to_string(network_.tensors.size()), std::move(shape),
                                    std::vector<fixed::FixedType>(types, fixed::FixedType{8, 4, true, {}, {}})});
        const TensorId output = body.output;
        network_.ops.push_back({std::string(kind) + std::to_string(network_.ops.size()), std::move(body)});
        const auto ranges = network::infer_ranges(network_).before_cast.at(static_cast<std::size_t>(output));
        for (std::size_t i = 0; i < types; ++i) {
            fixed::Interval range = ranges[i];
            if (types == 1)
                for (const fixed::Interval& other : ranges)
                    range = fixed::united(range, other);
            network_.tensor(output).types[i] = type_for(range);
        }
        return output;
    }

    fixed::FixedType type_for(const fixed::Interval& range) {
        fixed::FixedType type;
        type.is_signed = range.low < 0;
        type.width = std::max(2, style.value_bits + (style.mixed_types ? static_cast<int>(between(-2, 1)) : 0));
        const int highest =
            std::max(fixed::magnitude_bits(range.low), fixed::magnitude_bits(range.high)) - range.fraction;
        // sums seldom reach their ends: saturating types give a bit or two away
        type.fraction =
            type.width - (type.is_signed ? 1 : 0) - highest + (style.saturates ? static_cast<int>(between(0, 2)) : 0);
        type.rounding = style.rounds ? fixed::Rounding::rnd : fixed::Rounding::trn;
        type.overflow = style.saturates ? fixed::Overflow::sat : fixed::Overflow::wrap;
        return type;
    }

    support::Random random_;
    network::Network network_;
};

inline double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}
inline double inverse(double x) {
    return 0.2 / (x + 4.3);
}
inline double growth(double x) {
    return std::exp(x - 4);
}

/// Layers of products and rectifiers.
inline network::Network draw_dense(Designer& make, std::int64_t layers, std::int64_t widest) {
    TensorId at = make.input({static_cast<std::uint32_t>(make.between(3, widest))});
    for (std::int64_t i = 0; i < layers; ++i) {
        at = make.dense(at, static_cast<std::uint32_t>(make.between(3, widest)));
        if (i + 1 < layers)
            at = make.relu(at);
    }
    return make.finish(at);
}

inline network::Network draw_tables(Designer& make) {
    double (*functions[])(double) = {sigmoid, nullptr, std::tanh, growth};
    TensorId at = make.input({static_cast<std::uint32_t>(make.between(3, 10))});
    for (std::int64_t i = make.between(1, 2); i > 0; --i) {
        at = make.dense(at, static_cast<std::uint32_t>(make.between(3, 10)));
        at = make.table(at, static_cast<int>(make.between(3, 9)), static_cast<int>(make.between(3, 10)),
                        functions[make.between(0, 3)]);
    }
    return make.finish(make.dense(at, 3));
}

inline network::Network draw_products(Designer& make) {
    const TensorId x = make.input({static_cast<std::uint32_t>(make.between(3, 8))});
    const auto units = static_cast<std::uint32_t>(make.between(2, 6));
    const TensorId a = make.dense(x, units), b = make.dense(x, units);
    using Kind = network::Merge::Kind;
    const TensorId product = make.merge({a, b}, Kind::product);
    const TensorId other = make.merge({a, b}, make.chance(2) ? Kind::maximum : Kind::sum);
    return make.finish(make.dense(make.merge({product, other}, Kind::sum), 3));
}

/// Windows over one or two axes, a pool, a dense layer.
inline network::Network draw_windows(Designer& make) {
    const bool plane = make.chance(2);
    network::Shape shape{static_cast<std::uint32_t>(plane ? make.between(4, 6) : make.between(6, 12))};
    if (plane)
        shape.push_back(static_cast<std::uint32_t>(make.between(4, 6)));
    shape.push_back(static_cast<std::uint32_t>(make.between(1, 3)));
    TensorId at = make.input(shape);
    at = make.relu(make.conv(at, 3, static_cast<std::uint32_t>(make.between(2, 4))));
    at = make.pool(at, make.chance(2) ? network::Pool::Kind::maximum : network::Pool::Kind::sum);
    return make.finish(make.dense(make.flat(at), static_cast<std::uint32_t>(make.between(2, 6))));
}

/// exp by table, their sum, one over it by table, products.
inline network::Network draw_softmax(Designer& make) {
    const auto classes = static_cast<std::uint32_t>(make.between(3, 6));
    TensorId at = make.input({static_cast<std::uint32_t>(make.between(4, 12))});
    at = make.dense(make.relu(make.dense(at, static_cast<std::uint32_t>(make.between(4, 12)))), classes);
    const TensorId powers =
        make.table(at, static_cast<int>(make.between(5, 9)), static_cast<int>(make.between(5, 10)), growth);
    TensorId total = make.reduce(powers, network::Reduce::Kind::sum);
    total = make.table(total, static_cast<int>(make.between(5, 9)), static_cast<int>(make.between(5, 10)), inverse);
    std::vector<std::optional<std::uint32_t>> same(classes, 0U);
    return make.finish(make.merge({powers, make.rearrange(total, {classes}, same)}, network::Merge::Kind::product));
}

/// @param family dense, wide, narrow, trigger, rounding, tables, products, windows, softmax, ops (every op, as the
/// tests draw it)
inline network::Network draw_design(const std::string& family, std::uint64_t seed) {
    Designer make(family, seed);
    make.draw_style();
    if (family == "dense")
        return draw_dense(make, make.between(1, 3), 16);
    if (family == "wide")
        return draw_dense(make, 1, 48);
    if (family == "narrow") { // few bits, most weights 0, a type an element: what learned widths give
        make.style = {static_cast<int>(make.between(2, 6)),
                      static_cast<int>(make.between(2, 4)),
                      static_cast<int>(make.between(3, 6)),
                      static_cast<int>(make.between(60, 90)),
                      true,
                      make.chance(2),
                      make.chance(2)};
        return draw_dense(make, make.between(2, 4), 32);
    }
    if (family == "trigger") { // layers like the demo's muon network, 18-48-24-16-1, pruned weights of 6 bits
        make.style = {8, 6, 7, 80, false, false, true};
        TensorId at = make.input({18});
        for (const std::uint32_t units : {48U, 24U, 16U})
            at = make.relu(make.dense(at, units));
        return make.finish(make.dense(at, 1));
    }
    if (family == "rounding") {
        make.style.rounds = make.style.saturates = true;
        return draw_dense(make, make.between(1, 4), 10);
    }
    if (family == "tables")
        return draw_tables(make);
    if (family == "products")
        return draw_products(make);
    if (family == "windows")
        return draw_windows(make);
    if (family == "softmax")
        return draw_softmax(make);
    if (family == "ops") {
        test::RandomNetworkOptions options;
        options.kinds = test::every_kind();
        options.widest = 12;
        return test::random_network(make.random(), options);
    }
    throw support::user_error("no family of designs is called " + family, "bench/estimate");
}

} // namespace gw::bench
