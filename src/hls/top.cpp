#include "hls/top.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/stream_text.hpp"

namespace gw::hls {

std::string names(const std::vector<Port>& ports, std::string_view between) {
    std::vector<std::string> result;
    for (const Port& port : ports)
        result.push_back(port.name);
    return fmt::format("{}", fmt::join(result, between));
}
std::string names(const Top& top, std::string_view between) {
    return names(top.inputs, between) + std::string(between) + names(top.outputs, between);
}

std::string local_streams(const Top& top) {
    std::string text;
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& port : *side)
            text += "    " + stream_variable({port.type, port.lanes}, port.name);
    return text;
}

std::string local_arrays(const Top& top) {
    std::string text;
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& port : *side)
            text += fmt::format("{0} {1}[{2}];\n#pragma HLS ARRAY_PARTITION variable={1} complete\n", port.type,
                                port.name, port.types.size());
    return text;
}

std::string parameter(const Top& top, const Port& port, bool read) {
    if (top.io == IoType::stream)
        return stream_parameter({port.type, port.lanes}, port.name);
    return fmt::format("{}{} {}[{}]", read ? "const " : "", port.type, port.name, port.types.size());
}

std::string port_type(const std::string& name, const network::Network& network, network::TensorId id, bool input) {
    if ((input ? network.inputs : network.outputs).size() == 1)
        return name + (input ? "_input_t" : "_output_t");
    return fmt::format("{}_{}_{}t", name, identifier(network.tensor(id).name), input ? "" : "out_");
}

std::string declaration(const Top& top) {
    std::vector<std::string> parameters;
    for (const Port& port : top.inputs)
        parameters.push_back(parameter(top, port, true));
    for (const Port& port : top.outputs)
        parameters.push_back(parameter(top, port, false));
    return fmt::format("void {}({})", top.name, fmt::join(parameters, ", "));
}

} // namespace gw::hls
