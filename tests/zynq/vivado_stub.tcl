# Stand-ins of the Vivado commands that the generated Tcl uses, as far as a script can get them wrong: unknown commands, options, properties, IPs,
# cells and pins are errors, as are pins that are driven twice and a design that is left half connected. It is our reading of UG835, UG994, UG1118
# and the IPs' product guides, not Vivado.  usage: tclsh vivado_stub.tcl SCRIPT    prints the calls
set calls {}
set project ""
set catalogue {xilinx.com:ip:processing_system7:5.5 xilinx.com:ip:zynq_ultra_ps_e:3.3 xilinx.com:ip:axi_dma:7.1 xilinx.com:ip:proc_sys_reset:5.0
    xilinx.com:ip:smartconnect:1.0}
set board_parts {tul.com.tw:pynq-z2:part0:1.0 xilinx.com:zcu104:part0:1.1 xilinx.com:kv260_som:part0:1.4}
set parts {xc7z020clg400-1 xczu7ev-ffvc1156-2-e xck26-sfvc784-2LV-c}
array set cells {}      ;# name -> IP
array set driver {}     ;# input pin -> the output that drives it
array set joined {}     ;# interface -> the one at its other end
array set packaged {}
set sources {}; set repository ""; set addressed 0; set validated 0; set saved 0; set preset 0; set has_wrapper 0; set built 0; set grouped {}

# Pins and interfaces of each IP: direction i or o, interfaces m or s; those with ! must be connected.
array set pins {
    processing_system7 {FCLK_CLK0 o FCLK_RESET0_N o M_AXI_GP0_ACLK i! S_AXI_HP0_ACLK i!}
    zynq_ultra_ps_e    {pl_clk0 o pl_resetn0 o maxihpm0_fpd_aclk i! saxihp0_fpd_aclk i!}
    axi_dma            {s_axi_lite_aclk i! m_axi_mm2s_aclk i! m_axi_s2mm_aclk i! axi_resetn i! mm2s_introut o s2mm_introut o}
    proc_sys_reset     {slowest_sync_clk i! ext_reset_in i! aux_reset_in i mb_debug_sys_rst i dcm_locked i peripheral_aresetn o interconnect_aresetn o}
    smartconnect       {aclk i! aresetn i!}
}
array set interfaces {
    processing_system7 {M_AXI_GP0 m! S_AXI_HP0 s! DDR m FIXED_IO m}
    zynq_ultra_ps_e    {M_AXI_HPM0_FPD m! S_AXI_HP0_FPD s!}
    axi_dma            {S_AXI_LITE s! M_AXI_MM2S m! M_AXI_S2MM m! M_AXIS_MM2S m! S_AXIS_S2MM s!}
    proc_sys_reset {}
}
array set settings {
    processing_system7 {PCW_USE_M_AXI_GP0 PCW_USE_S_AXI_HP0 PCW_S_AXI_HP0_DATA_WIDTH PCW_EN_CLK0_PORT PCW_FPGA0_PERIPHERAL_FREQMHZ}
    zynq_ultra_ps_e    {PSU__USE__M_AXI_GP0 PSU__USE__M_AXI_GP1 PSU__USE__M_AXI_GP2 PSU__USE__S_AXI_GP2 PSU__SAXIGP2__DATA_WIDTH PSU__FPGA_PL0_ENABLE
                        PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ}
    axi_dma            {c_include_sg c_sg_include_stscntrl_strm c_sg_length_width c_addr_width c_include_mm2s c_include_s2mm c_m_axi_mm2s_data_width
                        c_m_axis_mm2s_tdata_width c_mm2s_burst_size c_m_axi_s2mm_data_width c_s_axis_s2mm_tdata_width c_s2mm_burst_size}
    smartconnect {NUM_SI NUM_MI} proc_sys_reset {}
}

