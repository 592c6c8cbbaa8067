#include "import/prune.hpp"

namespace gw::import {

void prune(Graph& graph) {
    const auto index = [](LayerId id) { return static_cast<std::size_t>(id); };
    std::vector<bool> needed(graph.layers.size(), false);
    for (const auto* ends : {&graph.inputs, &graph.outputs})
        for (const LayerId id : *ends)
            needed[index(id)] = true;
    for (std::size_t k = graph.layers.size(); k-- > 0;)
        for (const LayerId input : graph.layers[k].inputs)
            needed[index(input)] = needed[index(input)] || needed[k];
    std::vector<LayerId> renamed(graph.layers.size());
    std::deque<Layer> kept;
    for (std::size_t k = 0; k < graph.layers.size(); ++k) {
        if (!needed[k])
            continue;
        renamed[k] = static_cast<LayerId>(kept.size());
        for (LayerId& input : graph.layers[k].inputs)
            input = renamed[index(input)];
        kept.push_back(std::move(graph.layers[k]));
    }
    graph.layers = std::move(kept);
    for (auto* ends : {&graph.inputs, &graph.outputs})
        for (LayerId& id : *ends)
            id = renamed[index(id)];
}

} // namespace gw::import
