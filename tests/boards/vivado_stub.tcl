# Vivado's packaging commands, as far as package_kernel.tcl may use them: each call's options are checked, what it makes
# is kept, and at the end printed. A command that is not here, an option that a command does not have (UG835, UG1118), a
# property of an object that is not there: an error, and exit code 1.
# usage: tclsh vivado_stub.tcl SCRIPT ARGUMENT...
set script [lindex $argv 0]
set argv [lrange $argv 1 end]
set objects [dict create]   ;# handle -> kind, and its properties
set order {}

proc make {kind name parent} {
    global objects order
    set handle "$kind:$parent/$name"
    if {![dict exists $objects $handle]} {
        dict set objects $handle [dict create kind $kind name $name parent $parent]
        lappend order $handle
    }
    return $handle
}
proc must_be {kind handle} {
    global objects
    if {![dict exists $objects $handle] || [dict get $objects $handle kind] ne $kind} {
        error "'$handle' is no $kind"
    }
}
# Splits arguments into flags, options with a value, and the rest.
proc options {command arguments flags valued} {
    set found [dict create rest {}]
    for {set k 0} {$k < [llength $arguments]} {incr k} {
        set one [lindex $arguments $k]
        if {$one in $flags} {
            dict set found $one 1
        } elseif {$one in $valued} {
            incr k
            if {$k >= [llength $arguments]} { error "$command: $one needs a value" }
            dict set found $one [lindex $arguments $k]
        } elseif {[string match -* $one]} {
            error "$command has no option $one"
        } else {
            dict lappend found rest $one
        }
    }
    return $found
}
proc expect_rest {command found count} {
    if {[llength [dict get $found rest]] != $count} { error "$command wants $count arguments, not [dict get $found rest]" }
    return [dict get $found rest]
}

set properties {
    fileset {top}
    core {core_revision sdx_kernel sdx_kernel_type vitis_drc ipi_drc}
    interface {slave_memory_map_ref}
    block {range width}
    register {address_offset size access description}
    field {bit_offset bit_width access description}
    parameter {value}
}
set fileset [make fileset sources_1 {}]
set core {}
set done {}

proc create_project {args} { expect_rest create_project [options create_project $args {-force} {-part}] 2; return }
proc close_project {args} { expect_rest close_project [options close_project $args {-delete} {}] 0; return }
proc add_files {args} {
    set found [options add_files $args {-norecurse} {-fileset}]
    foreach file [lindex [expect_rest add_files $found 1] 0] {
        if {![file isfile $file]} { error "add_files: no file $file" }
        puts "file $file"
    }
}
proc current_fileset {} { return $::fileset }
proc update_compile_order {args} { expect_rest update_compile_order [options update_compile_order $args {} {-fileset}] 0 }
proc set_property {name value handle} {
    global objects properties
    if {![dict exists $objects $handle]} { error "set_property $name: no object '$handle'" }
    set kind [dict get $objects $handle kind]
    if {$name ni [dict get $properties $kind]} { error "a $kind has no property $name" }
    dict set objects $handle $name $value
}
namespace eval ipx {
    proc package_project {args} {
        ::expect_rest ipx::package_project [::options ipx::package_project $args {-import_files -force} {-root_dir -vendor -library -taxonomy -set_current}] 0
        set ::root [dict get [::options x $args {-import_files -force} {-root_dir -vendor -library -taxonomy -set_current}] -root_dir]
    }
    proc unload_core {file} { if {$file ne "$::root/component.xml"} { error "unload_core: $file is not the package" } }
    proc edit_ip_in_project {args} {
        set found [::options ipx::edit_ip_in_project $args {} {-upgrade -name -directory}]
        if {[::expect_rest ipx::edit_ip_in_project $found 1] ne "$::root/component.xml"} { error "edit_ip_in_project: not the package" }
        set ::core [::make core core {}]
        # Vivado finds these by the names of the ports.
        foreach interface {s_axi_control m_axi_in m_axi_out interrupt ap_clk ap_rst_n} { ::make interface $interface $::core }
    }
    proc current_core {} { if {$::core eq {}} { error "no core is open" }; return $::core }
    proc associate_bus_interfaces {args} {
        set found [::options ipx::associate_bus_interfaces $args {} {-busif -clock -reset}]
        ::must_be core [::expect_rest ipx::associate_bus_interfaces $found 1]
        ::must_be interface "interface:$::core/[dict get $found -busif]"
        ::must_be interface "interface:$::core/[dict get $found -clock]"
        puts "clock [dict get $found -busif] [dict get $found -clock]"
    }
    proc get_bus_interfaces {args} {
        set found [::options ipx::get_bus_interfaces $args {} {-of_objects}]
        ::must_be core [dict get $found -of_objects]
        set handle "interface:$::core/[::expect_rest ipx::get_bus_interfaces $found 1]"
        ::must_be interface $handle
        return $handle
    }
    proc add {command kind parent_kind arguments} {
        lassign [::expect_rest $command [::options $command $arguments {-quiet} {}] 2] name parent
        ::must_be $parent_kind $parent
        return [::make $kind $name $parent]
    }
    proc add_memory_map {args} { return [add ipx::add_memory_map map core $args] }
    proc add_address_block {args} { return [add ipx::add_address_block block map $args] }
    proc add_register {args} { return [add ipx::add_register register block $args] }
    proc add_field {args} { return [add ipx::add_field field register $args] }
    proc add_register_parameter {args} { return [add ipx::add_register_parameter parameter register $args] }
    foreach step {create_xgui_files update_checksums check_integrity save_core} {
        proc $step {args} [string map [list STEP $step] {
            ::must_be core [lindex $args end]
            lappend ::done STEP
        }]
    }
}
proc package_xo {args} {
    set found [options package_xo $args {-force} {-xo_path -kernel_name -ip_directory -kernel_xml}]
    expect_rest package_xo $found 0
    if {$::done ne {create_xgui_files update_checksums check_integrity save_core}} { error "package_xo: the core is not saved: $::done" }
    if {[dict get $found -ip_directory] ne $::root} { error "package_xo: [dict get $found -ip_directory] is not the package" }
    if {![file isfile [dict get $found -kernel_xml]]} { error "package_xo: no kernel.xml" }
    puts "xo [dict get $found -xo_path] [dict get $found -kernel_name]"
}
proc unknown {name args} { error "Vivado knows no command '$name' that this check knows" }

if {[catch {source $script} message]} {
    puts stderr "error: $message"
    exit 1
}
foreach handle $order {
    set one [dict get $objects $handle]
    switch [dict get $one kind] {
        register { puts "register [dict get $one name] [expr {[dict get $one address_offset]}] [dict get $one size] [dict get $one access]" }
        field { puts "field [dict get $objects [dict get $one parent] name] [dict get $one name] [dict get $one bit_offset] [dict get $one bit_width]" }
        parameter { puts "parameter [dict get $objects [dict get $one parent] name] [dict get $one name] [dict get $one value]" }
        interface { if {[dict exists $one slave_memory_map_ref]} { puts "map [dict get $one name] [dict get $one slave_memory_map_ref]" } }
        core { puts "kernel [dict get $one sdx_kernel] [dict get $one sdx_kernel_type] [dict get $one vitis_drc]" }
        fileset { puts "top [dict get $one top]" }
    }
}
