"""Compiling generated C++: Gatewright's HLS project and hls4ml's, g++ -O2 of the top function's source with the same ap_types headers.

usage: compare.py GATEWRIGHT OUTPUT.json
hls4ml's default types (fixed<16,6>), its numerics on both sides. Medians of REPEATS; a compilation that takes longer than LIMIT is run once and
reported as not finished. Ours is also run on vectors and compared with the emulator.
"""
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

REPEATS = int(os.environ.get("REPEATS", "3"))
LIMIT = float(os.environ.get("LIMIT", "600"))
CONFIG = """Backend: Vitis
IOType: {io}
HLSConfig:
  Model:
    Precision: {{default: 'fixed<16,6>'}}
    ReuseFactor: 1
    Strategy: Latency
"""


def jet():
    import keras
    from keras import layers as L

    x = keras.Input((16,), name="jet")
    y = x
    for k, width in enumerate((64, 32, 32)):
        y = L.Dense(width, activation="relu", name=f"dense{k}")(y)
    return keras.Model(x, L.Dense(5, activation="softmax", name="last")(y))


def series():
    import keras
    from keras import layers as L

    x = keras.Input((100, 7), name="series")
    y = x
    for k, kernel in enumerate((10, 20, 40)):
        y = L.Conv1D(32, kernel, padding="same", activation="relu", name=f"conv{k}")(y)
    return keras.Model(x, L.Dense(5, name="last")(L.GlobalAveragePooling1D(name="mean")(y)))


def compiled(folder: Path, source: Path, includes):
    """Seconds and megabytes of g++ on one source; seconds None where it did not end in time."""
    command = ["g++", "-O2", "-w", "-DNDEBUG", "-std=c++14", "-fPIC", "-c", str(source), "-o", str(folder / "out.o")]
    for include in includes:
        command += ["-I", str(include)]
    started = time.perf_counter()
    process = subprocess.Popen(command, start_new_session=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, memory_of_group(process.pid))
        if time.perf_counter() - started > LIMIT:
            os.killpg(process.pid, 9)
            process.wait()
            return None, peak
        time.sleep(0.02)
    if process.returncode != 0:
        raise RuntimeError(f"{source} does not compile")
    return time.perf_counter() - started, peak


def memory_of_group(leader: int) -> float:
    """The largest resident set of the compiler's processes so far, in megabytes."""
    largest = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                if os.getpgid(int(entry.name)) == leader:
                    lines = (entry / "status").read_text().splitlines()
                    largest = max([largest] + [int(line.split()[1]) for line in lines if line.startswith("VmHWM")])
    return largest / 1024


def hls4ml_project(model, config: Path, folder: Path):
    import hls4ml
    import yaml

    settings = yaml.safe_load(config.read_text())
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        started = time.perf_counter()
        converted = hls4ml.converters.convert_from_keras_model(
            model, hls_config=settings["HLSConfig"], output_dir=str(folder), backend="Vitis", io_type=settings["IOType"])
        converted.write()
        seconds = time.perf_counter() - started
    return folder / "firmware/myproject.cpp", [folder / "firmware", folder / "firmware/ap_types"], seconds


def gatewright_project(program, model: Path, config: Path, folder: Path):
    started = time.perf_counter()
    subprocess.run([program, "hls", str(model), "-o", str(folder), "--config", str(config), "--numerics", "hls4ml", "--name", "net"],
                   check=True, stdout=subprocess.DEVNULL)
    return folder / "firmware/net.cpp", [folder], time.perf_counter() - started


def measured(folder: Path, project):
    source, includes, seconds = project
    times, peaks = [], []
    for _ in range(REPEATS):
        took, peak = compiled(folder, source, includes)
        times.append(took)
        peaks.append(peak)
        if took is None:
            break
    files = sum(f.stat().st_size for f in source.parent.rglob("*") if f.is_file() and "ap_types" not in f.parts)
    return {"generate_seconds": seconds, "compile_seconds": None if None in times else statistics.median(times), "megabytes": max(peaks),
            "repeats": times, "largest_file": max(f.stat().st_size for f in source.parent.rglob("*") if f.is_file()), "bytes": files}


def ours_agrees(program, model: Path, config: Path, folder: Path, ap_types: Path, vectors: int):
    """Our project's own test bench on the emulator's outputs: its verdict."""
    result = subprocess.run([program, "hls", str(model), "-o", str(folder), "--config", str(config), "--numerics", "hls4ml", "--name", "net",
                             "--verify", str(vectors), "--json"], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)["verification"]


# The least that a network needs of ap_types: one product, one sum, one conversion.
FLOOR = """#include "ap_fixed.h"
void top(const ap_fixed<16, 6> x[2], ap_fixed<16, 6>& y) {
    y = x[0] * x[1] + x[0];
}
"""


def floor_megabytes(folder: Path, ap_types: Path) -> float:
    (folder / "floor.cpp").write_text(FLOOR)
    return compiled(folder, folder / "floor.cpp", [ap_types])[1]


def main() -> int:
    program, report = sys.argv[1], Path(sys.argv[2])
    rows = []
    for name, made, io, vectors in [("dense 16-64-32-32-5, softmax", jet, "io_parallel", 10000),
                                    ("dense 16-64-32-32-5, softmax", jet, "io_stream", 10000),
                                    ("100x7, three Conv1D of 32 filters, kernels 10, 20, 40", series, "io_parallel", 50),
                                    ("100x7, three Conv1D of 32 filters, kernels 10, 20, 40", series, "io_stream", 50)]:
        model = made()
        random = np.random.default_rng(2)
        for layer in model.layers:
            layer.set_weights([random.normal(0, 0.3 if w.ndim < 2 else 1 / np.sqrt(np.prod(w.shape[:-1])), w.shape) for w in layer.get_weights()])
        with tempfile.TemporaryDirectory() as folder_name:
            folder = Path(folder_name)
            model.save(folder / "net.keras")
            (folder / "net.yml").write_text(CONFIG.format(io=io))
            theirs = hls4ml_project(model, folder / "net.yml", folder / "hls4ml")
            ours = gatewright_project(program, folder / "net.keras", folder / "net.yml", folder / "ours")
            ours = (ours[0], [*ours[1], theirs[1][1]], ours[2])
            row = {"network": name, "io": io, "gatewright": measured(folder, ours), "hls4ml": measured(folder, theirs),
                   "floor_megabytes": floor_megabytes(folder, theirs[1][1]),
                   "check": ours_agrees(program, folder / "net.keras", folder / "net.yml", folder / "checked", theirs[1][1], vectors)}
        a, b = row["gatewright"], row["hls4ml"]
        if a["compile_seconds"] is not None and b["compile_seconds"] is not None:
            row["time_ratio"], row["memory_ratio"] = a["compile_seconds"] / b["compile_seconds"], a["megabytes"] / b["megabytes"]
        rows.append(row)
        ours_text, theirs_text = ("not finished" if x["compile_seconds"] is None else f"{x['compile_seconds']:.1f} s" for x in (a, b))
        print(f"{name:<55} {io:<12} ours {ours_text:>12} {a['megabytes']:6.0f} MB   hls4ml {theirs_text:>12} {b['megabytes']:6.0f} MB   floor {row['floor_megabytes']:.0f} MB   "
              f"{row['check']['mismatches']} mismatches in {row['check']['vectors']} vectors; largest file {a['largest_file']} bytes", flush=True)
    report.write_text(json.dumps(rows, indent=2))
    return 0 if all(row["check"]["mismatches"] == 0 for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
