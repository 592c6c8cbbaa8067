#include "hls/project_files.hpp"

#include <fmt/format.h>

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

/// A line for each source that is synthesised.
std::string sources(const ProjectNames& names, const std::string& line) {
    std::string text = filled(line, {{"@FILE@", names.project}});
    if (names.top != names.project)
        text += filled(line, {{"@FILE@", names.top}});
    return text;
}

} // namespace

std::string vitis_script(const plan::Plan& plan, const ProjectNames& names) {
    return filled(R"(# vitis_hls -f project.tcl  (2022.2 and later): C simulation, synthesis, export
open_project -reset @NAME@_project
set_top @TOP@
@SOURCES@add_files -tb @NAME@_test.cpp -cflags "-std=c++14 @FLAGS@"
add_files -tb tb_data
open_solution -reset solution1 -flow_target @FLOW@
set_part {@PART@}
create_clock -period @CLOCK@ -name default
csim_design
csynth_design
export_design -format @FORMAT@
exit
)",
                  {{"@SOURCES@", sources(names, "add_files firmware/@FILE@.cpp -cflags \"-std=c++14 @FLAGS@\"\n")},
                   {"@FLAGS@", names.flags},
                   {"@NAME@", names.project},
                   {"@TOP@", names.top},
                   {"@FLOW@", names.is_kernel ? "vitis" : "vivado"},
                   {"@FORMAT@", names.is_kernel ? "xo -output " + names.top + ".xo" : "ip_catalog"},
                   {"@PART@", plan.part},
                   {"@CLOCK@", fmt::format("{}", plan.clock_ns)}});
}

std::string vitis_configuration(const plan::Plan& plan, const ProjectNames& names) {
    return filled(R"(# v++ -c --mode hls --config hls_config.cfg --work_dir work
part=@PART@
[hls]
flow_target=@FLOW@
clock=@CLOCK@ns
syn.top=@TOP@
@SOURCES@syn.cflags=@FLAGS@
syn.csimflags=@FLAGS@
tb.file=@NAME@_test.cpp
tb.file=tb_data
tb.cflags=@FLAGS@
package.output.format=@FORMAT@
)",
                  {{"@SOURCES@", sources(names, "syn.file=firmware/@FILE@.cpp\n")},
                   {"@FLAGS@", names.flags},
                   {"@NAME@", names.project},
                   {"@TOP@", names.top},
                   {"@FLOW@", names.is_kernel ? "vitis" : "vivado"},
                   {"@FORMAT@", names.is_kernel ? "xo" : "ip_catalog"},
                   {"@PART@", plan.part},
                   {"@CLOCK@", fmt::format("{}", plan.clock_ns)}});
}

std::string makefile(const ProjectNames& names) {
    return filled(
        R"make(# make AP_TYPES=DIR: compiles and runs the test bench; DIR holds ap_fixed.h (hls4ml's PyPI package brings it: .../templates/vivado/ap_types)
CXXFLAGS ?= -O2 -w @FLAGS@ -std=c++14
SOURCES = @SOURCES@
HEADERS = $(wildcard firmware/*.h firmware/*/*)
.PHONY: run emulator
run: @NAME@_test
	./@NAME@_test
@NAME@_test: @NAME@_test.cpp $(SOURCES) $(HEADERS)
	@test -n "$(AP_TYPES)" || (echo 'name the folder of ap_fixed.h: make AP_TYPES=DIR' && false)
	$(CXX) $(CXXFLAGS) -I$(AP_TYPES) -I. -o $@ @NAME@_test.cpp $(SOURCES)
# make emulator AP_TYPES=DIR: the library for CMSSW; several may be loaded in one process
emulator: emulator/@NAME@.so
emulator/@NAME@.so: emulator/@NAME@_emulator.cpp firmware/@NAME@.cpp $(HEADERS)
	@test -n "$(AP_TYPES)" || (echo 'name the folder of ap_fixed.h: make emulator AP_TYPES=DIR' && false)
	$(CXX) $(CXXFLAGS) -std=c++17 -fPIC -shared -fvisibility=hidden -fvisibility-inlines-hidden -I$(AP_TYPES) -Iemulator -o $@ emulator/@NAME@_emulator.cpp firmware/@NAME@.cpp -Wl,-z,defs
)make",
        {{"@SOURCES@", sources(names, "firmware/@FILE@.cpp ")}, {"@FLAGS@", names.flags}, {"@NAME@", names.project}});
}

} // namespace gw::hls
