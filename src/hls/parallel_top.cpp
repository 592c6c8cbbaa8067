// io_parallel: all elements of a tensor at once, as arrays in registers.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/ap_type.hpp"
#include "hls/op_writer.hpp"
#include "hls/top.hpp"
#include "network/elements.hpp"
#include "network/range.hpp"

namespace gw::hls {
namespace {

/// The clocks from one event to the next: what the slowest layer takes.
std::uint32_t slowest(const network::Network& network, const plan::Plan& plan) {
    std::uint32_t clocks = 1;
    for (const network::Op& op : network.ops)
        clocks = std::max(clocks, plan.reuse_of(op.name));
    return clocks;
}

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

std::string port_type(const std::string& name, const network::Network& network, network::TensorId id, bool input) {
    if ((input ? network.inputs : network.outputs).size() == 1)
        return name + (input ? "_input_t" : "_output_t");
    return fmt::format("{}_{}_{}t", name, identifier(network.tensor(id).name), input ? "" : "out_");
}

std::string declaration(const Top& top) {
    std::vector<std::string> arguments;
    const auto add = [&](const Port& port, const char* constant) {
        arguments.push_back(top.io == IoType::stream
                                ? fmt::format("hls::stream<{}>& {}", port.type, port.name)
                                : fmt::format("{}{} {}[{}]", constant, port.type, port.name, port.types.size()));
    };
    for (const Port& port : top.inputs)
        add(port, "const ");
    for (const Port& port : top.outputs)
        add(port, "");
    return fmt::format("void {}({})", top.name, fmt::join(arguments, ", "));
}

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
    std::vector<std::string> ports;
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& each : *side) {
            top.pragmas += fmt::format("#pragma HLS ARRAY_RESHAPE variable={} complete\n", each.name);
            ports.push_back(each.name);
        }
    if (options.interface == Interface::plain)
        top.pragmas += fmt::format("#pragma HLS INTERFACE ap_vld port={}\n", fmt::join(ports, ","));
    top.pragmas += options.strategy == Strategy::latency
                       ? fmt::format("#pragma HLS PIPELINE II={}\n", slowest(network, plan))
                       : "#pragma HLS DATAFLOW\n";
    return top;
}

} // namespace gw::hls
