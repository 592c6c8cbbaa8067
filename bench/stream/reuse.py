"""One dense network at reuse factors 1 to 16: the same bits, the printed pace in simulation, and what Yosys makes of it.

usage: reuse.py GATEWRIGHT FRAMES OUTPUT.json
Weights have 8 bits and hardly one is zero, as after training without hardware in mind: at reuse factor 1 they are shifts and sums, from 2 on tables.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

CONFIG = """KerasModel: {model}
Backend: Vitis
IOType: io_stream
HLSConfig:
  Model:
    Precision: ap_fixed<{bits},4>
    ReuseFactor: {reuse}
"""
BITS = 10


def perceptron(random):
    layers = keras.layers
    model = keras.Sequential([keras.Input((16,)), layers.Dense(16, name="dense1"), layers.ReLU(name="relu1"),
                              layers.Dense(16, name="scores")])
    for layer in model.layers:
        layer.set_weights([np.round(random.uniform(-1, 1, w.shape) * 2**7) / 2**7 for w in layer.get_weights()])
    return model


def built(program, folder, reuse, frames):
    (folder / "config.yml").write_text(CONFIG.format(model=folder / "model.keras", bits=BITS, reuse=reuse))
    done = subprocess.run([program, "stream", folder / "model.keras", "--config", folder / "config.yml", "-o", folder / f"r{reuse}",
                           "--frames", str(frames), "--json"], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def counted(folder):
    """LUT, FF and DSP of the whole design by Yosys for UltraScale+."""
    stat = folder / "stat.json"
    sources = " ".join(str(f) for f in sorted(folder.glob("*.v")))
    subprocess.run(["yosys", "-q", "-p", f"read_verilog {sources}; synth_xilinx -family xcup -noiopad -top streamed; flatten; "
                    f"tee -q -o {stat} stat -json"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cells = json.loads(stat.read_text())["design"]["num_cells_by_type"]
    total = lambda *kinds: sum(n for kind, n in cells.items() if kind.startswith(kinds))
    # a RAM32M takes four LUT sites, a RAM64M and a RAM32M16 four and eight
    memory = total("RAM32M16") * 8 + (total("RAM32M") - total("RAM32M16")) * 4 + total("RAM64M") * 4
    return {"lut": total("LUT") + total("SRL") + memory, "ff": total("FD"), "dsp": total("DSP"), "bram": total("RAMB")}


def main():
    program, frames, output = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    results = []
    print("| reuse factor | cycles a frame, printed | simulated | latency | LUT | FF | DSP | mismatches |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        perceptron(np.random.default_rng(1)).save(folder / "model.keras")
        for reuse in (1, 2, 4, 8, 16):
            report = built(program, folder, reuse, frames)
            cells = counted(folder / f"r{reuse}")
            simulation = report["simulation"]
            results.append({"reuse_factor": reuse, "report": report, **cells})
            print(f"| {reuse} | {report['cycles_per_frame']} | {simulation['cycles_per_frame']} | {report['latency_cycles']} | {cells['lut']} | "
                  f"{cells['ff']} | {cells['dsp']} | {simulation['mismatches']} in {simulation['frames']} frames |",
                  flush=True)
            if simulation["mismatches"] or not simulation["finished"] or simulation["cycles_per_frame"] != report["cycles_per_frame"]:
                sys.exit("the simulation differs from the emulator, or from the printed pace")
    output.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
