"""Cases of hls4ml itself: random Keras 3 models with random configurations, and what its C simulation computes.

The model is saved as a user would (.keras), the configuration as the YAML that hls4ml's users keep (config.yml).
case.json names the type of every variable of hls4ml's final graph, and trace.npz holds every layer's output, so that
a difference can be found.
"""
import os
import subprocess
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np
import yaml

import cases
import hls4ml_families as made


def families(_framework):
    return made.FAMILIES


def grid_inputs(draw, shape, precision):
    """[N, *shape] on a finer grid than the input type's: ordinary ones, some beyond the type's range, corners."""
    width, integer, signed = precision.width, precision.integer, bool(precision.signed)
    top = 2.0 ** (integer - signed)
    rng = draw.rng
    count = cases.VECTORS
    values = rng.normal(0, min(top / 2, 2.0), (count, *shape))
    values[::4] = rng.uniform(-top if signed else 0, top, values[::4].shape)
    values[1::16] *= 4  # overflow
    values[0] = 0
    values[2] = top - 2.0 ** (integer - width)
    values[3] = -top if signed else 0
    step = 2.0 ** (width - integer + 2)
    return np.clip(np.round(values * step) / step, -2.0**30, 2.0**30)


def types_of(model):
    """The precision of every variable of the final graph."""
    found = {}
    for layer in model.get_layers():
        entry = {"class": layer.class_name}
        for name, variable in layer.variables.items():
            entry["output"] = str(variable.type.precision)
        for name, kind in layer.types.items():
            entry[name] = str(kind.precision)
        for key in ("strategy", "table_size", "exp_table_size", "inv_table_size", "implementation", "activation", "reuse_factor"):
            if layer.get_attr(key) is not None:
                entry[key] = str(layer.get_attr(key))
        found[layer.name] = entry
    return found


def compile_quickly(model):
    """As hls4ml compiles, but with g++ -O1: the bits are the same, in half the time."""
    model.write()
    script = Path(model.config.get_output_dir()) / "build_lib.sh"
    script.write_text(script.read_text().replace("-O3", "-O1"))
    model._compile()


def make(case, framework, family, rng, round_):
    import hls4ml

    draw = cases.Draw(rng)
    keras.utils.set_random_seed(draw.int(0, 1 << 30))
    model, settings = made.FAMILIES[family](draw)
    io_type = settings.pop("io_type", None) or draw.pick("io_parallel", "io_parallel", "io_stream")
    made.random_weights(model, draw)
    config = made.configuration(model, draw, settings)
    case.info.update(kind="hls4ml", io_type=io_type)
    if draw.flag(0.3) and not settings.get("keras_file"):
        model.save(case.folder / "model.h5")
    else:
        model.save(case.folder / "model.keras")
    backend = os.environ.get("ORACLE_BACKEND", "Vitis")
    text = {"Backend": backend, "IOType": io_type, "ClockPeriod": 5, "ProjectName": "myproject", "HLSConfig": config}
    (case.folder / "config.yml").write_text(yaml.safe_dump(text, sort_keys=False))
    with tempfile.TemporaryDirectory(prefix="gw-hls4ml-") as folder:
        hls = hls4ml.converters.convert_from_keras_model(model, hls_config=yaml.safe_load(yaml.safe_dump(config)), output_dir=folder + "/p",
                                                         backend=backend, io_type=io_type)
        inputs = [np.ascontiguousarray(grid_inputs(draw, v.shape, v.type.precision) if not settings.get("indices") else
                                       rng.integers(0, settings["indices"], (cases.VECTORS, *v.shape)).astype(float))
                  for v in hls.get_input_variables()]
        case.info["types"] = types_of(hls)
        compile_quickly(hls)
        # Each vector by itself: what a layer keeps from one call to the next is part of its meaning for one event only.
        outputs = hls.predict(inputs[0] if len(inputs) == 1 else inputs)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        case.vectors(inputs, [o.reshape(cases.VECTORS, -1) for o in outputs])
    case.versions("hls4ml", "keras", "numpy")
