// One layer each, in binary64. See evaluate.hpp; files by family.
#pragma once

#include "floating/evaluate.hpp"

namespace gw::floating {

/// What a layer sees: its inputs with their shapes, and the shape of its output.
struct Context {
    const import::Graph& graph;
    const import::Layer& layer;
    const std::vector<const Values*>& inputs;

    const Values& x(std::size_t k = 0) const { return *inputs.at(k); }
    const import::Shape& in(std::size_t k = 0) const { return graph.layer(layer.inputs.at(k)).shape; }
    const import::Shape& out() const { return layer.shape; }
    std::size_t size() const { return network::elements(layer.shape); }
};

// linear.cpp
Values compute(const import::Dense& dense, const Context& context);
Values compute(const import::Conv& conv, const Context& context);
Values compute(const import::ConvTranspose& conv, const Context& context);
Values compute(const import::BatchNorm& norm, const Context& context);
Values compute(const import::Scale& scale, const Context& context);
Values compute(const import::Einsum& einsum, const Context& context);
Values compute(const import::Interpolate& interpolate, const Context& context);
// elementwise.cpp
double apply(const import::Function& function, double x);
double apply(const import::Relu& relu, double x);
Values compute(const import::Relu& relu, const Context& context);
Values compute(const import::PRelu& relu, const Context& context);
Values compute(const import::Function& function, const Context& context);
Values compute(const import::Steps& steps, const Context& context);
Values compute(const import::Merge& merge, const Context& context);
// quantise.cpp
/// The code of x, in steps of 1 (types may have fraction bits), for one element's type, scale and zero point.
double code_of(const import::Quantise& quantise, const fixed::FixedType& type, double x, std::optional<double> scale,
               std::optional<double> zero);
Values compute(const import::Quantise& quantise, const Context& context);
// reduction.cpp
Values compute(const import::Pool& pool, const Context& context);
Values compute(const import::Reduce& reduce, const Context& context);
Values compute(const import::Softmax& softmax, const Context& context);
Values compute(const import::Normalise& normalise, const Context& context);
// movement.cpp
Values compute(const import::Constant& constant, const Context& context);
Values compute(const import::Concatenate& concatenate, const Context& context);
Values compute(const import::Rearrange& rearrange, const Context& context);
Values compute(const import::Embedding& embedding, const Context& context);
Values compute(const import::Reshape& reshape, const Context& context);
Values compute(const import::Linear& linear, const Context& context);
// recurrent.cpp
Values compute(const import::Recurrent& recurrent, const Context& context);

} // namespace gw::floating
