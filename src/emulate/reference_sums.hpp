// The ops of the plain evaluation that sum, and pools, which look through windows. See reference.hpp.
#pragma once

#include "emulate/reference.hpp"

namespace gw::emulate::plain {

/// A tensor of one event, element by element as an exact value.
struct Seen {
    const network::Tensor& tensor;
    const Values& raw;
    Exact operator[](std::size_t i) const { return {raw[i], tensor.type(i).fraction}; }
    std::size_t size() const { return raw.size(); }
};

std::vector<Exact> dense(const network::Dense& op, const Seen& x, const network::Tensor& out);
std::vector<Exact> conv(const network::Conv& op, const Seen& x, const network::Tensor& out);
std::vector<Exact> pool(const network::Pool& op, const Seen& x, const network::Tensor& out);
std::vector<Exact> reduce(const network::Reduce& op, const Seen& x);
std::vector<Exact> matmul(const network::MatMul& op, const Seen& left, const Seen& right);

} // namespace gw::emulate::plain
