// Texts of the generated folder, by the file they end up in. @K@ is the kernel, @CL@ the design. Inside this folder of
// the room only.
#pragma once

namespace gw::shell::f2 {

// design/
extern const char* const port_verilog;   ///< @K@_f2_port.v
extern const char* const bus_verilog;    ///< @K@_f2_bus.v
extern const char* const ring_verilog;   ///< @K@_f2_ring.v
extern const char* const reads_verilog;  ///< @K@_f2_reads.v
extern const char* const writes_verilog; ///< @K@_f2_writes.v
extern const char* const top_verilog;    ///< @K@_f2.v
extern const char* const sink_verilog;   ///< @K@_f2_sink.v
extern const char* const cl_verilog;     ///< @CL@.sv

// build/, verif/, make_afi.sh
extern const char* const synth_script;
extern const char* const wrapper_script;
extern const char* const make_afi_script;
extern const char* const readme_text;
extern const char* const verif_makefile;
extern const char* const verif_tests;
extern const char* const verif_files;
extern const char* const verif_base_test;

// software/
extern const char* const ring_header;
extern const char* const pinned_header;
extern const char* const host_source;
extern const char* const host_makefile;

// emulation/
extern const char* const mgmt_header;
extern const char* const pci_header;
extern const char* const emulation_header;
extern const char* const ports_stub;
extern const char* const ddr_stub;
extern const char* const shell_header;
extern const char* const library_source;
extern const char* const emulation_makefile;

} // namespace gw::shell::f2
