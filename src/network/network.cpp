#include "network/network.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace gw::network {
namespace {

std::size_t total(const Network& network, const std::vector<TensorId>& ids) {
    std::size_t sum = 0;
    for (const TensorId id : ids)
        sum += network.tensor(id).size();
    return sum;
}

} // namespace

std::size_t elements(const Shape& shape) {
    std::size_t product = 1;
    bool fits = true;
    for (const std::uint32_t extent : shape) {
        if (extent == 0)
            return 0;
        fits = fits && product <= std::numeric_limits<std::size_t>::max() / extent;
        product *= extent;
    }
    return fits ? product : std::numeric_limits<std::size_t>::max();
}

TensorId Network::add(Tensor tensor) {
    tensors.push_back(std::move(tensor));
    return static_cast<TensorId>(tensors.size() - 1);
}

std::size_t Network::input_size() const {
    return total(*this, inputs);
}
std::size_t Network::output_size() const {
    return total(*this, outputs);
}

std::size_t table_index(const Table& op, fixed::Int128 mantissa) {
    const fixed::Int128 above = mantissa * op.numerator;
    fixed::Int128 index = above / op.denominator; // towards zero
    if (!op.towards_zero && above % op.denominator < 0)
        --index;
    const auto last = static_cast<fixed::Int128>(op.values.raw.size()) - 1;
    return static_cast<std::size_t>(std::clamp<fixed::Int128>(index + op.offset, 0, last));
}

std::vector<TensorId> inputs_of(const Op& op) {
    return std::visit(
        [](const auto& body) -> std::vector<TensorId> {
            if constexpr (requires { body.inputs; })
                return body.inputs;
            else if constexpr (requires { body.subject; })
                return {body.subject, body.above, body.below};
            else if constexpr (requires { body.left; })
                return {body.left, body.right};
            else
                return {body.input};
        },
        op.body);
}

TensorId input_of(const Op& op) {
    return inputs_of(op).at(0);
}

TensorId output_of(const Op& op) {
    return std::visit([](const auto& body) { return body.output; }, op.body);
}

const char* kind_of(const Op& op) {
    static constexpr std::array<const char*, std::variant_size_v<OpBody>> names{
        "dense", "conv",  "pool",  "reduce", "affine",    "divide",    "relu",      "select",
        "table", "steps", "merge", "matmul", "rearrange", "embedding", "requantise"};
    return names[op.body.index()];
}

} // namespace gw::network
