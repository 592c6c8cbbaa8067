"""One bundle by every way to a card, simulated: each must give the emulator's bits.

usage: every_way.py GATEWRIGHT SOURCE_DIR [--model MODEL] [--events N] [--output FILE.json]
The model is the muon network that `make demo` trains (muon.onnx here is one of those). Each way gets the same events, random over the whole range of
every input, and has a minute for them; compiling its simulation comes before. Prints a line a way; exit code 1 if a bit differs or a way is missing.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from layout import Layout

LIMIT = 60  # seconds for the events of one way
HERE = Path(__file__).parent


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Ways:
    def __init__(self, program, source, model, events, folder):
        self.program, self.source, self.folder = Path(program).resolve(), source, folder
        self.bundle = folder / "net.gw"
        run(program, "build", model, "-o", self.bundle)
        card = json.loads((self.bundle / "shell/card.json").read_text())
        self.kernel = card["kernel"]
        self.inputs = Layout(card["inputs"], card["input_event_bytes"])
        self.outputs = Layout(card["outputs"], card["output_event_bytes"])
        self.x = self.inputs.random(np.random.default_rng(17), events)
        np.save(folder / "x.npy", self.x)
        run(program, "predict", self.bundle, folder / "x.npy", "-o", folder / "y.npy")
        self.y = np.load(folder / "y.npy").reshape(events, -1)
        self.inputs.packed(self.x).tofile(folder / "in.bin")
        run(program, "card", self.bundle, "-o", folder / "xrt", "--banks", "2", "--hbm")

    # What must be compiled first; then a function that runs the events and returns the outputs, packed or as values.
    def simulation(self):
        return lambda: self.driver("sim")

    def xrt_by_our_driver(self):
        return lambda: self.driver("xrt", "--xclbin", self.xclbin(), setup=True)

    def xrt_native(self):
        return self.host_program("native")

    def opencl(self):
        return self.host_program("opencl")

    def pynq_3_over_xrt(self):
        python = self.source / "build/venv-pynq/bin/python"
        return lambda: self.xrt_program(f"'{python}' '{self.source}/tests/xrt/hosts/notebook.py'")

    def pynq_4_remote(self):
        return self.pynq_4

    def zynq(self):
        folder = self.folder / "zynq"
        run(self.program, "card", self.bundle, "--platform", "zynq", "--board", "zcu104", "-o", folder)
        return lambda: self.zynq_by_pynq_3(folder)

    def f2(self):
        folder = self.folder / "f2"
        run(self.program, "card", self.bundle, "--platform", "f2", "-o", folder)
        library = next(folder.rglob("libfpga_mgmt.so"))
        return lambda: self.driver("f2", "--fpga-library", library)

    def driver(self, device, *options, setup=False):
        words = [self.program, "run", self.bundle, self.folder / "x.npy", "-o", self.folder / "out.npy", "--device", device, *options]
        if setup:
            self.in_xrt_shell(" ".join(f"'{word}'" for word in words))
        else:
            run(*words)
        return np.load(self.folder / "out.npy").reshape(len(self.x), -1)

    def xclbin(self):
        return self.folder / "xrt" / f"{self.kernel}.xclbin"

    def in_xrt_shell(self, command):
        # A session of its own: XRT's shim signals its whole process group where it ends badly.
        run("setsid", "-w", "bash", "-c", f". '{self.folder}/xrt/setup.sh' && exec {command}", cwd=self.folder, timeout=4 * LIMIT)

    def host_program(self, name):
        host = self.folder / name
        run("g++", "-std=c++17", "-w", "-isystem", "/usr/include/xrt", self.source / f"tests/xrt/hosts/{name}.cpp", "-o", host, "-lxrt_coreutil", "-luuid",
            "-lOpenCL", "-pthread")
        return lambda: self.xrt_program(f"'{host}'")

    def xrt_program(self, command):
        self.in_xrt_shell(f"{command} '{self.xclbin()}' {self.kernel} in.bin out.bin {self.inputs.event_bytes} {self.outputs.event_bytes}")
        return np.fromfile(self.folder / "out.bin", np.uint8)

    def pynq_4(self):
        address = f"127.{os.getpid() % 250 + 1}.{os.getpid() // 250 % 250}.9"
        server = subprocess.Popen([self.program, "card", str(self.bundle), "--pynq-remote", "--listen", address], stdout=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            self.inputs.packed(self.x, padded=False).tofile(self.folder / "in.bytes")
            bit = next((self.folder / "xrt").glob("*.bit"))
            run(self.source / "build/venv-pynq4/bin/python", HERE / "pynq4_dma.py", bit, self.folder / "in.bytes", self.folder / "out.bytes",
                self.outputs.packed(self.y, padded=False).size, env={**os.environ, "PYNQ_REMOTE_DEVICES": address}, timeout=4 * LIMIT)
        finally:
            server.terminate()
            server.wait(20)
        return np.fromfile(self.folder / "out.bytes", np.uint8)

    def zynq_by_pynq_3(self, folder):
        simulation = folder / "simulation"
        run(self.source / "build/venv-pynq/bin/python", "-m", "gatewright.zynq", simulation, HERE / "zynq_predict.py", folder / "driver.py", next(simulation.glob("*.bit")),
            self.folder / "x.npy", self.folder / "out.npy", env={**os.environ, "PYTHONPATH": os.environ.get("GW_PYTHON_MODULE", "")}, timeout=4 * LIMIT)
        return np.load(self.folder / "out.npy").reshape(len(self.x), -1)

    def mismatches(self, got):
        if got.dtype == np.uint8:  # packed
            padded = got.size == self.outputs.event_bytes * len(self.x)
            wanted, got = self.outputs.packed(self.y, padded), got.reshape(len(self.x), -1)
        else:
            wanted = self.y
        return int((got != wanted).any(axis=1).sum())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("source", type=Path)
    parser.add_argument("--model", type=Path, default=HERE / "muon.onnx")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        ways = Ways(options.program, options.source.resolve(), options.model, options.events, Path(name))
        for title, prepare in [("in-process simulation", ways.simulation), ("XRT, our driver", ways.xrt_by_our_driver), ("XRT, native program", ways.xrt_native),
                               ("OpenCL program", ways.opencl), ("PYNQ 3.0.1 over XRT", ways.pynq_3_over_xrt), ("PYNQ 4.0.0 remote, AXI DMA", ways.pynq_4_remote),
                               ("PYNQ 3.0.1 on Zynq", ways.zynq), ("AWS F2", ways.f2)]:
            started = time.perf_counter()
            way = prepare()
            compiled = time.perf_counter()
            wrong = ways.mismatches(way())
            row = {"way": title, "mismatches": wrong, "events": options.events, "compile_seconds": compiled - started, "seconds": time.perf_counter() - compiled}
            rows.append(row)
            print(f"{title:<28} {wrong} mismatches in {options.events} events, {row['seconds']:.1f} s (compiling {row['compile_seconds']:.0f} s)", flush=True)
    if options.output:
        options.output.write_text(json.dumps(rows, indent=2))
    late = [row["way"] for row in rows if row["seconds"] > LIMIT]
    if late:
        print("over", LIMIT, "s:", ", ".join(late))
    return 1 if late or any(row["mismatches"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