# options NAME ARGUMENTS FLAGS VALUED MOST: {options positional}; an option or a positional too many is an error.
proc options {name arguments flags valued most} {
    lappend ::calls [concat $name $arguments]
    set found [dict create]; set rest {}
    for {set k 0} {$k < [llength $arguments]} {incr k} {
        set word [lindex $arguments $k]
        if {$word in $flags} { dict set found $word 1
        } elseif {$word in $valued} { dict set found $word [lindex $arguments [incr k]]
        } elseif {[regexp {^-[a-z_]+$} $word]} { error "$name has no option $word"
        } else { lappend rest $word }
    }
    if {[llength $rest] > $most} { error "$name takes $most arguments, not: $rest" }
    return [list $found $rest]
}
proc need {condition text} { if {![uplevel 1 [list expr $condition]]} { error $text } }
proc open_project_needed {} { need {$::project ne ""} "no project is open" }

proc create_project {args} {
    lassign [options create_project $args {-force} {-part} 2] found rest
    need {[dict get $found -part] in $::parts} "there is no part [dict get $found -part]"
    need {$::project eq ""} "a project is open"
    set ::project [lindex $rest 0]; set ::directory [lindex $rest 1]; set ::sources {}
    file mkdir $::directory
}
proc close_project {} { open_project_needed; lappend ::calls close_project; set ::project "" }
proc add_files {args} {
    lassign [options add_files $args {-norecurse} {} 1] found rest
    open_project_needed
    foreach file [lindex $rest 0] { need {[file exists $file]} "no file $file"; lappend ::sources $file }
}
proc current_fileset {} { return fileset:sources_1 }
proc current_project {} { open_project_needed; return project:$::project }
proc update_compile_order {args} { options update_compile_order $args {} {-fileset} 0 }
proc get_files {name} { open_project_needed; need {$name eq "design_1.bd" && $::saved} "no file $name"; return file:$name }

proc ports_of {module} {
    foreach file $::sources {
        if {[file rootname [file tail $file]] eq $module} {
            set channel [open $file]; set text [read $channel]; close $channel
            return [regexp -all -inline -line {^ +(?:input|output) +wire +(?:\[[^]]+\] +)?(\w+)} $text]
        }
    }
    error "no source of the module $module"
}
namespace eval ipx {
    proc package_project {args} {
        lassign [::options ipx::package_project $args {-import_files -force} {-root_dir -vendor -library -taxonomy} 0] found rest
        ::need {[info exists ::top]} "no top module"
        array set ::packaged [list vendor [dict get $found -vendor] library [dict get $found -library] directory [dict get $found -root_dir]]
        set names {}
        foreach {all name} [::ports_of $::top] { lappend names $name }
        set ::kernel_pins {}; set ::kernel_interfaces {}
        foreach name $names {
            if {[regexp {^((s_axi|m_axi|s_axis|m_axis)_[a-z]+)_[a-z]+$} $name all interface kind]} {
                dict set ::kernel_interfaces $interface [expr {[string index $kind 0] eq "s" ? "s!" : "m!"}]
            } else { lappend ::kernel_pins $name i! }
        }
    }
    proc current_core {} { ::need {[info exists ::packaged(vendor)]} "no core"; return core:0 }
    proc associate_bus_interfaces {args} {
        lassign [::options ipx::associate_bus_interfaces $args {} {-busif -clock} 1] found rest
        ::need {[dict exists $::kernel_interfaces [dict get $found -busif]]} "no interface [dict get $found -busif]"
        ::need {[dict get $found -clock] in $::kernel_pins} "no clock [dict get $found -clock]"
        lappend ::associated [dict get $found -busif]
    }
    proc create_xgui_files {core} {}
    proc update_checksums {core} {}
    proc check_integrity {core} { ::need {[lsort $::associated] eq [lsort [dict keys $::kernel_interfaces]]} "interfaces without a clock" }
    proc save_core {core} {
        set ::packaged(vlnv) $::packaged(vendor):$::packaged(library):$::packaged(name):$::packaged(version)
        file mkdir $::packaged(directory)
    }
}
proc update_ip_catalog {} {
    need {$::repository ne "" && [file isdirectory $::repository] && [info exists ::packaged(vlnv)]} "no IP in the repository '$::repository'"
    lappend ::catalogue $::packaged(vlnv)
    set name $::packaged(name)
    set ::pins($name) $::kernel_pins; set ::interfaces($name) $::kernel_interfaces; set ::settings($name) {}
}
proc get_ipdefs {args} {
    lassign [options get_ipdefs $args {-all} {} 1] found rest
    return [lsearch -all -inline -glob $::catalogue [lindex $rest 0]]
}
proc get_board_parts {args} {
    lassign [options get_board_parts $args {-quiet} {} 1] found rest
    return [lsearch -all -inline -glob $::board_parts [lindex $rest 0]]
}

