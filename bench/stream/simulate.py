"""Streamed designs of two Keras models in Verilator, with waits on both sides, against the emulator.

usage: simulate.py GATEWRIGHT FRAMES OUTPUT.json
hls4ml has io_stream too, but its cycle counts need Vitis' own simulation, which is not free: there is no peer to run beside.
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
    Precision: ap_fixed<10,4>
    ReuseFactor: 1
"""


def on_a_grid(model, random, bits=5):
    """Weights of few bits, a third of them zero, as training for hardware leaves them."""
    for layer in model.layers:
        weights = [np.round(random.normal(0, 0.3, w.shape) * 2**bits) / 2**bits * (random.random(w.shape) > 0.33) for w in layer.get_weights()]
        layer.set_weights(weights)
    return model


def images(random):
    layers = keras.layers
    return on_a_grid(keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(4, 3, padding="same", name="conv1"), layers.ReLU(name="relu1"), layers.MaxPooling2D(2, name="pool1"),
        layers.Conv2D(8, 3, name="conv2"), layers.ReLU(name="relu2"), layers.MaxPooling2D(2, name="pool2"), layers.Flatten(name="flat"),
        layers.Dense(10, name="scores")]), random)


def lstm(random):
    layers = keras.layers
    return on_a_grid(keras.Sequential([keras.Input((6, 3)), layers.LSTM(4, name="lstm"), layers.Dense(3, name="scores")]), random)


def simulate(program, model, frames, folder):
    model.save(folder / "model.keras")
    (folder / "config.yml").write_text(CONFIG.format(model=folder / "model.keras"))
    done = subprocess.run([program, "stream", folder / "model.keras", "--config", folder / "config.yml", "--numerics", "hls4ml", "-o", folder / "streamed",
                           "--frames", str(frames), "--json"], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0 and not done.stdout:
        sys.exit(f"gatewright stream failed on {model.name}")
    return json.loads(done.stdout[: done.stdout.rindex("}") + 1])


def main():
    program, frames, output = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    random = np.random.default_rng(1)
    results = {}
    print("| network | actors | cycles a frame, printed | simulated | latency, printed | simulated | mismatches |")
    print("|---|---|---|---|---|---|---|")
    for name, make in (("images 28x28x1, Conv2D 4 and 8 (3x3) with pools, dense 10", images), ("LSTM of 4 units over 6 steps of 3, dense 3", lstm)):
        with tempfile.TemporaryDirectory() as folder:
            report = simulate(program, make(random), frames, Path(folder))
        simulation = report["simulation"]
        results[name] = report
        print(f"| {name} | {report['actors']} | {report['cycles_per_frame']} | {simulation['cycles_per_frame']} | {report['latency_cycles']} | "
              f"{simulation['latency_cycles']} | {simulation['mismatches']} in {simulation['frames']} frames |", flush=True)
        if simulation["mismatches"] or not simulation["finished"]:
            sys.exit("simulation and emulator differ")
    output.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
