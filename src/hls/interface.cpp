#include "hls/interface.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gw::hls {
namespace {

std::string signature(const Top& top, Interface interface) {
    if (interface == Interface::m_axi)
        return fmt::format(
            "extern \"C\" void {}_kernel(const ap_uint<512>* input, ap_uint<512>* output, unsigned events)", top.name);
    std::vector<std::string> arguments;
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& port : *side)
            arguments.push_back(fmt::format("hls::stream<gw::Word<{}> >& {}_words", word_of(port).bits, port.name));
    return fmt::format("void {}_axis({})", top.name, fmt::join(arguments, ", "));
}

} // namespace

std::string interface_header(const Top& top, Interface interface) {
    return fmt::format("#pragma once\n\n#include \"{}.h\"\n#include \"layers/interfaces.h\"\n\n{};\n", top.name,
                       signature(top, interface));
}

std::string interface_source(const Top& top, Interface interface) {
    const bool memory = interface == Interface::m_axi;
    return fmt::format(
        "// {}\n#include \"{}.h\"\n\n{}",
        memory ? "Reads events from memory, runs them, and writes what comes out. An element takes whole "
                 "bytes, little endian."
               : "AXI4-Stream with TLAST: values at their own widths in a row, from bit 0 on.",
        interface_top(top, interface),
        memory ? memory_source(top, signature(top, interface)) : axis_source(top, signature(top, interface)));
}

} // namespace gw::hls
