#include "network/network.hpp"

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
    for (const std::uint32_t extent : shape)
        product *= extent;
    return product;
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

TensorId input_of(const Op& op) {
    return std::visit([](const auto& body) { return body.input; }, op.body);
}

TensorId output_of(const Op& op) {
    return std::visit([](const auto& body) { return body.output; }, op.body);
}

} // namespace gw::network
