#include "shell/alveo/texts.hpp"

namespace gw::shell {

const char* const alveo_package_text = R"tcl(# Packages the kernel @K@ as an IP and then as an object file for v++.
# usage: vivado -mode batch -source package_kernel.tcl -tclargs build/@K@.xo
set object [lindex $argv 0]
set work build/package
set packaged $work/ip

create_project -force package_kernel $work/project
add_files -norecurse [lsort [glob src/*.v]]
set_property top @K@ [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir $packaged -vendor gatewright -library kernel -taxonomy /KernelIP -import_files -set_current false
ipx::unload_core $packaged/component.xml
ipx::edit_ip_in_project -upgrade true -name edit_kernel -directory $packaged $packaged/component.xml
set core [ipx::current_core]
set_property core_revision 1 $core

# One clock for all interfaces, whose names Vivado finds by the ports' prefixes.
foreach interface {s_axi_control m_axi_in m_axi_out} {
    ipx::associate_bus_interfaces -busif $interface -clock ap_clk $core
}

# The control port's registers: docs/card.md says what each means.
set map [ipx::add_memory_map -quiet s_axi_control $core]
set_property slave_memory_map_ref s_axi_control [ipx::get_bus_interfaces -of_objects $core s_axi_control]
set block [ipx::add_address_block -quiet reg0 $map]
set_property range 4096 $block
set_property width 32 $block

proc add_register {block name offset bits access description} {
    set register [ipx::add_register $name $block]
    set_property address_offset $offset $register
    set_property size $bits $register
    set_property access $access $register
    set_property description $description $register
    return $register
}
proc add_field {register name bit access} {
    set field [ipx::add_field $name $register]
    set_property bit_offset $bit $field
    set_property bit_width 1 $field
    set_property access $access $field
}
# A pointer argument: the master that reads or writes what it points to.
proc point_to {register interface} {
    set parameter [ipx::add_register_parameter ASSOCIATED_BUSIF $register]
    set_property value $interface $parameter
}

@REGISTERS@
set_property sdx_kernel true $core
set_property sdx_kernel_type rtl $core
set_property vitis_drc {ctrl_protocol @PROTOCOL@} $core
set_property ipi_drc {ignore_freq_hz true} $core
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity $core
ipx::save_core $core
close_project -delete

package_xo -force -xo_path $object -kernel_name @K@ -ip_directory $packaged -kernel_xml kernel.xml
)tcl";

const char* const alveo_makefile_text =
    R"mk(# @K@ for Alveo: Vivado and v++ (Vitis 2022.1 or later) in PATH, and the card's platform installed.
#   make                     build/hw/@K@.xclbin for PLATFORM
#   make TARGET=hw_emu       the vendor's emulation, with emconfig.json beside it
PLATFORM ?= @PLATFORM@
TARGET ?= hw
OBJECT := build/@K@.xo
XCLBIN := build/$(TARGET)/@K@.xclbin
ifeq ($(filter $(TARGET),hw hw_emu),)
$(error TARGET is $(TARGET): hw or hw_emu)
endif

.PHONY: all object clean
.DELETE_ON_ERROR:
all: $(XCLBIN) $(if $(filter hw_emu,$(TARGET)),build/hw_emu/emconfig.json)
object: $(OBJECT)

$(OBJECT): package_kernel.tcl kernel.xml $(wildcard src/*.v)
	@mkdir -p build
	vivado -mode batch -nojournal -log build/package.log -source package_kernel.tcl -tclargs $@

$(XCLBIN): $(OBJECT) link.cfg
	@mkdir -p build/$(TARGET)
	v++ --link --target $(TARGET) --platform $(PLATFORM) --config link.cfg --temp_dir build/$(TARGET)/temp --log_dir build/$(TARGET)/log --report_dir build/$(TARGET)/report -o $@ $(OBJECT)

build/hw_emu/emconfig.json:
	@mkdir -p build/$(TARGET)
	emconfigutil --platform $(PLATFORM) --od build/$(TARGET)

clean:
	rm -rf build
)mk";

const char* const alveo_readme_text = R"(# @K@ for Alveo @CARD@

Made by `gatewright card --platform alveo --board @CARD@`: a Vitis RTL kernel around the bundle's core. @UNITS@ compute units, @MEMORY@.
None of AMD's tools was at hand where this was made: nothing here has been through Vivado, v++ or a card. What was checked without them is in
Gatewright's docs/alveo.md.

    make object                  # package_kernel.tcl in Vivado: build/@K@.xo
    make                         # v++ for PLATFORM=@PLATFORM@
    make TARGET=hw_emu           # the vendor's emulation
    gatewright run BUNDLE events.npz -o out.npy --device xrt --xclbin build/hw/@K@.xclbin

| card | platform of its last release | memory for `sp=` in link.cfg | SLRs |
|---|---|---|---|
@CARDS@
A platform's own document wins over this table (`platforminfo PLATFORM`). Input and output of a compute unit lie in one bank, as
`--device xrt` expects. The retired AWS F1 was built by this flow too; for AWS F2 see Gatewright's docs/f2.md.
)";

} // namespace gw::shell
