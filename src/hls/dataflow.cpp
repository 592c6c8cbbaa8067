#include "hls/dataflow.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gw::hls {

Readers::Readers(Firmware& firmware, const network::Network& network, Sinks sinks)
    : firmware_(firmware), network_(network), sinks_(std::move(sinks)) {
    for (const network::Op& op : network.ops) {
        const auto inputs = network::inputs_of(op);
        for (const network::TensorId id : std::set<network::TensorId>(inputs.begin(), inputs.end()))
            ++reads_[id];
    }
}

std::size_t Readers::reads_of(network::TensorId id) const {
    const auto found = reads_.find(id);
    return found == reads_.end() ? 0 : found->second;
}

std::string Readers::spread(network::TensorId id, const std::string& array, const std::string& type) {
    std::vector<std::string> targets;
    if (const auto sink = sinks_.find(id); sink != sinks_.end())
        std::copy_if(sink->second.begin(), sink->second.end(), std::back_inserter(targets),
                     [&](const std::string& port) { return port != array; });
    const std::size_t reads = reads_of(id);
    if (targets.empty() && reads <= 1) {
        waiting_[id] = {array};
        return {};
    }
    const std::size_t size = network_.tensor(id).size();
    std::string text, copies;
    for (std::size_t k = 0; k < reads; ++k) {
        const std::string copy = firmware_.names.unique(array + "_copy");
        text += fmt::format("{0} {1}[{2}];\n#pragma HLS ARRAY_PARTITION variable={1} complete\n", type, copy, size);
        waiting_[id].insert(waiting_[id].begin(), copy);
        targets.push_back(copy);
    }
    std::vector<std::string> parameters;
    for (std::size_t k = 0; k < targets.size(); ++k) {
        parameters.push_back(fmt::format("{} out{}[{}]", type, k, size));
        copies += fmt::format("        out{}[i] = in[i];\n", k);
    }
    const std::string name = firmware_.names.unique(array + "_fork");
    firmware_.functions += fmt::format("static void {}(const {} in[{}], {}) {{\n#pragma HLS INLINE off\n#pragma HLS "
                                       "PIPELINE II=1\n    for (int i = 0; i < {}; i++) {{\n#pragma HLS UNROLL\n{}    "
                                       "}}\n}}\n\n",
                                       name, type, size, fmt::join(parameters, ", "), size, copies);
    return text + fmt::format("{}({}, {});\n", name, array, fmt::join(targets, ", "));
}

std::string Readers::next(network::TensorId id) {
    std::vector<std::string>& arrays = waiting_.at(id);
    const std::string array = arrays.back();
    arrays.pop_back();
    return array;
}

} // namespace gw::hls
