"""HGQ 1 proxy models: a network with random trained widths, its ranges traced, converted by HGQ and saved (.h5, .keras)."""
import contextlib
import functools
import types
from pathlib import Path

import HGQ
import keras
import numpy as np
from HGQ import layers as h
from HGQ.proxy import fixed_point_quantizer, unary_lut
from HGQ.utils import get_default_kq_conf, get_default_paq_conf, set_default_kq_conf, set_default_paq_conf

import cases
import keras_models

FAMILIES = {}


def families(framework):
    return FAMILIES


def family(function):
    FAMILIES[function.__name__] = function
    return function


def activation(draw):
    return draw.pick("relu", "relu", None)


@family
def HDense(draw):
    layers = [keras.Input((draw.int(3, 8),)), h.HQuantize(beta=0)]
    for _ in range(draw.int(1, 3)):
        layers.append(h.HDense(draw.int(2, 6), activation=activation(draw), use_bias=draw.flag(0.8), beta=0))
    return keras.Sequential(layers)


@family
def HDenseBatchNorm(draw):
    layers = [keras.Input((draw.int(3, 6),)), h.HQuantize(beta=0)]
    for _ in range(draw.int(1, 2)):
        layers.append(h.HDenseBatchNorm(draw.int(2, 5), activation=activation(draw), beta=0))
    return keras.Sequential(layers)


@family
def HConv2D(draw):
    kind = draw.pick(h.HConv2D, h.HConv2DBatchNorm)
    layers = [keras.Input((6, 6, draw.int(1, 2))), h.HQuantize(beta=0),
              kind(draw.int(2, 3), draw.int(2, 3), activation=activation(draw), padding=draw.pick("valid", "same"), beta=0)]
    layers += draw.pick([], [h.PMaxPooling2D(2)], [h.PAveragePooling2D(2)])
    return keras.Sequential([*layers, h.PFlatten(), h.HDense(2, beta=0)])


@family
def HConv1D(draw):
    kind = draw.pick(h.HConv1D, h.HConv1DBatchNorm)
    layers = [keras.Input((draw.int(5, 8), draw.int(1, 3))), h.HQuantize(beta=0),
              kind(draw.int(2, 4), draw.int(1, 3), strides=draw.int(1, 2), activation=activation(draw), padding=draw.pick("valid", "same"), beta=0)]
    layers += draw.pick([], [h.PMaxPooling1D(2)], [h.PAveragePooling1D(2)])
    return keras.Sequential([*layers, h.PFlatten(), h.HDense(2, beta=0)] if draw.flag() else layers)


@family
def HActivation(draw):
    inputs = keras.Input((draw.int(3, 6),))
    x = h.HDense(4, beta=0)(h.HQuantize(beta=0)(inputs))
    outputs = [h.HActivation(n, beta=0)(x) for n in draw.pick(("tanh", "sigmoid"), ("tanh", "elu"), ("softplus", "sigmoid"), ("relu", "tanh"))]
    return keras.Model(inputs, outputs)


@family
def HAdd(draw):
    inputs = keras.Input((draw.int(3, 6),))
    x = h.HDense(4, activation="relu", beta=0)(h.HQuantize(beta=0)(inputs))
    y = h.HAdd(beta=0)([x, h.HDense(4, beta=0)(x)])
    return keras.Model(inputs, h.HDense(2, beta=0)(y) if draw.flag() else y)


@family
def Shapes(draw):
    """Reshape, concatenation, two inputs, two outputs."""
    first, second = keras.Input((6,)), keras.Input((3, 2))
    a = h.PReshape((3, 2))(h.HQuantize(beta=0)(first))
    b = h.HQuantize(beta=0)(second)
    x = h.HDense(3, activation="relu", beta=0)(h.PConcatenate(axis=-1)([a, b]))
    y = h.HDense(2, beta=0)(h.PFlatten()(x))
    return keras.Model([first, second], [y, x] if draw.flag() else y)


def quantisers(model):
    for layer in model.layers:
        for name in ("kq", "bq", "paq", "pre_activation_quantizer"):
            quantiser = getattr(layer, name, None)
            if quantiser is not None and hasattr(quantiser, "fbw"):
                yield name, quantiser


