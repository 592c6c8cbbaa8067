// Vivado's commands as text. The block design names every connection itself and leaves to Vivado's automation the
// board's settings of the processor alone, so that it is the same design with every version (commands: UG835; block
// designs: UG994; IP packaging: UG1118; AXI DMA: PG021).
#include <fmt/format.h>

#include "shell/template.hpp"
#include "shell/zynq/design.hpp"

namespace gw::shell {

namespace {

constexpr const char* package_text =
    R"tcl(# The kernel as an IP of Vivado's catalogue, in ./ip. build.tcl reads this; by hand: vivado -mode batch -source package_ip.tcl
set here [file dirname [file normalize [info script]]]
create_project package [file join $here build package] -part @PART@ -force
add_files [glob [file join $here src *.v]]
set_property top @K@ [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir [file join $here ip] -vendor gatewright -library kernel -taxonomy /UserIP -import_files -force
set core [ipx::current_core]
set_property name @K@ $core
set_property version 1.0 $core
set_property display_name "Gatewright @CORE@" $core
set_property description "Neural network @CORE@ between two AXI4-Streams" $core
# Vivado finds the interfaces by their ports' names; all of them belong to the one clock.
foreach interface {s_axi_control s_axis_events m_axis_results} {
    ipx::associate_bus_interfaces -busif $interface -clock ap_clk $core
}
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity $core
ipx::save_core $core
close_project
)tcl";

constexpr const char* design_text =
    R"tcl(# The block design: processor, AXI DMA in simple mode, kernel. build.tcl reads this in an open project whose catalogue has the kernel.
proc newest {pattern} {
    set found [lsort -dictionary [get_ipdefs -all $pattern]]
    if {[llength $found] == 0} { error "this Vivado has no IP $pattern" }
    return [lindex $found end]
}
proc cell {vlnv name settings} {
    set made [create_bd_cell -type ip -vlnv [newest $vlnv] $name]
    if {[llength $settings] > 0} { set_property -dict $settings $made }
    return $made
}
proc wire {from args} {
    foreach to $args { connect_bd_net [get_bd_pins $from] [get_bd_pins $to] }
}
proc bus {from to} { connect_bd_intf_net [get_bd_intf_pins $from] [get_bd_intf_pins $to] }

create_bd_design design_1

@PROCESSOR@
# Both directions, no scatter-gather, transfers of up to 64 MiB.
cell xilinx.com:ip:axi_dma:7.1 axi_dma_0 [list CONFIG.c_include_sg {0} CONFIG.c_sg_include_stscntrl_strm {0} \
    CONFIG.c_sg_length_width {26} CONFIG.c_addr_width {@ADDRESS@} CONFIG.c_include_mm2s {1} CONFIG.c_include_s2mm {1} \
    CONFIG.c_m_axi_mm2s_data_width {@WIDTH@} CONFIG.c_m_axis_mm2s_tdata_width {@WIDTH@} CONFIG.c_mm2s_burst_size {16} \
    CONFIG.c_m_axi_s2mm_data_width.VALUE_SRC USER CONFIG.c_s_axis_s2mm_tdata_width.VALUE_SRC USER \
    CONFIG.c_m_axi_s2mm_data_width {@WIDTH@} CONFIG.c_s_axis_s2mm_tdata_width {@WIDTH@} CONFIG.c_s2mm_burst_size {16}]
cell gatewright:kernel:@K@:1.0 @I@ {}
cell xilinx.com:ip:proc_sys_reset:* reset_0 {}
cell xilinx.com:ip:smartconnect:* control_0 [list CONFIG.NUM_SI {1} CONFIG.NUM_MI {2}]
cell xilinx.com:ip:smartconnect:* memory_0 [list CONFIG.NUM_SI {2} CONFIG.NUM_MI {1}]

# One clock for all, and its reset.
wire $clock {*}$processor_clocks reset_0/slowest_sync_clk control_0/aclk memory_0/aclk @I@/ap_clk \
    axi_dma_0/s_axi_lite_aclk axi_dma_0/m_axi_mm2s_aclk axi_dma_0/m_axi_s2mm_aclk
wire $reset reset_0/ext_reset_in
wire reset_0/peripheral_aresetn control_0/aresetn memory_0/aresetn @I@/ap_rst_n axi_dma_0/axi_resetn

# Registers.
bus $registers control_0/S00_AXI
bus control_0/M00_AXI axi_dma_0/S_AXI_LITE
bus control_0/M01_AXI @I@/s_axi_control
# Memory.
bus axi_dma_0/M_AXI_MM2S memory_0/S00_AXI
bus axi_dma_0/M_AXI_S2MM memory_0/S01_AXI
bus memory_0/M00_AXI $memory
# Events and results.
bus axi_dma_0/M_AXIS_MM2S @I@/s_axis_events
bus @I@/m_axis_results axi_dma_0/S_AXIS_S2MM
# The DMA's interrupts stay open: PYNQ refuses a DMA whose interrupt has no device in the board's device tree.

# PYNQ's drivers for hls4ml look for hier_0/axi_dma_0.
group_bd_cells hier_0 [get_bd_cells axi_dma_0] [get_bd_cells @I@]
assign_bd_address
validate_bd_design
save_bd_design
)tcl";

constexpr const char* zynq7000_text = R"tcl(set ps processing_system7_0
cell xilinx.com:ip:processing_system7:* $ps {}
apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 \
    -config {make_external "FIXED_IO, DDR" apply_board_preset "1" Master "Disable" Slave "Disable"} [get_bd_cells $ps]
set_property -dict [list CONFIG.PCW_USE_M_AXI_GP0 {1} CONFIG.PCW_USE_S_AXI_HP0 {1} CONFIG.PCW_S_AXI_HP0_DATA_WIDTH {64} \
    CONFIG.PCW_EN_CLK0_PORT {1} CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ {@MHZ@}] [get_bd_cells $ps]
set clock $ps/FCLK_CLK0
set reset $ps/FCLK_RESET0_N
set processor_clocks [list $ps/M_AXI_GP0_ACLK $ps/S_AXI_HP0_ACLK]
set registers $ps/M_AXI_GP0
set memory $ps/S_AXI_HP0
)tcl";

