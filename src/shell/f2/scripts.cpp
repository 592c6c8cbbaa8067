// The texts by which AWS's kit finds its way through the folder. Its own scripts are called, not copied.
#include "shell/f2/texts.hpp"

namespace gw::shell::f2 {

const char* const synth_script =
    R"tcl(# Synthesis of @CL@, called by the kit's build_all.tcl, which sets the names of the folders.
source ${HDK_SHELL_DIR}/build/scripts/synth_cl_header.tcl

print "Reading the design"
read_verilog -sv [glob ${src_post_enc_dir}/*.sv]
read_verilog [glob ${src_post_enc_dir}/*.v]

print "Reading constraints"
read_xdc [list ${constraints_dir}/cl_synth_user.xdc ${constraints_dir}/cl_timing_user.xdc]
set_property PROCESSING_ORDER LATE [get_files cl_synth_user.xdc]
set_property PROCESSING_ORDER LATE [get_files cl_timing_user.xdc]

print "Synthesising ${CL}"
update_compile_order -fileset sources_1
synth_design -mode out_of_context -top ${CL} -verilog_define XSDB_SLV_DIS -part ${DEVICE_TYPE} -keep_equivalent_registers

source ${HDK_SHELL_DIR}/build/scripts/synth_cl_footer.tcl
)tcl";

const char* const wrapper_script = R"tcl(# The kit's own script of this name.
if {![info exists ::env(HDK_SHELL_DIR)]} { error "HDK_SHELL_DIR is not set: source hdk_setup.sh of aws-fpga first" }
source [file join $::env(HDK_SHELL_DIR) build scripts @SCRIPT@]
)tcl";

const char* const make_afi_script =
    R"sh(#!/usr/bin/env bash
# From this folder to an Amazon FPGA image. usage: make_afi.sh BUCKET [KEY_PREFIX]
# Needs: hdk_setup.sh of aws-fpga read by this shell (Vivado and its licence are in AWS's FPGA Developer AMI), and the AWS command
# line with the right to write into the bucket and to create FPGA images.
set -euo pipefail
bucket=${1:?usage: make_afi.sh BUCKET [KEY_PREFIX]}
prefix=${2:-@CL@}
: "${HDK_SHELL_DIR:?source hdk_setup.sh of aws-fpga first}"
export CL_DIR
CL_DIR=$(cd "$(dirname "$0")" && pwd)
if [[ $(basename "$CL_DIR") != @CL@ ]]; then
    echo "the folder must be named @CL@, as its top module" >&2
    exit 1
fi

cd "$CL_DIR/build/scripts"
"$HDK_SHELL_DIR/build/scripts/aws_build_dcp_from_cl.py" -c @CL@ --mode small_shell
# The kit goes on after a failed build, so what it left is looked at.
archive=$(find "$CL_DIR/build/checkpoints" -name '*.Developer_CL.tar' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-)
if [[ -z $archive ]]; then
    echo "no checkpoint was made: look at the newest *.vivado.log in $PWD" >&2
    exit 1
fi
if compgen -G "$CL_DIR/build/checkpoints/*.post_route.VIOLATED.dcp" > /dev/null; then
    echo "the design misses its timing: give the network more registers (gatewright build --clock 4) and build again" >&2
    exit 1
fi

key=$prefix/$(basename "$archive")
aws s3 cp "$archive" "s3://$bucket/$key"
aws ec2 create-fpga-image --name @CL@ --description "Gatewright @K@" \
    --input-storage-location "Bucket=$bucket,Key=$key" --logs-storage-location "Bucket=$bucket,Key=$prefix/logs"
echo "wait until 'aws ec2 describe-fpga-images --fpga-image-ids afi-...' says available, then on the F2 instance:"
echo "  sudo fpga-clear-local-image -S 0 && sudo fpga-load-local-image -S 0 -I agfi-..."
)sh";

const char* const readme_text =
    R"md(# @CL@: kernel @K@ for AWS F2 instances

| folder | what |
|---|---|
| `design/` | custom logic: `@CL@.sv` (ports of the small shell), `@K@_f2*.v` (registers, descriptor ring, mover), kernel, network |
| `build/` | constraints and the scripts that AWS's kit looks for; its own scripts are called from `$HDK_SHELL_DIR` |
| `verif/` | a test for the kit's own simulation (Vivado's simulator) |
| `software/` | a host program: `make`, or `make EMULATED=1` |
| `emulation/` | libfpga_mgmt without an FPGA: `make` (Verilator) |
| `make_afi.sh` | build, upload, `create-fpga-image` |

The core was planned for @CORE_NS@ ns a clock; the shell's clock, and so the kernel's, is 4 ns (250 MHz).@CLOCK_NOTE@
`cl_ports.vh` and `sh_ddr` come from AWS's kit and are not here. Registers and memory layout: docs/f2.md of Gatewright.
)md";

const char* const verif_makefile =
    R"mk(# The kit's simulation of this design: make TEST=@CL@_base_test. Wants HDK_COMMON_DIR (hdk_setup.sh) and Vivado.
ifndef HDK_COMMON_DIR
  $(error HDK_COMMON_DIR is not set: source hdk_setup.sh of aws-fpga first)
endif
include $(HDK_COMMON_DIR)/verif/tb/scripts/Makefile.header.inc
C_FILES = $(C_SDK_USR_UTILS_DIR)/sh_dpi_tasks.c $(C_COMMON_DIR)/src/fpga_pci_sv.c
C_INCLUDE_DIRS = $(C_SDK_USR_INC_DIR) $(C_SDK_USR_UTILS_DIR) $(C_COMMON_DIR)/include $(C_COMMON_DIR)/src $(C_INC_DIR) $(C_HEADER_INCLUDE_DIR)
REGRESSION_TEST_LIST = ${DEFAULT_REGRESSION_TEST_LIST_COLLECTION}
regression: run_regression log_regression_results print_regression_results
include $(HDK_COMMON_DIR)/verif/tb/scripts/Makefile.common.inc
)mk";

const char* const verif_tests = R"mk(@CL@_base_test: TEST=@CL@_base_test
@CL@_base_test: all
)mk";

const char* const verif_files = R"mk(-define CL_NAME=@CL@
-define DISABLE_VJTAG_DEBUG

-include $CL_DIR/design/

@SOURCES@
-include $CL_DIR/verif/tests
-f $HDK_COMMON_DIR/verif/tb/filelists/tb.${SIMULATOR}.f
${TEST_NAME}
)mk";

const char* const verif_base_test =
    R"v(// For the kit's own test bench: the design answers at its identity register.
`include "common_base_test.svh"

module @CL@_base_test();
    import tb_type_defines_pkg::*;
    logic [31:0] identity;

    initial begin
        tb.power_up();
        tb.peek_ocl(.addr(64'h1000), .data(identity));
        if (identity !== 32'h47574632) begin
            $error("the identity register holds %h", identity);
            error_count++;
        end
        tb.power_down();
        report_pass_fail_status();
        $finish;
    end
endmodule
)v";

} // namespace gw::shell::f2
