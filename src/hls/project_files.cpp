#include "hls/project_files.hpp"

#include <fmt/format.h>

#include "hls/ap_type.hpp"

namespace gw::hls {
namespace {

/// Takes the place of every NAME, PART, CLOCK ... in a template; the templates are scripts in other languages full of
/// braces.
std::string filled(std::string text, std::initializer_list<std::pair<std::string, std::string>> values) {
    for (const auto& [key, value] : values)
        for (std::size_t at = 0; (at = text.find(key, at)) != std::string::npos; at += value.size())
            text.replace(at, key.size(), value);
    return text;
}

constexpr const char* test_bench_template =
    R"(// Runs the events of tb_data/inputs.txt (or of the first argument) through @NAME@ and compares with tb_data/outputs.txt (the second).
// A line holds an event's raw integers, each at its element's own binary point. With a third argument the results are written there.
#include <cstdio>
#include <fstream>
#include <iostream>

#include "firmware/@NAME@.h"

// Raw integer << shift = the bits of the array element.
@IN_SHIFTS@@OUT_SHIFTS@
int main(int argc, char** argv) {
    std::ifstream inputs(argc > 1 ? argv[1] : "tb_data/inputs.txt");
    std::ifstream outputs(argc > 2 ? argv[2] : "tb_data/outputs.txt");
    std::ofstream results;
    if (argc > 3)
        results.open(argv[3]);
    if (!inputs || !outputs || (argc > 3 && !results)) {
        std::cerr << "cannot open the vectors\n";
        return 2;
    }
    long events = 0, mismatches = 0;
    long long raw = 0;
    for (;;) {
        @NAME@_input_t x[@IN@];
        @NAME@_output_t y[@OUT@];
        int read = 0;
        for (; read < @IN@ && inputs >> raw; read++) {
            ap_int<@NAME@_input_t::width> bits = ap_int<@NAME@_input_t::width>(raw) << input_shift[read];
            x[read].range(@NAME@_input_t::width - 1, 0) = bits;
        }
        if (read == 0)
            break;
        if (read != @IN@) {
            std::cerr << "event " << events << " is cut short\n";
            return 2;
        }
        @NAME@(x, y);
        bool same = true;
        for (int i = 0; i < @OUT@; i++) {
            @BITS@<@NAME@_output_t::width> bits = y[i].range(@NAME@_output_t::width - 1, 0);
            const long long got = (bits >> output_shift[i]).to_int64();
            if (argc > 3)
                results << got << (i + 1 < @OUT@ ? ' ' : '\n');
            if (!(outputs >> raw)) {
                std::cerr << "expected outputs end at event " << events << "\n";
                return 2;
            }
            if (got != raw) {
                if (same && mismatches < 5)
                    std::cout << "event " << events << ", output " << i << ": " << got << ", expected " << raw << "\n";
                same = false;
            }
        }
        mismatches += same ? 0 : 1;
        events++;
    }
    std::cout << mismatches << " mismatches in " << events << " vectors\n";
    return events > 0 && mismatches == 0 ? 0 : 1;
}
)";

} // namespace

std::string port_shifts(const network::Tensor& tensor, const std::string& symbol) {
    const std::int32_t fraction = container(tensor).fraction;
    std::string text = fmt::format("static const int {}[{}] = {{", symbol, tensor.size());
    for (std::size_t i = 0; i < tensor.size(); ++i) {
        const bool mixed = tensor.types.size() > 1;
        text += fmt::format("{}{}", i == 0 ? "" : ", ", mixed ? fraction - tensor.types[i].fraction : 0);
    }
    return text + "};\n";
}

std::string test_bench(const network::Network& network, const std::string& name) {
    const network::Tensor &in = network.tensor(network.inputs.front()), &out = network.tensor(network.outputs.front());
    return filled(test_bench_template, {{"@IN_SHIFTS@", port_shifts(in, "input_shift")},
                                        {"@OUT_SHIFTS@", port_shifts(out, "output_shift")},
                                        {"@BITS@", container(out).low < 0 ? "ap_int" : "ap_uint"},
                                        {"@NAME@", name},
                                        {"@IN@", std::to_string(in.size())},
                                        {"@OUT@", std::to_string(out.size())}});
}

std::string vitis_script(const plan::Plan& plan, const std::string& name) {
    return filled(R"(# vitis_hls -f project.tcl  (2022.2 and later): C simulation, synthesis, export as IP
open_project -reset @NAME@_project
set_top @NAME@
add_files firmware/@NAME@.cpp -cflags "-std=c++14"
add_files -tb @NAME@_test.cpp -cflags "-std=c++14"
add_files -tb tb_data
open_solution -reset solution1 -flow_target vivado
set_part {@PART@}
create_clock -period @CLOCK@ -name default
csim_design
csynth_design
export_design -format ip_catalog
exit
)",
                  {{"@NAME@", name}, {"@PART@", plan.part}, {"@CLOCK@", fmt::format("{}", plan.clock_ns)}});
}

std::string vitis_configuration(const plan::Plan& plan, const std::string& name) {
    return filled(R"(# v++ -c --mode hls --config hls_config.cfg --work_dir work
part=@PART@
[hls]
flow_target=vivado
clock=@CLOCK@ns
syn.top=@NAME@
syn.file=firmware/@NAME@.cpp
tb.file=@NAME@_test.cpp
tb.file=tb_data
package.output.format=ip_catalog
)",
                  {{"@NAME@", name}, {"@PART@", plan.part}, {"@CLOCK@", fmt::format("{}", plan.clock_ns)}});
}

std::string makefile(const std::string& name) {
    return filled(
        R"make(# make AP_TYPES=DIR: compiles and runs the test bench; DIR holds ap_fixed.h (hls4ml's PyPI package brings it: .../templates/vivado/ap_types)
CXXFLAGS ?= -O2 -w -DNDEBUG -std=c++14
run: @NAME@_test
	./@NAME@_test
@NAME@_test: @NAME@_test.cpp firmware/@NAME@.cpp $(wildcard firmware/*.h)
	@test -n "$(AP_TYPES)" || (echo 'name the folder of ap_fixed.h: make AP_TYPES=DIR' && false)
	$(CXX) $(CXXFLAGS) -I$(AP_TYPES) -I. -o $@ @NAME@_test.cpp firmware/@NAME@.cpp
)make",
        {{"@NAME@", name}});
}

} // namespace gw::hls
