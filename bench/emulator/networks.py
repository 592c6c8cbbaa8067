"""Two networks of other shapes in both emulations: a jet tagger, 16-64-32-32-5 with a softmax, and a small image classifier.

usage: networks.py GATEWRIGHT OUTPUT.json
hls4ml's default types throughout (fixed<16,6>, truncated, wrapping), its numerics on both sides, one core. Medians of the repeats, and the best
of each side, which says more on a machine that is shared.
"""
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from compare import REPEATS, gatewright_outputs, hls4ml_outputs

CONFIG = """Backend: Vitis
IOType: io_parallel
HLSConfig:
  Model:
    Precision: {default: 'fixed<16,6>'}
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
    return keras.Model(x, L.Dense(5, activation="softmax", name="class")(y)), (7000, 16), 50


def images():
    import keras
    from keras import layers as L

    x = keras.Input((28, 28, 1), name="image")
    y = x
    for k, filters in enumerate((8, 16)):
        y = L.Conv2D(filters, 3, activation="relu", name=f"conv{k}")(y)
        y = L.MaxPooling2D(2, name=f"pool{k}")(y)
    return keras.Model(x, L.Dense(10, activation="softmax", name="digit")(L.Flatten(name="flat")(y))), (64, 784), 20


def measure(program, name, made):
    model, shape, copies = made
    random = np.random.default_rng(2)
    for layer in model.layers:
        layer.set_weights([random.normal(0, 0.3 if w.ndim < 2 else 1 / np.sqrt(np.prod(w.shape[:-1])), w.shape) for w in layer.get_weights()])
    inputs = random.integers(-(2**11), 2**11, shape) / 2**10
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        model.save(folder / "net.keras")
        (folder / "net.yml").write_text(CONFIG)
        ours, our_seconds, first = gatewright_outputs(program, folder / "net.keras", folder / "net.yml", inputs, folder, copies)
        probe = subprocess.run(["/usr/bin/env", "python3", "-c", "import resource,subprocess,sys;subprocess.run(sys.argv[1:],check=True,stdout=subprocess.DEVNULL);"
                                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)", program, "predict", str(folder / "net.keras"),
                                str(folder / "one.npy"), "-o", str(folder / "m.npy"), "--config", str(folder / "net.yml"), "--numerics", "hls4ml"],
                               check=True, capture_output=True, text=True)
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            theirs, their_seconds, build = hls4ml_outputs(folder / "net.keras", folder / "net.yml", inputs, folder)
    rates = {"gatewright": len(inputs) / statistics.median(our_seconds), "hls4ml": len(inputs) / statistics.median(their_seconds)}
    best = {"gatewright": len(inputs) / min(our_seconds), "hls4ml": len(inputs) / min(their_seconds)}
    return {"network": name, "vectors": len(inputs), "mismatches": int((ours != theirs).sum()), "events_per_second": rates,
            "ratio": rates["gatewright"] / rates["hls4ml"], "best_events_per_second": best, "ratio_of_best": best["gatewright"] / best["hls4ml"],
            "seconds": {"gatewright": our_seconds, "hls4ml": their_seconds}, "first_prediction_seconds": statistics.median(first),
            "first_prediction_megabytes": int(probe.stdout) / 1024, "hls4ml_convert_and_compile_seconds": build}


def main() -> int:
    program, report = sys.argv[1], Path(sys.argv[2])
    rows = [measure(program, "jet tagger 16-64-32-32-5, softmax", jet()), measure(program, "images 28x28x1, two convolutions", images())]
    report.write_text(json.dumps({"cores": 1, "repeats": REPEATS, "networks": rows}, indent=1) + "\n")
    print(f"one core, events/s: median of {REPEATS}, and the best of them")
    print(f"{'network':36} {'':6} {'gatewright':>12} {'hls4ml 1.3.0':>13} {'ratio':>7} {'mismatches':>16} {'first prediction':>22}")
    for row in rows:
        rates, best = row["events_per_second"], row["best_events_per_second"]
        print(f"{row['network']:36} {'median':6} {rates['gatewright']:12,.0f} {rates['hls4ml']:13,.0f} {row['ratio']:7.0f} {row['mismatches']:6} in {row['vectors']:6} "
              f"{row['first_prediction_seconds']:10.3f} s {row['first_prediction_megabytes']:6.0f} MB")
        print(f"{'':36} {'best':6} {best['gatewright']:12,.0f} {best['hls4ml']:13,.0f} {row['ratio_of_best']:7.0f}")
    return 1 if any(row["mismatches"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
