#include "import/graph.hpp"

namespace gw::import {

LayerId Graph::add(Layer layer) {
    layers.push_back(std::move(layer));
    return static_cast<LayerId>(layers.size() - 1);
}

std::vector<std::size_t> Graph::uses() const {
    std::vector<std::size_t> count(layers.size(), 0);
    for (const Layer& layer : layers)
        for (const LayerId input : layer.inputs)
            ++count[static_cast<std::size_t>(input)];
    for (LayerId id : outputs)
        ++count[static_cast<std::size_t>(id)];
    return count;
}

} // namespace gw::import
