#include "network/elements.hpp"

namespace gw::network {

std::vector<FixedType> element_types(const Network& network, const std::vector<TensorId>& tensors) {
    std::vector<FixedType> types;
    for (const TensorId id : tensors)
        for (std::size_t i = 0; i < network.tensor(id).size(); ++i)
            types.push_back(network.tensor(id).type(i));
    return types;
}

} // namespace gw::network
