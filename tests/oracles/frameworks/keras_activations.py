"""Families of activations: by name, and as layers."""
import keras
from keras import layers

from keras_plain import one, shape

KERAS3 = keras.__version__.startswith("3")
FAMILIES = {}
NAMES = ["relu", "elu", "selu", "gelu", "sigmoid", "hard_sigmoid", "tanh", "softplus", "softsign", "softmax", "swish", "exponential",
         "mish", "linear"]
NAMES += ["relu6", "silu", "leaky_relu", "log_softmax", "log_sigmoid", "celu", "hard_silu", "hard_swish", "hard_tanh", "hard_shrink",
          "soft_shrink", "tanh_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "sparsemax", "threshold"] if KERAS3 else []


def family(function):
    FAMILIES[function.__name__] = function
    return function


@family
def Activation(draw):
    """Several names at once: one output each, so that a mismatch tells which."""
    names = [NAMES[i] for i in draw.rng.permutation(len(NAMES))[:6]]
    if KERAS3:  # 'threshold' wants arguments that a name cannot carry
        names = [n for n in names if n != "threshold"]
    inputs = keras.Input(shape(draw, draw.int(1, 2)))
    return keras.Model(inputs, [layers.Activation(n)(inputs) for n in names]), {}


@family
def ActivationOfLayer(draw):
    """The activation= of a dense layer."""
    names = [NAMES[i] for i in draw.rng.permutation(len(NAMES))[:4]]
    inputs = keras.Input(shape(draw, 1))
    return keras.Model(inputs, [layers.Dense(draw.int(2, 4), activation=n)(inputs) for n in names if n != "threshold"]), {}


@family
def ReLU(draw):
    slope = {"negative_slope": draw.pick(0.0, 0.0, draw.real(0.1, 0.5))}
    inputs = keras.Input(shape(draw, draw.int(1, 3)))
    x = layers.ReLU(max_value=draw.pick(None, 6.0, draw.real(0.5, 4)), threshold=draw.pick(0.0, draw.real(0, 1)), **slope)(inputs)
    return one(draw, inputs, x)


@family
def LeakyReLU(draw):
    slope = {"negative_slope" if KERAS3 else "alpha": draw.pick(0.3, 0.25, draw.real(0, 1))}
    inputs = keras.Input(shape(draw, draw.int(1, 3)))
    return one(draw, inputs, layers.LeakyReLU(**slope)(inputs))


@family
def PReLU(draw):
    rank = draw.int(1, 3)
    inputs = keras.Input(shape(draw, rank))
    shared = draw.pick(None, [1], list(range(1, rank + 1))) if rank > 1 else None
    return one(draw, inputs, layers.PReLU(shared_axes=shared)(inputs))


@family
def ELU(draw):
    inputs = keras.Input(shape(draw, draw.int(1, 3)))
    return one(draw, inputs, layers.ELU(alpha=draw.pick(1.0, draw.real(0.2, 2)))(inputs))


@family
def Softmax(draw):
    rank = draw.int(1, 3)
    inputs = keras.Input(shape(draw, rank))
    axis = draw.pick(-1, *range(1, rank + 1))
    return one(draw, inputs, layers.Softmax(axis=axis)(inputs))


if not KERAS3:
    @family
    def ThresholdedReLU(draw):
        inputs = keras.Input(shape(draw, draw.int(1, 3)))
        return one(draw, inputs, layers.ThresholdedReLU(theta=draw.real(0, 2))(inputs))
