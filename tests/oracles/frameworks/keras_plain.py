"""Families without convolution or recurrence: dense, normalisation, shapes, attention."""
import keras
from keras import layers

KERAS3 = keras.__version__.startswith("3")
FAMILIES = {}


def family(function):
    """A family takes a Draw and gives (model, {index of an integer input: size of its table})."""
    FAMILIES[function.__name__] = function
    return function


def shape(draw, rank, low=2, high=6):
    return draw.ints(low, high, rank)


def one(draw, inputs, outputs, ranges=None):
    """A model; sometimes with a dense head, so that the layer is not the last."""
    if not isinstance(outputs, (list, tuple)) and draw.flag(0.25):
        outputs = layers.Dense(draw.int(1, 4), activation=draw.pick(None, "relu"))(layers.Flatten()(outputs))
    return keras.Model(inputs, outputs), ranges or {}


def activation(draw):
    return draw.pick(None, "linear", "relu", "tanh", "sigmoid", "elu", "softplus")


@family
def Dense(draw):
    x = inputs = keras.Input(shape(draw, draw.int(1, 3)))
    for _ in range(draw.int(1, 3)):
        x = layers.Dense(draw.int(1, 8), activation=activation(draw), use_bias=draw.flag(0.7))(x)
    return one(draw, inputs, x)


@family
def EinsumDense(draw):
    equation, size, output, bias = draw.pick(
        ("ab,bc->ac", (5,), (3,), "c"), ("abc,cd->abd", (4, 3), (None, 5), "d"), ("abc,cde->abde", (3, 4), (3, 2, 3), "de"),
        ("abcd,cde->abe", (3, 2, 4), (3, 5), "e"), ("...x,xy->...y", (2, 3, 4), (5,), "y"), ("abc,bd->adc", (4, 3), (5, 3), "d"),
        ("abc,bc->abc", (3, 4), (3, 4), None), ("abc,bcd->abd", (3, 4), (3, 2), "bd"), ("ab...,bc->ac...", (3, 2, 2), (4, 2, 2), None))
    inputs = keras.Input(size)
    if output[0] is None:
        output = (size[0], *output[1:])
    bias = bias if draw.flag(0.7) else None
    return one(draw, inputs, layers.EinsumDense(equation, output, bias_axes=bias, activation=activation(draw))(inputs))


@family
def BatchNormalization(draw):
    size = shape(draw, draw.int(1, 3))
    x = inputs = keras.Input(size)
    for _ in range(draw.int(1, 2)):
        x = layers.BatchNormalization(axis=draw.pick(-1, *range(1, len(size) + 1)), center=draw.flag(0.7), scale=draw.flag(0.7),
                                      epsilon=draw.pick(1e-3, 1e-5, 0.01))(x)
    return one(draw, inputs, x)


@family
def LayerNormalization(draw):
    size = shape(draw, draw.int(1, 3))
    inputs = keras.Input(size)
    axis = draw.pick(-1, 1, list(range(1, len(size) + 1)))
    x = layers.LayerNormalization(axis=axis, epsilon=draw.pick(1e-3, 1e-5), center=draw.flag(0.7), scale=draw.flag(0.7))(inputs)
    return one(draw, inputs, x)


@family
def GroupNormalization(draw):
    groups, channels = draw.pick((1, 4), (2, 4), (4, 4), (3, 6), (-1, 5))
    size = (*shape(draw, draw.int(0, 2)), channels)
    inputs = keras.Input(size)
    x = layers.GroupNormalization(groups, epsilon=draw.pick(1e-3, 1e-5), center=draw.flag(0.7), scale=draw.flag(0.7))(inputs)
    return one(draw, inputs, x)


@family
def Flatten(draw):
    inputs = keras.Input(shape(draw, draw.int(1, 3)))
    x = layers.Flatten(data_format=draw.pick("channels_last", "channels_last", "channels_first"))(inputs)
    return one(draw, inputs, layers.Dense(4)(x) if draw.flag() else x)


@family
def Reshape(draw):
    size, target = draw.pick(((12,), (3, 4)), ((4, 6), (3, -1)), ((2, 3, 4), (-1, 2)), ((6, 2), (12,)), ((8,), (-1, 2, 2)))
    inputs = keras.Input(size)
    return one(draw, inputs, layers.Dense(3)(layers.Reshape(target)(inputs)))


@family
def Permute(draw):
    rank = draw.int(2, 3)
    inputs = keras.Input(shape(draw, rank))
    order = tuple(int(i) + 1 for i in draw.rng.permutation(rank))
    return one(draw, inputs, layers.Dense(3)(layers.Permute(order)(inputs)) if draw.flag() else layers.Permute(order)(inputs))


@family
def RepeatVector(draw):
    inputs = keras.Input(shape(draw, 1))
    return one(draw, inputs, layers.Dense(3)(layers.RepeatVector(draw.int(1, 4))(inputs)))


@family
def Embedding(draw):
    table, length = draw.int(4, 12), draw.int(2, 6)
    inputs = keras.Input((length,), dtype="int32")
    x = layers.Embedding(table, draw.int(2, 5))(inputs)
    x = draw.pick(layers.Flatten(), layers.GlobalAveragePooling1D(), layers.Conv1D(3, 2), layers.Dense(2))(x)
    return one(draw, inputs, x, {0: table})


@family
def Dropout(draw):
    x = inputs = keras.Input(shape(draw, 2))
    kinds = [layers.Dropout(0.3), layers.GaussianDropout(0.2), layers.GaussianNoise(0.1), layers.SpatialDropout1D(0.2),
             layers.ActivityRegularization(l1=0.01), layers.Activation("linear")]
    kinds += [layers.AlphaDropout(0.2), layers.Identity()] if KERAS3 else []
    for index in draw.rng.permutation(len(kinds))[:3]:
        x = layers.Dense(draw.int(2, 5))(kinds[index](x))
    return one(draw, inputs, x)


@family
def TimeDistributed(draw):
    if draw.flag():
        inputs = keras.Input(shape(draw, 2))
        inner = draw.pick(layers.Dense(3, activation="relu"), layers.BatchNormalization(), layers.Dense(2, use_bias=False))
    else:
        inputs = keras.Input(shape(draw, 3, 4, 6))
        inner = draw.pick(layers.Conv1D(2, 3, padding="same"), layers.Flatten(), layers.MaxPooling1D(2), layers.LSTM(3))
    return one(draw, inputs, layers.TimeDistributed(inner)(inputs))


@family
def MultiHeadAttention(draw):
    width = draw.int(3, 6)
    query = keras.Input((draw.int(2, 5), width))
    layer = layers.MultiHeadAttention(draw.int(1, 3), draw.int(2, 4), value_dim=None if KERAS3 else draw.pick(None, 3), use_bias=draw.flag(0.7),
                                      output_shape=draw.pick(None, 5))
    if draw.flag():
        return one(draw, query, layer(query, query, use_causal_mask=draw.flag(0.3)))
    value = keras.Input((draw.int(2, 5), width + draw.int(0, 1)))
    if draw.flag(0.3):
        key = keras.Input(value.shape[1:])
        return one(draw, [query, value, key], layer(query, value, key))
    return one(draw, [query, value], layer(query, value))
