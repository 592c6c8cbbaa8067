"""QKeras 0.9.0 (Keras 2.15) and its Keras 3 branch with random quantisers of every kind."""
import atexit
import functools
import importlib
import shutil
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import qkeras
from qkeras.utils import _add_supported_quantized_objects, load_qmodel

import cases
import keras_models
import qkeras_families

V3 = keras.__version__.startswith("3")
FAMILIES = qkeras_families.FAMILIES


def families(framework):
    broken = () if V3 else ("QSimpleRNN", "QGRU", "QConv2DTranspose")  # 0.9.0 cannot call them on TensorFlow 2.15
    return [name for name in FAMILIES if name not in broken and name not in qkeras_families.LATER]


def custom_objects():
    objects = {}
    _add_supported_quantized_objects(objects)
    return objects


@functools.cache
def wide_families():
    """The families upon a copy of QKeras in which every "float32" reads "float64": QKeras writes its types out."""
    place = Path(tempfile.mkdtemp(prefix="wide-qkeras-"))
    shutil.copytree(Path(qkeras.__file__).parent, place / "qkeras", ignore=shutil.ignore_patterns("*.pyc"))
    for source in place.rglob("*.py"):
        text = source.read_text().replace("float32", "float64")
        if not V3:  # TensorFlow makes a float32 of a number written as first argument
            text = text.replace("eps, eps, x_abs", "eps, tf.cast(eps, x_abs.dtype), x_abs").replace("K.pow(2.0,", "K.pow(tf.constant(2.0, tf.float64),")
        source.write_text(text)
    atexit.register(shutil.rmtree, place, ignore_errors=True)  # AutoGraph reads the sources again later
    ours = {n: sys.modules.pop(n) for n in list(sys.modules) if n.split(".")[0] in ("qkeras", "qkeras_families")}
    registered = dict(keras.utils.get_custom_objects())
    sys.path.insert(0, str(place))
    try:
        return importlib.import_module("qkeras_families").FAMILIES
    finally:
        sys.path.remove(str(place))
        keras.utils.get_custom_objects().update(registered)
        sys.modules.update(ours)


def randomise(model, rng):
    values = []
    for weight in model.weights:
        shape, name = tuple(weight.shape), (weight.path if V3 else weight.name).split("/")[-1]
        if "float" not in str(weight.dtype):  # the step counter of the batch-norm folds
            values.append(np.asarray(weight))
        elif "variance" in name or "gamma" in name:
            values.append(rng.uniform(0.4, 1.8, shape))
        else:
            values.append(rng.normal(0, 0.6, shape))
    model.set_weights(values)


def reload(path):
    if str(path).endswith(".json"):
        with keras.utils.custom_object_scope(custom_objects()):
            model = keras.models.model_from_json(path.read_text())
        model.load_weights(str(path.parent / "model.weights.h5"))
        return model
    return load_qmodel(str(path), compile=False)


def make(case, framework, family, rng, round_):
    keras.backend.clear_session()
    draw = cases.Draw(rng)
    model = FAMILIES[family](draw)
    randomise(model, rng)
    inputs = [cases.grid_inputs(rng, tuple(t.shape[1:]), 2.0**-5, -3, 3) for t in model.inputs]
    form = ("keras", "h5", "keras", "json")[round_ % 4] if V3 else ("h5", "keras", "h5", "json")[round_ % 4]
    keras_models.save(model, case.folder, form, compiled=draw.flag(0.2))
    outputs = keras_models.evaluate(model, inputs)
    try:
        again = reload(case.folder / ("model.json" if form == "json" else f"model.{form}"))
        if not np.array_equal(cases.flatten(outputs), cases.flatten(keras_models.evaluate(again, inputs))):
            case.info["reloading_changes_outputs"] = True  # outputs.npy is of the model before it was saved
    except Exception as error:
        case.info["framework_cannot_reload"] = f"{type(error).__name__}: {error}"[:200]
    doubles = None
    try:
        rebuild = lambda: wide_families()[family](cases.Draw(cases.generator(framework, family, case.info["seed"])))
        doubles = keras_models.evaluate64(model, inputs, rebuild)
    except Exception as error:
        case.info["no_float64"] = f"{type(error).__name__}: {error}"[:1500]
    case.vectors(inputs, outputs, doubles)
    case.info.update(kind="quantised", layers=sorted({type(layer).__name__ for layer in model.layers}))
    case.versions(*(("qkeras-v3", "keras") if V3 else ("qkeras", "tensorflow-cpu")))
