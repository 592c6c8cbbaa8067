"""alkaid's RTL of one Keras model. usage: alkaid_rtl.py MODEL.keras FOLDER CUTOFF ternary|binary; prints one JSON object.

Its own tracing of the model and its own pipeline cut, as its command line calls them; FOLDER/src/**/*.v is what it writes.
"""
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import hgq  # noqa: F401  (registers its layers)
import keras
from alkaid.codegen import RTLModel
from alkaid.converter import trace_model
from alkaid.trace import HWConfig, trace


def main() -> None:
    model, folder, cutoff, adders = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    network = keras.models.load_model(model, compile=False)
    started = time.process_time()
    inputs, outputs = trace_model(network, HWConfig(1, 1, -1), {"hard_dc": 5}, False)
    rtl = RTLModel(trace(inputs, outputs, optimize=True), folder, "model", flavor="verilog", latency_cutoff=cutoff, print_latency=True,
                   ternary_fuse=adders == "ternary")
    rtl.write(None)
    seconds = time.process_time() - started
    stages = len(list(folder.glob("src/logic*.v")))
    print(json.dumps({"stages": stages, "register_bits": rtl.reg_bits, "cpu_seconds": seconds}))


main()