constexpr const char* ultrascale_text = R"tcl(set ps zynq_ultra_ps_e_0
cell xilinx.com:ip:zynq_ultra_ps_e:* $ps {}
apply_bd_automation -rule xilinx.com:bd_rule:zynq_ultra_ps_e -config {apply_board_preset "1"} [get_bd_cells $ps]
set_property -dict [list CONFIG.PSU__USE__M_AXI_GP0 {1} CONFIG.PSU__USE__M_AXI_GP1 {0} CONFIG.PSU__USE__M_AXI_GP2 {0} \
    CONFIG.PSU__USE__S_AXI_GP2 {1} CONFIG.PSU__SAXIGP2__DATA_WIDTH {128} CONFIG.PSU__FPGA_PL0_ENABLE {1} \
    CONFIG.PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ {@MHZ@}] [get_bd_cells $ps]
set clock $ps/pl_clk0
set reset $ps/pl_resetn0
set processor_clocks [list $ps/maxihpm0_fpd_aclk $ps/saxihp0_fpd_aclk]
set registers $ps/M_AXI_HPM0_FPD
set memory $ps/S_AXI_HP0_FPD
)tcl";

constexpr const char* build_text =
    R"tcl(# From sources to @K@.bit and @K@.hwh. usage: vivado -mode batch -source build.tcl
set here [file dirname [file normalize [info script]]]
source [file join $here package_ip.tcl]

create_project project [file join $here build project] -part @PART@ -force
# Without the board's own files the memory and the pins of the processor would be wrong.
set boards [lsort -dictionary [get_board_parts -quiet @BOARDFILES@]]
if {[llength $boards] == 0} {
    error "Vivado has no board files @BOARDFILES@: install them (Vivado Store, or the board's maker)"
}
set_property board_part [lindex $boards end] [current_project]
set_property ip_repo_paths [file join $here ip] [current_project]
update_ip_catalog

source [file join $here block_design.tcl]
set wrapper [make_wrapper -files [get_files design_1.bd] -top]
add_files -norecurse $wrapper
set_property top design_1_wrapper [current_fileset]
update_compile_order -fileset sources_1

launch_runs impl_1 -to_step write_bitstream -jobs 4
wait_on_run impl_1
if {[get_property PROGRESS [get_runs impl_1]] ne "100%"} {
    error "the implementation did not end well: [get_property STATUS [get_runs impl_1]]"
}
set slack [get_property STATS.WNS [get_runs impl_1]]
if {$slack < 0} {
    error "timing is not met at @MHZ@ MHz: the worst slack is $slack ns; ask for a slower clock (gatewright build --clock)"
}

# PYNQ wants bitstream and metadata under one name. Where Vivado keeps the metadata depends on its version.
proc one_of {patterns} {
    foreach pattern $patterns {
        set found [glob -nocomplain $pattern]
        if {[llength $found] > 0} { return [lindex $found 0] }
    }
    error "none of $patterns was made"
}
set root [file join $here build project]
file copy -force [one_of [list [file join $root project.runs impl_1 design_1_wrapper.bit]]] [file join $here @K@.bit]
file copy -force [one_of [list [file join $root project.gen sources_1 bd design_1 hw_handoff design_1.hwh] \
    [file join $root project.srcs sources_1 bd design_1 hw_handoff design_1.hwh]]] [file join $here @K@.hwh]
open_run impl_1
report_utilization -file [file join $here build utilization.rpt] -hierarchical
report_timing_summary -file [file join $here build timing.rpt]
write_hw_platform -fixed -include_bit -force [file join $here @K@.xsa]
puts "@K@.bit and @K@.hwh: worst slack $slack ns at @MHZ@ MHz"
)tcl";

Marks marks_of(const ZynqDesign& design) {
    const bool small = design.board.processor == Processor::zynq7000;
    const Marks clock{{"MHZ", fmt::format("{:g}", design.clock_mhz)}};
    return {{"K", design.kernel.name},
            {"I", design.instance()},
            {"CORE", design.core},
            {"PART", design.board.part},
            {"BOARDFILES", design.board.board_files},
            {"MHZ", clock.at("MHZ")},
            {"WIDTH", std::to_string(design.kernel.width)},
            {"ADDRESS", small ? "32" : "40"},
            {"PROCESSOR", fill(small ? zynq7000_text : ultrascale_text, clock)}};
}

} // namespace

std::string package_tcl(const ZynqDesign& design) {
    return fill(package_text, marks_of(design));
}
std::string block_design_tcl(const ZynqDesign& design) {
    return fill(design_text, marks_of(design));
}
std::string build_tcl(const ZynqDesign& design) {
    return fill(build_text, marks_of(design));
}

} // namespace gw::shell
