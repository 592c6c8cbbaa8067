"""HGQ2 models with random trained widths: every element its own, fractional as training leaves them, some lanes dead."""
import contextlib

import keras
import numpy as np
from hgq.config import QuantizerConfigScope
from hgq.quantizer.internal import FixedPointQuantizerKBI, FixedPointQuantizerKIF

import cases
import hgq2_families
import keras_models

FAMILIES = hgq2_families.FAMILIES


def families(framework):
    return FAMILIES


@contextlib.contextmanager
def settings(draw):
    """Random kinds, roundings, overflows and granularity for the layers made inside."""
    with contextlib.ExitStack() as stack:
        chosen = {}
        for place in ("datalane", "weight", "bias"):
            options = {"round_mode": draw.pick("RND", "RND", "RND_CONV", "TRN", "S_RND"),
                       "overflow_mode": draw.pick("WRAP", "SAT", "SAT_SYM")}
            if draw.flag(0.3):
                options["heterogeneous_axis"] = ()  # one width for the whole tensor
            elif place == "datalane":
                options["homogeneous_axis"] = (0,)
            else:
                options["homogeneous_axis"] = ()  # a width for every element
            chosen[place] = dict(options, q_type=draw.pick("kbi", "kif"))
            stack.enter_context(QuantizerConfigScope(place=place, default_q_type=chosen[place]["q_type"], **options))
        yield chosen


def quantisers(layer):
    for inner in layer._flatten_layers():
        if isinstance(inner, (FixedPointQuantizerKBI, FixedPointQuantizerKIF)):
            yield inner


def randomise_widths(model, draw):
    rng, seen = draw.rng, set()
    for quantiser in quantisers(model):
        if id(quantiser) in seen:
            continue
        seen.add(id(quantiser))
        weight = quantiser._is_weight
        shape = quantiser._i.shape
        integer = rng.uniform(-2.4, 1.4, shape) if weight else rng.uniform(-0.6, 3.6, shape)
        fraction = rng.uniform(1, 6.4, shape) if weight else rng.uniform(0.6, 6.4, shape)
        fraction = np.where(rng.random(shape) < 0.06, -5.0, fraction)  # a dead lane
        quantiser._i.assign(integer)
        quantiser._k.assign(np.ones(shape) if weight or draw.flag() else rng.integers(0, 2, shape))
        if isinstance(quantiser, FixedPointQuantizerKBI):
            quantiser._b.assign(np.maximum(integer + fraction, 0))
        else:
            quantiser._f.assign(fraction)


def randomise_weights(model, draw):
    """The trainable parameters and the statistics; never widths, nor beta and ebops of the cost model."""
    widths = {id(v) for q in quantisers(model) for v in q.variables}
    for variable in model.variables:
        name, shape = variable.path.split("/")[-1], tuple(variable.shape)
        if id(variable) in widths or "seed" in name or name in ("beta", "ebops", "i_decay_speed") and shape == ():
            continue
        if "variance" in name or "gamma" in name or name == "scale":
            variable.assign(draw.rng.uniform(0.4, 1.8, shape))
        else:
            variable.assign(draw.rng.normal(0, 0.6, shape))


def make(case, framework, family, rng, round_):
    keras.backend.clear_session()
    np.random.seed(int(rng.integers(2**31)))  # HGQ2 draws seeds of its own
    draw = cases.Draw(rng)
    with settings(draw) as chosen:
        model = FAMILIES[family](draw)
    randomise_widths(model, draw)
    randomise_weights(model, draw)
    inputs = [cases.grid_inputs(rng, tuple(t.shape[1:]), 2.0**-6, -3, 3) for t in model.inputs]
    model.save(str(case.folder / "model.keras"))
    # HGQ2's own loader is part of the reference: what cannot be read back is no model file
    reloaded = keras.models.load_model(str(case.folder / "model.keras"))
    outputs = keras_models.evaluate(reloaded, inputs)
    if not np.array_equal(cases.flatten(outputs), cases.flatten(keras_models.evaluate(model, inputs))):
        case.info["reloading_changes_outputs"] = True  # the file, as read back, is the reference
    doubles = None
    try:
        doubles = keras_models.evaluate64(reloaded, inputs)
    except Exception as error:
        case.info["no_float64"] = f"{type(error).__name__}: {error}"[:300]
    case.vectors(inputs, outputs, doubles)
    case.info.update(kind="quantised", settings=chosen, layers=sorted({type(layer).__name__ for layer in model.layers}))
    case.versions("hgq2", "keras", "jax", "quantizers")
