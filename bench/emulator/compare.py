"""One network, two emulations: Gatewright's and hls4ml's C simulation, on one core, on the same events, with outputs compared bit for bit.

usage: compare.py GATEWRIGHT THESIS_NET_DIR OUTPUT.json
The network is the published 27-60-50-30-40-15-1 muon regressor where its folder is present, else a random one of the same shape.
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

os.sched_setaffinity(0, {0})
REPEATS = 7
WIDTHS = [27, 60, 50, 30, 40, 15, 1]


def random_network(folder: Path):
    """A Keras file and a configuration of the published network's shape, sparsity and types."""
    import keras

    random = np.random.default_rng(1)
    layers = [keras.Input((WIDTHS[0],), name="features")]
    names = []
    for i, width in enumerate(WIDTHS[1:], 1):
        layers += [keras.layers.Dense(width, name=f"dense{i}"), keras.layers.ReLU(name=f"relu{i}")]
        names += [f"dense{i}", f"relu{i}"]
    model = keras.Sequential(layers)
    for layer in model.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            kernel = np.where(random.random(kernel.shape) < 0.75, 0, random.normal(0, 0.5, kernel.shape))
            layer.set_weights([np.round(kernel * 2**15) / 2**15, np.round(random.normal(0, 0.1, bias.shape) * 2**10) / 2**10])
    model.save(folder / "net.keras")
    lines = [f"KerasModel: {folder / 'net.keras'}", "Backend: Vitis", "IOType: io_parallel", "HLSConfig:", "  Model:", "    Precision: ap_fixed<16,6>",
             "    ReuseFactor: 1", "  LayerName:"]
    for name in names:
        if name.startswith("dense"):
            lines += [f"    {name}:", "      Precision:", "        weight: ap_fixed<17,2>", "        bias: ap_fixed<17,2>", "        accum: ap_fixed<16,6>",
                      "        result: ap_fixed<16,6>"]
        else:
            lines += [f"    {name}:", "      Precision:", "        result: ap_fixed<17,2>"]
    (folder / "net.yml").write_text("\n".join(lines) + "\n")
    inputs = random.integers(-(2**13), 2**13, (7124, WIDTHS[0])) / 2**10
    return folder / "net.keras", folder / "net.yml", inputs, None


def published_network(folder: Path):
    rows = np.loadtxt(folder / "vectors.csv", delimiter=",")
    return folder / "muon_pt.keras", folder / "hls4ml.yml", rows[:, :27] / 2**10, rows[:, 27:] / 2**15


def hls4ml_outputs(model: Path, config: Path, inputs: np.ndarray, folder: Path):
    """Outputs and seconds of each repeat of hls4ml's compiled C simulation."""
    import hls4ml
    import keras
    import yaml

    settings = yaml.safe_load(config.read_text())["HLSConfig"]
    started = time.perf_counter()
    converted = hls4ml.converters.convert_from_keras_model(keras.models.load_model(model), hls_config=settings, output_dir=str(folder / "hls4ml"),
                                                           backend="Vitis", io_type="io_parallel", part="xcu250-figd2104-2L-e")
    converted.compile()
    build = time.perf_counter() - started
    events = np.ascontiguousarray(inputs, dtype=np.float64)
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        outputs = converted.predict(events)
        seconds.append(time.perf_counter() - started)
    return np.asarray(outputs, dtype=np.float64).reshape(len(inputs), -1), seconds, build


def gatewright_outputs(program: str, model: Path, config: Path, inputs: np.ndarray, folder: Path, copies: int):
    """The same; the events are repeated `copies` times, since so few take milliseconds."""
    np.save(folder / "inputs.npy", np.tile(inputs, (copies, 1)))
    np.save(folder / "one.npy", inputs[:1])
    common = ["--config", str(config), "--numerics", "hls4ml", "--threads", "1", "--json"]
    seconds, first = [], []
    for _ in range(REPEATS):
        run = subprocess.run([program, "predict", str(model), str(folder / "inputs.npy"), "-o", str(folder / "out.npy"), *common], check=True,
                             capture_output=True, text=True)
        seconds.append(json.loads(run.stdout)["seconds"] / copies)
        started = time.perf_counter()
        subprocess.run([program, "predict", str(model), str(folder / "one.npy"), "-o", str(folder / "first.npy"), *common], check=True, capture_output=True)
        first.append(time.perf_counter() - started)
    return np.load(folder / "out.npy")[:len(inputs)].reshape(len(inputs), -1), seconds, first


def main() -> int:
    program, shared, report = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        published = shared.is_dir()
        model, config, inputs, expected = published_network(shared) if published else random_network(folder)
        ours, our_seconds, first = gatewright_outputs(program, model, config, inputs, folder, copies=50)
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            theirs, their_seconds, build = hls4ml_outputs(model, config, inputs, folder)
    mismatches = int((ours != theirs).sum())
    wrong = None if expected is None else int((ours != expected).sum())
    events = len(inputs)
    rates = {"gatewright": events / statistics.median(our_seconds), "hls4ml": events / statistics.median(their_seconds)}
    result = {
        "network": "published 27-60-50-30-40-15-1" if published else "random, of the published network's shape", "events": events, "cores": 1,
        "mismatches_between_both": mismatches, "mismatches_to_published_outputs": wrong, "events_per_second": rates,
        "ratio": rates["gatewright"] / rates["hls4ml"], "seconds": {"gatewright": our_seconds, "hls4ml": their_seconds},
        "model_file_to_first_prediction_seconds": {"gatewright": first, "hls4ml_convert_and_compile": build},
    }
    report.write_text(json.dumps(result, indent=1) + "\n")
    print(f"network: {result['network']}; {events} events, one core, median of {REPEATS}")
    print(f"{'':12} {'events/s':>12} {'file to first prediction':>26}")
    print(f"{'gatewright':12} {rates['gatewright']:12,.0f} {statistics.median(first):24.3f} s")
    print(f"{'hls4ml 1.3.0':12} {rates['hls4ml']:12,.0f} {build:24.1f} s")
    print(f"ratio {result['ratio']:.0f}; {mismatches} mismatches between both in {events} vectors" + ("" if wrong is None else f", {wrong} to the published outputs"))
    return 1 if mismatches or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
