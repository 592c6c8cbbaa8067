#include "hls/emit.hpp"

#include <fmt/format.h>

#include "hls/embedded.hpp"
#include "hls/emulator_library.hpp"
#include "hls/interface.hpp"
#include "hls/project_files.hpp"
#include "hls/split.hpp"
#include "hls/top.hpp"
#include "network/verify.hpp"
#include "support/error.hpp"

namespace gw::hls {
namespace {

/// Types of the ports alone: who includes it sees no more.
std::string header(const Top& top, const std::string& port_types) {
    const bool stream = top.io == IoType::stream;
    return fmt::format("// {}: one event in, one event out.\n#pragma once\n\n#include \"ap_fixed.h\"\n{}\n{}\n{};\n",
                       top.name, stream ? "#include \"layers/streams.h\"\n" : "", port_types, declaration(top));
}

/// Everything that is not the top function has a name of the project's own: two projects may be in one process.
std::string layers_header(const Firmware& firmware, const std::string& name) {
    const std::string includes = "#include \"layers/dense.h\"\n#include \"layers/elements.h\"\n#include "
                                 "\"layers/resource.h\"\n#include \"layers/windows.h\"\n";
    std::string weights;
    for (const std::string& file : firmware.weights)
        weights += fmt::format("#include \"{}\"\n", file);
    return fmt::format(
        "// What travels between layers, their sizes and types, and their constants.\n#pragma once\n\n{0}\n"
        "namespace {1}_firmware {{\n\n{2}\n{3}{4}\n}} // namespace {1}_firmware\n",
        includes, name, firmware.types, firmware.configs, weights);
}

std::string source(const Firmware& firmware, const Top& top) {
    return fmt::format(
        "#include \"{0}.h\"\n\n#include \"{0}_layers.h\"\n\nusing namespace {0}_firmware;\n\n{1}{2} {{\n{3}{4}}}\n",
        top.name, firmware.functions, declaration(top), top.pragmas, top.body);
}

} // namespace

Files emit(const network::Network& network, const plan::Plan& plan, const std::string& name, const Options& options) {
    network::require_sound(network, "HLS project");
    if (!can_name(name))
        throw support::unsupported(
            "'" + name + "' as a top function", "HLS project",
            "use a name of letters, digits and _ that begins with a letter and is no word of C++ "
            "and no name of its headers, such as " +
                identifier(name) + "_network");
    Firmware firmware;
    firmware.names.top(name);
    const Top top = options.io == IoType::stream ? stream_top(firmware, network, plan, options, name)
                                                 : parallel_top(firmware, network, plan, options, name);
    Files files = firmware.files;
    for (const auto& [file, text] : embedded_files())
        files["firmware/layers/" + file] = text;
    files["firmware/" + name + ".h"] = header(top, firmware.port_types);
    files["firmware/" + name + "_layers.h"] = layers_header(firmware, name);
    files["firmware/" + name + ".cpp"] = source(firmware, top);
    const std::string top_name = interface_top(top, options.interface);
    if (options.interface != Interface::plain) {
        files["firmware/" + top_name + ".h"] = interface_header(top, options.interface);
        files["firmware/" + top_name + ".cpp"] = interface_source(top, options.interface);
    }
    files[name + "_test.cpp"] =
        options.interface == Interface::plain ? test_bench(top) : interface_bench(top, options.interface);
    const ProjectNames names{name, top_name, options.interface == Interface::m_axi,
                             compiler_flags(top, options.interface)};
    files["project.tcl"] = vitis_script(plan, names);
    files["hls_config.cfg"] = vitis_configuration(plan, names);
    files["Makefile"] = makefile(names);
    files["emulator/" + name + "_emulator.cpp"] = emulator_source(top);
    files["emulator/emulator.h"] = emulator_interface();
    return split(std::move(files));
}

} // namespace gw::hls
