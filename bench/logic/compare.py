"""The HGQ jet networks as mapped logic, ours beside alkaid's. usage: compare.py LOGIC_BENCH ALKAID_PYTHON MODELS OUTPUT.json VECTORS

Both sides' Verilog goes through the same Yosys command. Every netlist of ours is simulated against the emulator. Counted are the cells that
Yosys maps to: LUT = LUT1 to LUT6 and LUT6_2 (one site each); inverters and shift registers in LUTs stand beside them. `path` is the longest
path between registers by Yosys' `sta` (cells only, no wires), for both: a pipeline with fewer registers must not be a slower one.
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from netlist import mismatches

SYNTH = "synth_xilinx -family xcup -flatten -nobram -nodsp -top {}"
CLOCK_NS = 2.8  # ours is cut for it, by the plan's delay model, in no more stages than alkaid's
#            EBOPs, alkaid's cutoff, its LUT and FF in the notes (binary adders)
NETWORKS = [(1572, 2.1, 1050, 876), (2571, 2.1, 1720, 1507), (13285, 2.1, 8743, 7877)]


def output_of(*command: str) -> str:
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{command[0]}: {run.stdout[-2000:]}{run.stderr[-2000:]}")
    return run.stdout


def mapped(sources: list, top: str, folder: Path, defines: str = "") -> dict:
    """Cells of the mapped netlist, which stays in folder/netlist.v."""
    read = f"read_verilog {defines} " + " ".join(map(str, sources))
    output_of("yosys", "-q", "-p", f"{read}; {SYNTH.format(top)}; tee -q -o {folder}/stat.json stat -json; write_verilog -noattr {folder}/netlist.v; write_json {folder}/netlist.json")
    cells = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
    cells_lib, timing = "read_verilog -lib -specify +/xilinx/cells_sim.v", Path(__file__).with_name("timing_cells.v")
    sta = output_of("yosys", "-p", f"{cells_lib}; read_verilog {folder}/netlist.v; techmap -map {timing}; hierarchy -top {top}; sta")
    luts = {name: number for name, number in cells.items() if name.startswith("LUT")}
    return {"lut": sum(luts.values()), "ff": sum(n for name, n in cells.items() if name.startswith("FD")), "inv": cells.get("INV", 0),
            "srl": sum(n for name, n in cells.items() if name.startswith("SRL")), "carry4": cells.get("CARRY4", 0), "carry8": cells.get("CARRY8", 0),
            "muxf": sum(n for name, n in cells.items() if name.startswith("MUXF")), "luts": luts,
            "path_ps": int(re.search(r"Latest arrival time in '.*' is (\d+)", sta).group(1))}


def ours(program: str, model: Path, stages: int, clock: float, vectors: int, folder: Path) -> dict:
    result = json.loads(output_of(program, str(model), str(stages), str(clock), str(folder), str(vectors)))
    result |= mapped(sorted(folder.glob("*.v")), "core", folder, "-DGATEWRIGHT_ULTRASCALE")
    if vectors:
        netlist = (folder / "netlist.json").read_text()
        ports = json.loads(netlist)["modules"]["core"]["ports"]
        check = mismatches(netlist, "core", (folder / "x.bin").read_bytes(), (folder / "y.bin").read_bytes(), len(ports["x"]["bits"]), len(ports["y"]["bits"]))
        result["simulation"] = check
        if check["mismatches"] or check["latency"] != result["stages"]:
            raise SystemExit(f"{model.name}: the netlist differs: {check}")
    return result


def alkaids(python: str, model: Path, cutoff: float, adders: str, folder: Path) -> dict:
    script = Path(__file__).with_name("alkaid_rtl.py")
    result = json.loads(output_of(python, str(script), str(model), str(folder), str(cutoff), adders).splitlines()[-1])
    sources = [p for p in sorted(folder.glob("src/**/*.v")) if not p.name.endswith("_wrapper.v")]
    return result | mapped(sources, "model", folder)


def show(rows: list) -> None:
    print(f"{'EBOPs':>6} {'':16} {'stages':>6} {'LUT':>6} {'INV':>5} {'FF':>6} {'SRL':>4} {'CARRY4':>6} {'CARRY8':>6} {'path ps':>7} {'CPU s':>6} | {'LUT':>6} {'FF':>6}  of alkaid's best")
    for row in rows:
        peers = [row[name] for name in ("alkaid binary", "alkaid ternary", "alkaid noted") if name in row]
        lut, ff = min(p["lut"] for p in peers), min(p["ff"] for p in peers)
        for name, result in row.items():
            if name != "ebops":
                seconds = f"{result['cpu_seconds']:6.2f}" if "cpu_seconds" in result else " " * 6
                cells = " ".join(f"{result.get(key, ''):>{width}}" for key, width in
                                 (("stages", 6), ("lut", 6), ("inv", 5), ("ff", 6), ("srl", 4), ("carry4", 6), ("carry8", 6), ("path_ps", 7)))
                print(f"{row['ebops']:>6} {name:16} {cells} {seconds} | {result['lut'] / lut:6.3f} {result['ff'] / ff:6.3f}")
        simulation = row["gatewright"].get("simulation")
        if simulation:
            print(f"       netlist against emulator: {simulation['mismatches']} mismatches in {simulation['vectors']} vectors, latency {simulation['latency']} cycles")


def main() -> None:
    program, python, models, report, vectors = sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    rows = []
    for ebops, cutoff, lut, ff in NETWORKS:
        model = models / f"hgq-jets-ebops{ebops}.keras"
        row = {"ebops": ebops}
        with tempfile.TemporaryDirectory() as scratch:
            peers = {f"alkaid {adders}": alkaids(python, model, cutoff, adders, Path(scratch) / adders) for adders in ("binary", "ternary")}
            stages = min(peer["stages"] for peer in peers.values())
            (Path(scratch) / "ours").mkdir()
            row["gatewright"] = ours(program, model, stages, CLOCK_NS, vectors, Path(scratch) / "ours")
        row |= peers
        row["alkaid noted"] = {"lut": lut, "ff": ff}
        rows.append(row)
    with open(report, "w") as file:
        json.dump({"peer": "alkaid 0.8.2", "synthesis": SYNTH, "rows": rows}, file, indent=1)
    show(rows)


main()
