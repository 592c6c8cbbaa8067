#include "hls/op_writer.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/ap_type.hpp"
#include "hls/op_text.hpp"

namespace gw::hls {

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

std::string OpWriter::body(Piece& piece) {
    std::string text;
    for (const network::Op& op : piece.network.ops) {
        const network::TensorId out = network::output_of(op);
        const network::Tensor& tensor = piece.network.tensor(out);
        if (piece.arrays.count(out) == 0) {
            const std::string array = piece.arrays[out] = firmware_.names.unique(tensor.name);
            const std::string type = firmware_.names.unique(array + "_t");
            firmware_.types +=
                fmt::format("typedef {} {}; // {} of them\n", array_type(tensor.types), type, tensor.size());
            piece.types[out] = type;
            text += fmt::format("{} {}[{}];\n#pragma HLS ARRAY_PARTITION variable={} complete\n", type, array,
                                tensor.size(), array);
        }
        OpContext context{firmware_,
                          piece.network,
                          piece.ranges,
                          identifier(op.name),
                          {},
                          piece.arrays.at(out),
                          plan_.reuse_of(op.name),
                          options_};
        for (const network::TensorId id : network::inputs_of(op))
            context.inputs.push_back(piece.arrays.at(id));
        const std::string statements = std::visit([&](const auto& body) { return write(context, body); }, op.body);
        text += layers_ == Layers::inlined ? statements : function(piece, op, statements);
    }
    return indented(text);
}

std::string OpWriter::function(const Piece& piece, const network::Op& op, const std::string& statements) {
    std::vector<std::string> parameters, arguments;
    std::set<network::TensorId> seen;
    const auto add = [&](network::TensorId id, const char* constant) {
        if (!seen.insert(id).second)
            return;
        parameters.push_back(fmt::format("{}{} {}[{}]", constant, piece.types.at(id), piece.arrays.at(id),
                                         piece.network.tensor(id).size()));
        arguments.push_back(piece.arrays.at(id));
    };
    for (const network::TensorId id : network::inputs_of(op))
        add(id, "const ");
    add(network::output_of(op), "");
    const std::string name = firmware_.names.unique(op.name + "_layer");
    const bool own_loop = statements.find("_resource<") != std::string::npos;
    firmware_.functions +=
        fmt::format("static void {}({}) {{\n#pragma HLS INLINE off\n{}{}}}\n\n", name, fmt::join(parameters, ", "),
                    own_loop ? "" : "#pragma HLS PIPELINE II=1\n", indented(statements));
    return fmt::format("{}({});\n", name, fmt::join(arguments, ", "));
}

std::uint32_t slowest(const network::Network& network, const plan::Plan& plan) {
    std::uint32_t clocks = 1;
    for (const network::Op& op : network.ops)
        clocks = std::max(clocks, plan.reuse_of(op.name));
    return clocks;
}

} // namespace gw::hls
