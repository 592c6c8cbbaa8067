// io_parallel: all elements of a tensor at once, as arrays in registers.
#include <fmt/format.h>

#include "hls/ap_type.hpp"
#include "hls/op_writer.hpp"
#include "hls/top.hpp"
#include "network/elements.hpp"
#include "network/range.hpp"

namespace gw::hls {
namespace {

Port port(Firmware& firmware, const network::Network& network, network::TensorId id, const std::string& name,
          bool input) {
    const network::Tensor& tensor = network.tensor(id);
    Port result{firmware.names.unique(tensor.name), port_type(name, network, id, input),
                network::element_types(network, {id}), 1, tensor.name};
    firmware.port_types +=
        fmt::format("typedef {} {}; // {} of them\n", array_type(tensor.types), result.type, tensor.size());
    return result;
}

std::string copy(const std::string& to, const std::string& from, std::size_t size) {
    return fmt::format("    for (int i = 0; i < {}; i++) {{\n#pragma HLS UNROLL\n        {}[i] = {}[i];\n    }}\n",
                       size, to, from);
}

} // namespace

Top parallel_top(Firmware& firmware, const network::Network& network, const plan::Plan& plan, const Options& options,
                 const std::string& name) {
    Top top{name, IoType::parallel, {}, {}, {}, {}};
    const network::Ranges ranges = network::infer_ranges(network);
    Piece piece{network, ranges, {}, {}};
    for (const network::TensorId id : network.inputs) {
        top.inputs.push_back(port(firmware, network, id, name, true));
        piece.arrays[id] = top.inputs.back().name;
        piece.types[id] = top.inputs.back().type;
    }
    std::string copies; // of outputs that are inputs too, or outputs already
    for (const network::TensorId id : network.outputs) {
        top.outputs.push_back(port(firmware, network, id, name, false));
        const Port& made = top.outputs.back();
        if (const auto there = piece.arrays.emplace(id, made.name); there.second)
            piece.types[id] = made.type;
        else
            copies += copy(made.name, there.first->second, made.types.size());
    }
    const Layers layers = options.strategy == Strategy::resource ? Layers::functions : Layers::inlined;
    top.body = OpWriter(firmware, plan, options, layers).body(piece) + copies;
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& each : *side)
            top.pragmas += fmt::format("#pragma HLS ARRAY_RESHAPE variable={} complete\n", each.name);
    if (options.interface == Interface::plain)
        top.pragmas += fmt::format("#pragma HLS INTERFACE ap_vld port={}\n", names(top, ","));
    top.pragmas += options.strategy == Strategy::latency
                       ? fmt::format("#pragma HLS PIPELINE II={}\n", slowest(network, plan))
                       : "#pragma HLS DATAFLOW\n";
    return top;
}

} // namespace gw::hls
