"""Float models of Keras 3 (JAX) and Keras 2.15 (TensorFlow): one family a layer, see keras_*.py."""
import contextlib
import json
import logging

import keras
import numpy as np

import cases
import keras_activations
import keras_convolutions
import keras_merging
import keras_plain
import keras_recurrent

logging.getLogger("absl").setLevel(logging.ERROR)  # .h5 being "legacy", at every save
KERAS3 = keras.__version__.startswith("3")
FAMILIES = {**keras_plain.FAMILIES, **keras_convolutions.FAMILIES, **keras_activations.FAMILIES, **keras_merging.FAMILIES,
            **keras_recurrent.FAMILIES}


def families(framework):
    return FAMILIES


def randomise(model, rng, step):
    """Weights of the size of 1/sqrt(inputs); statistics and scales near 1; on a grid of `step` if given."""
    values = []
    for weight in model.weights:
        shape, name = tuple(weight.shape), (weight.path if KERAS3 else weight.name).split("/")[-1]
        if "variance" in name or "gamma" in name or name.startswith("scale"):
            value = rng.uniform(0.4, 1.8, shape)
        elif len(shape) > 1 and "embedding" not in name:
            value = rng.normal(0, 1 / np.sqrt(max(1, np.prod(shape[:-1]))), shape)
        else:
            value = rng.normal(0, 0.5, shape)
        values.append(np.round(value / step) * step if step and "variance" not in name else value)
    model.set_weights([v.astype(np.float32) for v in values])


def evaluate(model, inputs):
    result = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(r) for r in keras.tree.flatten(result)] if KERAS3 else \
        [np.asarray(r) for r in (result if isinstance(result, (list, tuple)) else [result])]


@contextlib.contextmanager
def wide_jax():
    """Float64 on JAX.  Keras 3 itself casts float64 back to float32 in tanh, mean, var and others: that table is patched."""
    import jax
    from keras.src.backend.common import dtypes
    narrow = dtypes.BIT64_TO_BIT32_DTYPE["float64"]
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    try:
        with jax.enable_x64(True):
            yield
    finally:
        dtypes.BIT64_TO_BIT32_DTYPE["float64"] = narrow


def evaluate64(model, inputs, rebuild=None):
    """The same graph with every type float64; `rebuild` makes it where it cannot be made from its configuration."""
    wide = wide_jax() if KERAS3 and keras.backend.backend() == "jax" else contextlib.nullcontext()
    set_policy = keras.config.set_dtype_policy if KERAS3 else keras.mixed_precision.set_global_policy
    keras.backend.set_floatx("float64")
    set_policy("float64")  # layers made inside layers, as HGQ2's quantisers, take the global one
    try:
        with wide:
            twin = rebuild() if rebuild else keras.models.model_from_json(model.to_json().replace('"float32"', '"float64"'))
            twin.set_weights([np.asarray(w, dtype=np.float64 if w.dtype == np.float32 else w.dtype) for w in model.get_weights()])
            result = evaluate(twin, [x.astype(np.float64) if x.dtype == np.float32 else x for x in inputs])
    finally:
        keras.backend.set_floatx("float32")
        set_policy("float32")
    assert all(r.dtype == np.float64 for r in result), [r.dtype for r in result]
    return result


def save(model, folder, form, compiled):
    """Forms: .keras, .h5 (legacy whole-model), .json with .weights.h5."""
    if compiled:  # the files then hold compile_config and optimiser variables too
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
    if form == "json":
        (folder / "model.json").write_text(model.to_json())
        model.save_weights(str(folder / "model.weights.h5"))
    else:
        model.save(str(folder / f"model.{form}"))


def make(case, framework, family, rng, round_):
    keras.backend.clear_session()
    draw = cases.Draw(rng)
    model, ranges = FAMILIES[family](draw)
    step = 2.0**-5 if round_ % 2 else None
    randomise(model, rng, step)
    inputs = []
    for index, tensor in enumerate(model.inputs):
        shape = tuple(tensor.shape[1:])
        if index in ranges:  # an index into a table
            inputs.append(rng.integers(0, ranges[index], (cases.VECTORS, *shape)).astype(np.int32))
        else:
            inputs.append(cases.float_inputs(rng, shape, step and 2.0**-4))
    form = ("keras", "h5", "keras", "json", "keras")[round_ % 5]
    save(model, case.folder, form, compiled=draw.flag(0.25))
    case.vectors(inputs, evaluate(model, inputs), evaluate64(model, inputs))
    case.info["layers"] = sorted({type(layer).__name__ for layer in model.layers})
    case.info["config"] = json.loads(model.to_json())["class_name"]
    case.versions(*(("keras", "jax") if KERAS3 else ("keras", "tensorflow-cpu")))
