#include "hls/emit.hpp"

#include <fmt/format.h>

#include "hls/layer_templates.hpp"
#include "hls/layers.hpp"
#include "hls/project_files.hpp"
#include "network/range.hpp"
#include "network/verify.hpp"
#include "support/error.hpp"

namespace gw::hls {
namespace {

std::string header(const network::Network& network, const Layers& layers, const std::string& name) {
    return fmt::format(R"(// {0}: one event in, one event out.
#pragma once

#include "ap_fixed.h"

{1}
void {0}(const {0}_input_t x[{2}], {0}_output_t y[{3}]);
)",
                       name, layers.types, network.input_size(), network.output_size());
}

std::string source(const network::Network& network, const Layers& layers, const std::string& name) {
    return fmt::format(R"(#include "{0}.h"

#include "layers.h"
#include "weights.h"

{1}void {0}(const {0}_input_t x[{2}], {0}_output_t y[{3}]) {{
#pragma HLS ARRAY_RESHAPE variable=x complete
#pragma HLS ARRAY_RESHAPE variable=y complete
#pragma HLS INTERFACE ap_vld port=x,y
#pragma HLS PIPELINE II=1
{4}}}
)",
                       name, layers.functions, network.input_size(), network.output_size(), layers.calls);
}

} // namespace

Files emit(const network::Network& network, const plan::Plan& plan, const std::string& name) {
    network::require_sound(network, "HLS project");
    if (network.inputs.size() != 1 || network.outputs.size() != 1 || network.ops.empty())
        throw support::unsupported("a network of several inputs or outputs, or of no op", "HLS project",
                                   "build without the HLS project, or split the network");
    if (network.inputs.front() == network.outputs.front() || identifier(name) != name)
        throw support::unsupported("'" + name + "' as a top function", "HLS project",
                                   "use a name of letters, digits and _");
    const Layers parts = layers(network, network::infer_ranges(network), name);
    return {{"firmware/" + name + ".h", header(network, parts, name)},
            {"firmware/" + name + ".cpp", source(network, parts, name)},
            {"firmware/layers.h", std::string(layer_templates)},
            {"firmware/weights.h", "// Constants, as exact decimal values of the type they are stored in.\n#pragma "
                                   "once\n\n#include \"ap_fixed.h\"\n\n" +
                                       parts.constants},
            {name + "_test.cpp", test_bench(network, name)},
            {"project.tcl", vitis_script(plan, name)},
            {"hls_config.cfg", vitis_configuration(plan, name)},
            {"Makefile", makefile(name)}};
}

} // namespace gw::hls
