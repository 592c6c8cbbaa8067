"""Families of merging layers and of models with branches, nesting and sharing."""
import keras
from keras import layers

from keras_plain import one, shape

FAMILIES = {}


def family(function):
    FAMILIES[function.__name__] = function
    return function


def merging(name, most):
    def maker(draw):
        size = shape(draw, draw.int(1, 3))
        inputs = [keras.Input(size) for _ in range(draw.int(2, most))]
        branches = [layers.Dense(size[-1])(x) if draw.flag(0.3) else x for x in inputs]
        if draw.flag(0.2) and len(size) > 1:  # broadcasting
            branches[-1] = layers.Dense(1)(branches[-1])
        return one(draw, inputs, getattr(layers, name)()(branches))
    FAMILIES[name] = maker


for layer, most in (("Add", 4), ("Subtract", 2), ("Multiply", 3), ("Average", 4), ("Maximum", 4), ("Minimum", 4)):
    merging(layer, most)


@family
def Concatenate(draw):
    rank = draw.int(1, 3)
    axis = draw.pick(-1, *range(1, rank + 1))
    size = shape(draw, rank)
    sizes = [list(size) for _ in range(draw.int(2, 4))]
    for s in sizes:
        s[axis if axis < 0 else axis - 1] = draw.int(1, 4)
    inputs = [keras.Input(tuple(s)) for s in sizes]
    return one(draw, inputs, layers.Concatenate(axis=axis)(inputs))


@family
def Dot(draw):
    left, right, axes = draw.pick(((5,), (5,), 1), ((3, 4), (5, 4), 2), ((3, 4), (4, 2), (2, 1)), ((4,), (4,), -1), ((3, 4), (3, 5), 1))
    inputs = [keras.Input(left), keras.Input(right)]
    return one(draw, inputs, layers.Dot(axes=axes, normalize=draw.flag(0.3))(inputs))


@family
def Nested(draw):
    """A sub-model in a model, used once or twice, sometimes two deep."""
    width = draw.int(3, 6)
    if draw.flag():
        inner = keras.Sequential([keras.Input((width,)), layers.Dense(4, activation="relu"), layers.Dense(width)])
    else:
        a = keras.Input((width,))
        inner = keras.Model(a, layers.Add()([a, layers.Dense(width, activation="tanh")(a)]))
    if draw.flag(0.4):
        inner = keras.Sequential([keras.Input((width,)), inner, layers.BatchNormalization()])
    x = inputs = keras.Input((width,))
    x = inner(x)
    if draw.flag():
        x = layers.Concatenate()([inner(layers.Dense(width)(x)), x])
    return one(draw, inputs, x)


@family
def SharedLayer(draw):
    width = draw.int(2, 5)
    dense, norm = layers.Dense(draw.int(2, 5), activation="relu"), layers.BatchNormalization()
    inputs = [keras.Input((width,)) for _ in range(draw.int(1, 3))]
    branches = [norm(dense(x)) for x in inputs] + ([dense(layers.Dense(width)(inputs[0]))] if len(inputs) == 1 or draw.flag() else [])
    return one(draw, inputs, draw.pick(layers.Add(), layers.Concatenate(), layers.Subtract() if len(branches) == 2 else layers.Maximum())(branches))


@family
def SeveralInputsOutputs(draw):
    """Inputs and outputs named and given in an order that is neither that of creation nor of the alphabet."""
    first, second = keras.Input((draw.int(2, 4),), name="zeta"), keras.Input((draw.int(2, 4), draw.int(2, 4)), name="alpha")
    left = layers.Dense(3, name="out_z")(first)
    right = layers.Dense(2, activation="relu", name="out_m")(layers.Flatten()(second))
    both = layers.Concatenate(name="out_a")([right, left])
    outputs = [[left, right, both], [both, left], [right, both, left], [both, second]]
    return keras.Model(draw.pick([first, second], [second, first]), draw.pick(*outputs)), {}


@family
def Sequential(draw):
    model = keras.Sequential([keras.Input((8, 8, 2)), layers.Conv2D(3, 3, activation="relu"), layers.MaxPooling2D(2),
                              layers.BatchNormalization(), layers.Flatten(), layers.Dense(6), layers.ReLU(max_value=6.0),
                              layers.Dropout(0.1), layers.Dense(draw.int(2, 4), activation=draw.pick("softmax", "sigmoid", None))])
    return model, {}


@family
def Mixed(draw):
    """A chain with skips of random layers that keep the rank at 2: [time, channels]."""
    x = inputs = keras.Input((draw.int(6, 10), draw.int(2, 4)))
    for _ in range(draw.int(3, 7)):
        width, length = x.shape[-1], x.shape[1]
        choice = draw.int(0, 8)
        if choice == 0:
            x = layers.Conv1D(draw.int(2, 5), draw.int(1, 3), padding=draw.pick("same", "causal"), activation="relu")(x)
        elif choice == 1 and length > 3:
            x = draw.pick(layers.MaxPooling1D(2), layers.AveragePooling1D(2))(x)
        elif choice == 2:
            x = layers.BatchNormalization()(x)
        elif choice == 3:
            x = layers.Add()([x, layers.Dense(width, activation="tanh")(x)])
        elif choice == 4:
            x = layers.Concatenate()([x, layers.LeakyReLU()(x)])
        elif choice == 5:
            x = draw.pick(layers.LSTM, layers.GRU)(draw.int(2, 4), return_sequences=True)(x)
        elif choice == 6:
            x = layers.ZeroPadding1D(1)(x)
        elif choice == 7:
            x = layers.Permute((2, 1))(x)
        else:
            x = layers.Dense(draw.int(2, 5), activation=draw.pick("relu", "elu", "sigmoid"))(x)
    return one(draw, inputs, layers.Dense(2)(draw.pick(layers.Flatten(), layers.GlobalMaxPooling1D())(x)))
