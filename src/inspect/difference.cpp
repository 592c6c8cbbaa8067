#include "inspect/difference.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "emulate/emulator.hpp"
#include "emulate/reference.hpp"
#include "floating/evaluate.hpp"
#include "support/error.hpp"

namespace gw::inspect {

namespace {

using Tensors = std::map<std::string, std::vector<double>>; ///< by name, one event

Tensors tensors_of(const network::Network& network, std::span<const double> event) {
    std::vector<std::int64_t> raw(event.size());
    emulate::to_raw(network, event, raw);
    const auto values = emulate::evaluate_all(network, raw);
    Tensors result;
    for (std::size_t t = 0; t < values.size(); ++t)
        for (std::size_t i = 0; i < values[t].size(); ++i)
            result[network.tensors[t].name].push_back(
                fixed::to_double(values[t][i], network.tensors[t].type(i).fraction));
    return result;
}

/// Sums up over events; nothing as long as either side is missing.
void add(std::optional<Difference>& difference, const std::vector<double>* a, const std::vector<double>* b,
         double events) {
    if (a == nullptr || b == nullptr || a->size() != b->size() || a->empty())
        return;
    if (!difference)
        difference = Difference{};
    double sum = 0;
    for (std::size_t i = 0; i < a->size(); ++i) {
        const double apart = std::abs((*a)[i] - (*b)[i]);
        difference->largest = std::max(difference->largest, apart);
        sum += apart;
    }
    difference->mean += sum / static_cast<double>(a->size()) / events;
}

const std::vector<double>* find(const std::optional<Tensors>& tensors, const std::string& name) {
    if (!tensors)
        return nullptr;
    const auto found = tensors->find(name);
    return found == tensors->end() ? nullptr : &found->second;
}

} // namespace

std::vector<LayerDifference> compare(const import::Graph& graph, const network::Network* exact,
                                     const network::Network* hls4ml, const support::Array& rows) {
    if (rows.rows() == 0)
        throw support::user_error("there are no events to compare", graph.file, "give at least one");
    std::vector<LayerDifference> all;
    for (const import::Layer& layer : graph.layers)
        all.push_back({layer.name, layer.class_name, 0, {}, {}, {}});
    const std::size_t width = rows.row_size();
    const auto events = static_cast<double>(rows.rows());
    for (std::size_t event = 0; event < rows.rows(); ++event) {
        const auto inputs = std::span(rows.values).subspan(event * width, width);
        const auto floats = floating::evaluate_all(graph, inputs);
        const auto a = exact != nullptr ? std::optional(tensors_of(*exact, inputs)) : std::nullopt;
        const auto b = hls4ml != nullptr ? std::optional(tensors_of(*hls4ml, inputs)) : std::nullopt;
        for (std::size_t i = 0; i < all.size(); ++i) {
            for (const double value : floats[i])
                all[i].magnitude = std::max(all[i].magnitude, std::abs(value));
            const auto *own = find(a, all[i].layer), *other = find(b, all[i].layer);
            add(all[i].exact, own, &floats[i], events);
            add(all[i].hls4ml, other, &floats[i], events);
            add(all[i].between, own, other, events);
        }
    }
    return all;
}

} // namespace gw::inspect
