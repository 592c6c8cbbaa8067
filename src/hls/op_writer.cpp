#include "hls/op_writer.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/ap_type.hpp"
#include "hls/op_text.hpp"

namespace gw::hls {
namespace {

/// Whether an op's statements have a loop of their own, clock after clock, which must not be unrolled.
bool has_own_loop(const std::string& statements) {
    return statements.find("_resource<") != std::string::npos;
}

} // namespace

std::string OpContext::configure(Config config, network::TensorId output_id, const std::string& comment) const {
    configure_store(config, tensor(output_id));
    const std::string config_name = firmware.names.unique(name + "_config");
    firmware.configs += config.as_struct(config_name, name + ": " + comment);
    return config_name;
}

std::string OpContext::call(const std::string& layer, const std::string& config,
                            const std::vector<std::string>& arguments) const {
    return fmt::format("gw::{}<{}>({});\n", layer, config, fmt::join(arguments, ", "));
}

std::string OpWriter::declared(Piece& piece, network::TensorId id, std::string& text) {
    const network::Tensor& tensor = piece.network.tensor(id);
    const std::string array = firmware_.names.unique(tensor.name);
    const std::string type = piece.types[id] = firmware_.names.unique(array + "_type");
    firmware_.types += fmt::format("typedef {} {}; // {} of them\n", array_type(tensor.types), type, tensor.size());
    text +=
        fmt::format("{0} {1}[{2}];\n#pragma HLS ARRAY_PARTITION variable={1} complete\n", type, array, tensor.size());
    return array;
}

std::string OpWriter::statements(const Piece& piece, const network::Op& op, std::vector<std::string> inputs) {
    const OpContext context{firmware_,
                            piece.network,
                            piece.ranges,
                            identifier(op.name),
                            std::move(inputs),
                            piece.arrays.at(network::output_of(op)),
                            plan_.reuse_of(op.name),
                            options_};
    return std::visit([&](const auto& body) { return write(context, body); }, op.body);
}

std::string OpWriter::inlined(Piece& piece) {
    std::string text;
    for (const network::Op& op : piece.network.ops) {
        if (const network::TensorId out = network::output_of(op); piece.arrays.count(out) == 0)
            piece.arrays[out] = declared(piece, out, text);
        std::vector<std::string> inputs;
        for (const network::TensorId id : network::inputs_of(op))
            inputs.push_back(piece.arrays.at(id));
        text += statements(piece, op, std::move(inputs));
    }
    return indented(text);
}

std::string OpWriter::dataflow(Piece& piece, const Sinks& sinks) {
    Readers readers(firmware_, piece.network, sinks);
    std::string text;
    for (const network::TensorId id : piece.network.inputs)
        text += readers.spread(id, piece.arrays.at(id), piece.types.at(id));
    for (const network::Op& op : piece.network.ops) {
        std::map<network::TensorId, std::string> read; // an op that reads a tensor twice reads one array
        std::vector<std::string> inputs;
        for (const network::TensorId id : network::inputs_of(op)) {
            if (read.count(id) == 0)
                read[id] = readers.next(id);
            inputs.push_back(read[id]);
        }
        const network::TensorId out = network::output_of(op);
        const std::string array = readers.written(out, [&] { return declared(piece, out, text); });
        piece.arrays[out] = array;
        text += function(piece, op, inputs) + readers.spread(out, array, piece.types.at(out));
    }
    return indented(text);
}

std::string OpWriter::function(const Piece& piece, const network::Op& op, const std::vector<std::string>& inputs) {
    std::vector<std::string> parameters, arguments;
    const auto add = [&](network::TensorId id, const std::string& array, const char* constant) {
        if (std::find(arguments.begin(), arguments.end(), array) != arguments.end())
            return;
        parameters.push_back(
            fmt::format("{}{} {}[{}]", constant, piece.types.at(id), array, piece.network.tensor(id).size()));
        arguments.push_back(array);
    };
    const auto ids = network::inputs_of(op);
    for (std::size_t k = 0; k < inputs.size(); ++k)
        add(ids[k], inputs[k], "const ");
    const network::TensorId out = network::output_of(op);
    add(out, piece.arrays.at(out), "");
    const std::string body = statements(piece, op, inputs);
    const std::string name = firmware_.names.unique(op.name + "_layer");
    firmware_.functions +=
        fmt::format("static void {}({}) {{\n#pragma HLS INLINE off\n{}{}}}\n\n", name, fmt::join(parameters, ", "),
                    has_own_loop(body) ? "" : "#pragma HLS PIPELINE II=1\n", indented(body));
    return fmt::format("{}({});\n", name, fmt::join(arguments, ", "));
}

std::uint32_t slowest(const network::Network& network, const plan::Plan& plan) {
    std::uint32_t clocks = 1;
    for (const network::Op& op : network.ops)
        clocks = std::max(clocks, plan.reuse_of(op.name));
    return clocks;
}

} // namespace gw::hls