def randomise(model, draw):
    for weight in model.weights:
        name, shape = weight.name.split("/")[-1], tuple(weight.shape)
        if "variance" in name or "gamma" in name:
            weight.assign(draw.rng.uniform(0.4, 1.8, shape))
        elif name.startswith(("kernel", "bias", "beta", "bn_beta", "moving_mean")) and shape:
            weight.assign(draw.rng.normal(0, 0.7, shape))
    for name, quantiser in quantisers(model):
        low, high = (0.5, 6) if name == "kq" else (-0.5, 6)
        widths = draw.rng.uniform(low, high, tuple(quantiser.fbw.shape))
        quantiser.fbw.assign(np.where(draw.rng.random(widths.shape) < 0.05, -4, widths))


@contextlib.contextmanager
def settings(draw):
    """Granularity and rounding of the layers made inside."""
    weight, data = get_default_kq_conf(), get_default_paq_conf()
    set_default_kq_conf(dict(weight, skip_dims=draw.pick(None, None, "all"), init_bw=4))
    set_default_paq_conf(dict(data, skip_dims=draw.pick("batch", "batch", "all"), rnd_strategy=draw.pick("standard_round", "floor", "auto"), init_bw=4))
    try:
        yield
    finally:
        set_default_kq_conf(weight)
        set_default_paq_conf(data)


@functools.cache
def wide_classes():
    """HGQ's two proxy layers in float64; their sources name float32 throughout."""
    found = {}
    for module in (fixed_point_quantizer, unary_lut):
        text = Path(module.__file__).read_text().replace("float32", "float64").replace("@keras.utils.register_keras_serializable(package='HGQ')", "")
        copy = types.ModuleType(module.__name__ + "_wide")
        copy.__dict__.update(__package__=module.__package__, __file__=module.__file__)
        exec(compile(text, module.__file__, "exec"), copy.__dict__)
        for name in ("FixedPointQuantizer", "UnaryLUT"):
            if name in copy.__dict__:
                found[f"HGQ>{name}"] = copy.__dict__[name]
    return found


@contextlib.contextmanager
def registered(classes):
    """What is registered goes before a custom_object_scope."""
    known = keras.utils.get_custom_objects()
    before = {name: known[name] for name in classes}
    known.update(classes)
    try:
        yield
    finally:
        known.update(before)


def make(case, framework, family, rng, round_):
    keras.backend.clear_session()
    draw = cases.Draw(rng)
    with settings(draw):
        model = FAMILIES[family](draw)
    randomise(model, draw)
    shapes = [tuple(t.shape[1:]) for t in model.inputs]
    seen = [rng.uniform(-3, 3, (512, *s)).astype(np.float32) for s in shapes]
    HGQ.trace_minmax(model, seen if len(seen) > 1 else seen[0], verbose=False)
    aggressive = draw.flag(0.7)
    tables = 2048 if draw.flag(0.6) else -1
    proxy = HGQ.to_proxy_model(model, aggressive=aggressive, unary_lut_max_table_size=tables)
    form = ("h5", "keras")[round_ % 2]
    proxy.save(str(case.folder / f"model.{form}"))
    inputs = [cases.grid_inputs(rng, s, 2.0**-6, -3, 3) for s in shapes]
    outputs = keras_models.evaluate(proxy, inputs)
    again = keras_models.evaluate(keras.models.load_model(str(case.folder / f"model.{form}"), compile=False), inputs)
    if not np.array_equal(cases.flatten(outputs), cases.flatten(again)):
        case.info["reloading_changes_outputs"] = True
    doubles = None
    try:
        with registered(wide_classes()):
            doubles = keras_models.evaluate64(proxy, inputs)
    except Exception as error:
        case.info["no_float64"] = f"{type(error).__name__}: {error}"[-300:]
    case.vectors(inputs, outputs, doubles)
    case.info.update(kind="quantised", aggressive=aggressive, tables=tables, layers=sorted({type(layer).__name__ for layer in proxy.layers}))
    case.versions("HGQ", "tensorflow-cpu")
