// Products with constants: position by position.
#include "datapath/lower_ops.hpp"
#include "network/window.hpp"

namespace gw::datapath {

namespace {

std::vector<FixedType> types_of(const network::Tensor& tensor, std::size_t first, std::size_t count) {
    std::vector<FixedType> types;
    for (std::size_t j = 0; j < count; ++j)
        types.push_back(tensor.type(first + j));
    return types;
}

/// Columns [first, first + count) of a matrix or a bias.
std::vector<std::int64_t> columns(const network::Constant& matrix, std::size_t first, std::size_t count) {
    const std::size_t all = matrix.shape.back();
    std::vector<std::int64_t> part;
    for (std::size_t at = 0; at < matrix.raw.size(); at += all)
        for (std::size_t j = 0; j < count; ++j)
            part.push_back(matrix.raw[at + first + j]);
    return part;
}

ConstantProduct product_of(const network::Constant& weights, const std::optional<network::Constant>& bias,
                           const network::Accumulator& accumulator, std::size_t first, std::size_t count) {
    ConstantProduct product{columns(weights, first, count), weights.type.fraction, {}, 0, accumulator, {}};
    if (bias) {
        product.bias = columns(*bias, first, count);
        product.bias_fraction = bias->type.fraction;
    }
    return product;
}

} // namespace

Nodes lower(const network::Dense& op, const OpSite& site) {
    const std::size_t inputs = op.weights.shape[0], outputs = op.weights.shape[1];
    ConstantProduct product = product_of(op.weights, op.bias, op.accumulator, 0, outputs);
    Nodes results;
    for (std::size_t at = 0; at < site.out.size(); at += outputs) {
        const auto first = site.x().begin() + static_cast<std::ptrdiff_t>(at / outputs * inputs);
        product.types = types_of(site.out, at, outputs);
        const Nodes part =
            lower_product(site.builder, site.solver, product, {first, first + static_cast<std::ptrdiff_t>(inputs)});
        results.insert(results.end(), part.begin(), part.end());
    }
    return results;
}

Nodes lower(const network::Conv& op, const OpSite& site) {
    const network::Shape& in = site.network.tensor(op.input).shape;
    const network::Shape from = network::spatial(in), to = network::spatial(site.out.shape);
    const std::size_t channels = in.back(), outputs = site.out.shape.back();
    const std::size_t depth = channels / op.groups, width = outputs / op.groups;
    std::vector<ConstantProduct> products;
    for (std::size_t group = 0; group < op.groups; ++group)
        products.push_back(product_of(op.weights, op.bias, op.accumulator, group * width, width));
    Nodes results;
    for (std::size_t at = 0; at < site.out.size(); at += outputs) {
        const auto taps = network::seen(op.window, from, to, at / outputs);
        for (std::size_t group = 0; group < op.groups; ++group) {
            Nodes x;
            for (const auto& tap : taps)
                for (std::size_t c = 0; c < depth; ++c)
                    x.push_back(tap ? site.x()[*tap * channels + group * depth + c] : site.zero());
            products[group].types = types_of(site.out, at + group * width, width);
            const Nodes part = lower_product(site.builder, site.solver, products[group], x);
            results.insert(results.end(), part.begin(), part.end());
        }
    }
    return results;
}

Nodes lower(const network::Affine& op, const OpSite& site) {
    Nodes results;
    for (std::size_t i = 0; i < site.x().size(); ++i) {
        ConstantProduct product{{1}, 0, {}, 0, {}, {site.out.type(i)}};
        if (op.scale) {
            product.weights = {op.scale->at(i)};
            product.weight_fraction = op.scale->type.fraction;
        }
        if (op.bias) {
            product.bias = {op.bias->at(i)};
            product.bias_fraction = op.bias->type.fraction;
        }
        results.push_back(lower_product(site.builder, site.solver, product, {site.x()[i]}).front());
    }
    return results;
}

} // namespace gw::datapath
