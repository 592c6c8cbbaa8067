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
    Port result{firmware.names.port(tensor.name), firmware.names.unique(port_type(name, network, id, input)),
                network::element_types(network, {id}), 1, tensor.name};
    firmware.port_types +=
        fmt::format("typedef {} {}; // {} of them\n", array_type(tensor.types), result.type, tensor.size());
    return result;
}

std::string copy(const std::string& to, const std::string& from, std::size_t size) {
    return fmt::format("    for (int i = 0; i < {}; i++) {{\n#pragma HLS UNROLL\n        {}[i] = {}[i];\n    }}\n",
                       size, to, from);
}

std::string inlined(OpWriter& writer, Piece& piece, const Sinks& sinks) {
    std::string copies; // of outputs that are inputs too, or outputs already
    for (const auto& [id, ports] : sinks)
        for (const std::string& port : ports)
            if (const auto there = piece.arrays.emplace(id, port); !there.second)
                copies += copy(port, there.first->second, piece.network.tensor(id).size());
    return writer.inlined(piece) + copies;
}

/// Of the function, and of its ports where it has ports.
std::string pragmas(const Top& top, bool plain) {
    std::string text;
    const auto array = [&](const char* pragma, const Port& port) {
        text += fmt::format("#pragma HLS {} variable={} complete\n", pragma, port.name);
    };
    for (const Port& port : top.inputs)
        array(plain ? "ARRAY_RESHAPE" : "ARRAY_PARTITION", port);
    for (const Port& port : top.outputs) // in a dataflow region a layer may give them in pieces
        array(plain && !top.is_dataflow ? "ARRAY_RESHAPE" : "ARRAY_PARTITION", port);
    if (plain)
        text += fmt::format("#pragma HLS INTERFACE ap_vld port={}\n", names(top, ","));
    else
        text += "#pragma HLS INLINE off\n";
    return text +
           (top.is_dataflow ? "#pragma HLS DATAFLOW\n" : fmt::format("#pragma HLS PIPELINE II={}\n", top.interval));
}

} // namespace

Top parallel_top(Firmware& firmware, const network::Network& network, const plan::Plan& plan, const Options& options,
                 const std::string& name) {
    Top top{name, IoType::parallel, {}, {}, {}, {}, false, 1};
    const network::Ranges ranges = network::infer_ranges(network);
    Piece piece{network, ranges, {}, {}};
    for (const network::TensorId id : network.inputs) {
        top.inputs.push_back(port(firmware, network, id, name, true));
        piece.arrays[id] = top.inputs.back().name;
        piece.types[id] = top.inputs.back().type;
    }
    Sinks sinks;
    for (const network::TensorId id : network.outputs) {
        top.outputs.push_back(port(firmware, network, id, name, false));
        sinks[id].push_back(top.outputs.back().name);
        piece.types.emplace(id, top.outputs.back().type);
    }
    OpWriter writer(firmware, plan, options);
    top.body = options.strategy == Strategy::resource ? writer.dataflow(piece, sinks) : inlined(writer, piece, sinks);
    top.is_dataflow = options.strategy == Strategy::resource;
    top.interval = slowest(network, plan);
    top.pragmas = pragmas(top, options.interface == Interface::plain);
    return top;
}

} // namespace gw::hls
