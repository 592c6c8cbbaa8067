"""The Tcl of a Zynq project, run by tclsh against stand-ins of Vivado's commands: it must go through and leave bitstream and metadata under one name;
and copies of it that are broken in one place must not. usage: tcl_check.py GATEWRIGHT SOURCE_DIR
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

program, source = sys.argv[1], Path(sys.argv[2])
stub = source / "tests/zynq/vivado_stub.tcl"

# File, what is replaced, by what, and what the stand-ins must then say.
BROKEN = [
    ("package_ip.tcl", "ipx::update_checksums", "ipx::update_checksum", "invalid command name"),
    ("package_ip.tcl", "-taxonomy", "-taxonomie", "no option"),
    ("package_ip.tcl", "s_axis_events m_axis", "s_axis_event m_axis", "no interface s_axis_event"),
    ("package_ip.tcl", "{s_axi_control s_axis_events m_axis_results}", "{s_axi_control s_axis_events}", "without a clock"),
    ("package_ip.tcl", "display_name", "displayname", "cores have no"),
    ("block_design.tcl", "axi_dma:7.1", "axi_dma:8.0", "no IP"),
    ("block_design.tcl", "CONFIG.c_include_sg", "CONFIG.c_include_sgg", "no setting"),
    ("block_design.tcl", "axi_dma_0/m_axi_s2mm_aclk", "axi_dma_0/m_axi_s2mm_clk", "has no m_axi_s2mm_clk"),
    ("block_design.tcl", " axi_dma_0/axi_resetn", "", "axi_resetn is open"),
    ("block_design.tcl", "bus control_0/M01_AXI", "bus control_0/M02_AXI", "has no M02_AXI"),
    ("block_design.tcl", "bus axi_dma_0/M_AXIS_MM2S", "bus axi_dma_0/S_AXIS_S2MM", "no master"),
    ("block_design.tcl", "memory_0/S01_AXI", "memory_0/S00_AXI", "connected already"),
    ("block_design.tcl", "wire $reset reset_0/ext_reset_in", "wire $clock reset_0/slowest_sync_clk", "driven twice"),
    ("block_design.tcl", "\nassign_bd_address\n", "\n", "nothing has an address"),
    ("block_design.tcl", "group_bd_cells hier_0", "group_bd_cells hier_1", "hier_0"),
    ("block_design.tcl", "apply_board_preset \"1\"", "apply_board_preset \"0\"", "preset"),
    ("build.tcl", "update_ip_catalog", "", "no IP"),
    ("build.tcl", "-to_step write_bitstream", "-to_step route_design", "launch_runs"),
    ("build.tcl", "set_property top design_1_wrapper", "set_property top design_1", "no wrapper"),
]


def tcl(folder, **environment):
    return subprocess.run(["tclsh", str(stub), str(folder / "build.tcl")], capture_output=True, text=True, env={**os.environ, **environment}, timeout=60)


def fresh(project, work):
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(project, work)
    return work


def main():
    work = Path(tempfile.mkdtemp())
    model = source / "tests/fixtures/models/hls4ml_00.keras"
    subprocess.run([program, "build", model, "-o", work / "net.gw", "--no-card"], check=True, capture_output=True)
    for board in ("pynq-z2", "zcu104", "kv260"):
        project, copy = work / board, work / "copy"
        subprocess.run([program, "card", work / "net.gw", "--platform", "zynq", "--board", board, "-o", project, "--sources-only"], check=True, capture_output=True)
        for environment in ({}, {"OLD_VIVADO": "1"}):
            done = tcl(fresh(project, copy), **environment)
            assert done.returncode == 0, done.stderr
            for ending in ("bit", "hwh", "xsa"):
                assert len(list(copy.glob(f"*_stream.{ending}"))) == 1, f"{board}: no .{ending}"
        print(f"{board}: build.tcl goes through, {done.stdout.split()[-2]} calls checked")
        for environment, text in (({"SLACK": "-0.3"}, "timing is not met"), ({"PROGRESS": "60%"}, "did not end well")):
            done = tcl(fresh(project, copy), **environment)
            assert done.returncode != 0 and text in done.stderr, done.stderr
            assert not list(copy.glob("*.bit"))
        refused = 0
        for file, old, new, text in BROKEN:
            fresh(project, copy)
            before = (copy / file).read_text()
            assert old in before, f"{file} has no '{old}'"
            (copy / file).write_text(before.replace(old, new))
            done = tcl(copy)
            assert done.returncode != 0 and text in done.stderr, f"{board}: {file} with '{new}' for '{old}': {done.stdout}{done.stderr}"
            refused += 1
        print(f"{board}: {refused} broken copies refused")


if __name__ == "__main__":
    main()