proc create_bd_design {name} { open_project_needed; need {$name eq "design_1"} "the files are looked for by design_1"; lappend ::calls "create_bd_design $name" }
proc create_bd_cell {args} {
    lassign [options create_bd_cell $args {} {-type -vlnv} 1] found name
    need {[dict get $found -vlnv] in $::catalogue} "the catalogue has no [dict get $found -vlnv]"
    need {![info exists ::cells($name)]} "there is a cell $name"
    set ::cells($name) [lindex [split [dict get $found -vlnv] :] 2]
    return cell:$name
}
proc set_property {args} {
    lassign [options set_property $args {} {-dict} 3] found rest
    if {[dict exists $found -dict]} { set pairs [dict get $found -dict]; set object [lindex $rest 0]
    } else { set pairs [lrange $rest 0 1]; set object [lindex $rest 2] }
    need {[llength $pairs] % 2 == 0 && $object ne ""} "set_property $args"
    foreach {name value} $pairs {
        switch -glob -- $object {
            cell:* {
                set ip $::cells([string range $object 5 end])
                regsub {\.VALUE_SRC$} [string range $name 7 end] "" setting
                need {[string match CONFIG.* $name] && $setting in $::settings($ip)} "$ip has no setting $name"
                set ::configured([string range $object 5 end],$setting) $value
            }
            fileset:* { need {$name eq "top"} "filesets have no $name"; set ::top $value }
            core:* { need {$name in {name version display_name description}} "cores have no $name"; set ::packaged($name) $value }
            project:* {
                need {$name in {board_part ip_repo_paths}} "projects have no $name"
                if {$name eq "board_part"} { need {$value in $::board_parts} "no board $value" } else { set ::repository $value }
            }
            default { error "no object $object" }
        }
    }
}
proc apply_bd_automation {args} {
    lassign [options apply_bd_automation $args {} {-rule -config} 1] found rest
    need {[regexp {^xilinx.com:bd_rule:(processing_system7|zynq_ultra_ps_e)$} [dict get $found -rule] all ip]} "no rule [dict get $found -rule]"
    need {$::cells([string range [lindex $rest 0] 5 end]) eq $ip} "the rule is for another cell"
    need {[dict get [dict get $found -config] apply_board_preset] == 1} "without the board's preset the memory is not set up"
    set ::preset 1
}
proc get_bd_cells {name} { need {[info exists ::cells($name)]} "no cell $name"; return cell:$name }
proc kinds_of {cell table} {
    need {[info exists ::cells($cell)]} "no cell $cell"
    set ip $::cells($cell)
    if {$table eq "pins"} { return $::pins($ip) }
    if {$ip ne "smartconnect"} { return $::interfaces($ip) }
    set made {}
    for {set k 0} {$k < $::configured($cell,NUM_SI)} {incr k} { lappend made [format S%02d_AXI $k] s! }
    for {set k 0} {$k < $::configured($cell,NUM_MI)} {incr k} { lappend made [format M%02d_AXI $k] m! }
    return $made
}
proc find {path table} {
    lassign [split $path /] cell pin
    need {[dict exists [kinds_of $cell $table] $pin]} "$cell has no $pin"
    return $path
}
proc get_bd_pins {path} { return [find $path pins] }
proc get_bd_intf_pins {path} { return [find $path interfaces] }
proc kind {path table} { lassign [split $path /] cell pin; return [string index [dict get [kinds_of $cell $table] $pin] 0] }
proc connect_bd_net {args} {
    lassign [options connect_bd_net $args {} {} 2] found rest
    lassign $rest from to
    need {[kind $from pins] eq "o" && [kind $to pins] eq "i"} "$from does not drive $to"
    need {![info exists ::driver($to)]} "$to is driven twice"
    set ::driver($to) $from
}
proc connect_bd_intf_net {args} {
    lassign [options connect_bd_intf_net $args {} {} 2] found rest
    lassign $rest from to
    need {[kind $from interfaces] eq "m" && [kind $to interfaces] eq "s"} "$from is no master of a slave $to"
    need {![info exists ::joined($from)] && ![info exists ::joined($to)]} "$from or $to is connected already"
    set ::joined($from) $to; set ::joined($to) $from
}
proc group_bd_cells {args} {
    lassign [options group_bd_cells $args {} {} 9] found rest
    set ::grouped [lindex $rest 0]; need {[llength $rest] > 1} "an empty hierarchy"
}
proc assign_bd_address {args} { options assign_bd_address $args {} {} 0; set ::addressed 1 }
proc validate_bd_design {} {
    need {$::addressed} "nothing has an address"
    need {$::preset} "the processor has not got the board's settings"
    need {$::grouped eq "hier_0"} "PYNQ's drivers look for hier_0"
    foreach cell [array names ::cells] {
        foreach {pin kind} [kinds_of $cell pins] {
            if {[string match *! $kind]} { need {[info exists ::driver($cell/$pin)]} "$cell/$pin is open" }
        }
        foreach {pin kind} [kinds_of $cell interfaces] {
            if {[string match *! $kind]} { need {[info exists ::joined($cell/$pin)]} "$cell/$pin is open" }
        }
    }
    foreach {pin from} [array get ::driver] {
        if {[regexp -nocase {(aclk|_clk)$} $pin]} { need {[regexp {/(FCLK_CLK0|pl_clk0)$} $from]} "$pin is no clock's" }
        if {[regexp {(aresetn|axi_resetn|ap_rst_n)$} $pin]} { need {$from eq "reset_0/peripheral_aresetn"} "$pin has another reset" }
    }
    set ::validated 1
}
proc save_bd_design {} { need {$::validated} "the design was not validated"; set ::saved 1 }
proc make_wrapper {args} {
    lassign [options make_wrapper $args {-top} {-files} 0] found rest
    need {[dict get $found -files] eq "file:design_1.bd" && [dict exists $found -top]} "make_wrapper $args"
    set file [file join $::directory design_1_wrapper.v]
    close [open $file w]
    set ::has_wrapper 1
    return $file
}
proc get_runs {name} { need {$name in {impl_1 synth_1}} "no run $name"; return run:$name }
proc touch {file} { file mkdir [file dirname $file]; close [open $file w] }
proc launch_runs {args} {
    lassign [options launch_runs $args {} {-to_step -jobs} 1] found rest
    need {$rest eq "impl_1" && [dict get $found -to_step] eq "write_bitstream"} "launch_runs $args"
    need {$::has_wrapper && $::top eq "design_1_wrapper"} "the design has no wrapper as its top"
    set ::built 1
}
proc wait_on_run {args} {
    lassign [options wait_on_run $args {} {-timeout} 1] found rest
    need {$rest eq "impl_1" && $::built} "no run goes on"
    touch [file join $::directory project.runs impl_1 design_1_wrapper.bit]
    touch [file join $::directory project.[expr {[info exists ::env(OLD_VIVADO)] ? "srcs" : "gen"}] sources_1 bd design_1 hw_handoff design_1.hwh]
}
proc get_property {name object} {
    need {$object eq "run:impl_1"} "no object $object"
    array set values {PROGRESS 100% STATUS "write_bitstream Complete!" STATS.WNS 0.412}
    if {[info exists ::env(SLACK)]} { set values(STATS.WNS) $::env(SLACK) }
    if {[info exists ::env(PROGRESS)]} { set values(PROGRESS) $::env(PROGRESS) }
    need {[info exists values($name)]} "runs have no $name"
    return $values($name)
}
proc open_run {name} { need {$::built} "no run $name" }
proc report_utilization {args} { options report_utilization $args {-hierarchical} {-file} 0 }
proc report_timing_summary {args} { options report_timing_summary $args {} {-file} 0 }
proc write_hw_platform {args} {
    lassign [options write_hw_platform $args {-fixed -include_bit -force} {} 1] found rest
    touch [lindex $rest 0]
}

source [lindex $argv 0]
puts "[llength $calls] calls"
