"""Families of convolutions, pooling and the layers that move pixels about."""
import keras
from keras import layers

from keras_plain import activation, one

KERAS3 = keras.__version__.startswith("3")
FAMILIES = {}


def family(name, maker, **fixed):
    FAMILIES[name] = lambda draw: maker(draw, name, **fixed)


def image(draw, dims, channels):
    """A shape and its data format.  Only Keras 3 on JAX runs channels_first on a CPU."""
    size = draw.ints(5, 9 if dims == 2 else 12, dims)
    if KERAS3 and draw.flag(0.2):
        return (channels, *size), "channels_first"
    return (*size, channels), "channels_last"


def stride_and_dilation(draw, dims, equal=False):
    """Keras forbids both above 1."""
    values = draw.ints(1, 2, dims)
    values = (values[0],) * dims if equal or not KERAS3 else values
    return draw.pick({"strides": values}, {"dilation_rate": values}, {})


def convolution(draw, name, dims):
    groups = draw.pick(1, 1, 2, 3)
    if not KERAS3 and dims == 1:
        groups = 1
    size, form = image(draw, dims, groups * draw.int(1, 2))
    padding = ("valid", "same", "causal") if dims == 1 and form == "channels_last" else ("valid", "same")
    x = inputs = keras.Input(size)
    layer = getattr(layers, name)(groups * draw.int(1, 3), draw.ints(1, 3, dims), padding=draw.pick(*padding), groups=groups,
                                  data_format=form, use_bias=draw.flag(0.7), activation=activation(draw),
                                  **stride_and_dilation(draw, dims))
    return one(draw, inputs, layer(x))


def depthwise(draw, name, dims):
    size, form = image(draw, dims, draw.int(1, 4))
    inputs = keras.Input(size)
    layer = getattr(layers, name)(draw.pick(1, 2, 3), padding=draw.pick("valid", "same"), depth_multiplier=draw.int(1, 3),
                                  data_format=form, use_bias=draw.flag(0.7), activation=activation(draw),
                                  **stride_and_dilation(draw, dims, equal=True))
    return one(draw, inputs, layer(inputs))


def separable(draw, name, dims):
    size, form = image(draw, dims, draw.int(1, 4))
    padding = ("valid", "same", "causal") if dims == 1 and not KERAS3 else ("valid", "same")
    inputs = keras.Input(size)
    layer = getattr(layers, name)(draw.int(1, 5), draw.int(1, 3), padding=draw.pick(*padding), depth_multiplier=draw.int(1, 3),
                                  data_format=form, use_bias=draw.flag(0.7), activation=activation(draw),
                                  **stride_and_dilation(draw, dims, equal=True))
    return one(draw, inputs, layer(inputs))


def transposed(draw, name, dims):
    size, form = image(draw, dims, draw.int(1, 3))
    inputs = keras.Input(size)
    strides = draw.int(1, 3)
    output_padding = draw.pick(None, None, 0, strides - 1) if strides > 1 else None
    layer = getattr(layers, name)(draw.int(1, 4), draw.int(1, 4), strides=strides, padding=draw.pick("valid", "same"),
                                  output_padding=output_padding, data_format=form, use_bias=draw.flag(0.7),
                                  activation=activation(draw))
    return one(draw, inputs, layer(inputs))


def pooling(draw, name, dims):
    size, form = image(draw, dims, draw.int(1, 4))
    inputs = keras.Input(size)
    pool = draw.int(2, 4) if dims == 1 else draw.ints(1, 3, 2)
    layer = getattr(layers, name)(pool, strides=draw.pick(None, 1, 2, 3), padding=draw.pick("valid", "same"), data_format=form)
    return one(draw, inputs, layer(inputs))


def global_pooling(draw, name, dims):
    size, form = image(draw, dims, draw.int(1, 4))
    inputs = keras.Input(size)
    return one(draw, inputs, getattr(layers, name)(data_format=form, keepdims=draw.flag())(inputs))


def cropping(draw, name, dims):
    size, form = image(draw, dims, draw.int(1, 3))
    amount = draw.pick(1, draw.ints(0, 2, dims), tuple(draw.ints(0, 2, 2) for _ in range(dims)))
    if dims == 1 and isinstance(amount, tuple):
        amount = draw.ints(0, 2, 2)
    inputs = keras.Input(size)
    options = {"data_format": form} if dims == 2 or (KERAS3 and name == "ZeroPadding1D") else {}
    x = getattr(layers, name)(amount, **options)(inputs)
    return one(draw, inputs, layers.Dense(2)(x) if draw.flag() else x)


def upsampling(draw, name, dims):
    size, form = image(draw, dims, draw.int(1, 3))
    inputs = keras.Input(size)
    if dims == 1:
        x = layers.UpSampling1D(draw.int(1, 4))(inputs)
    else:
        x = layers.UpSampling2D(draw.pick(2, 3, (2, 1), (1, 3)), data_format=form, interpolation=draw.pick("nearest", "bilinear"))(inputs)
    return one(draw, inputs, x)


for d in (1, 2):
    family(f"Conv{d}D", convolution, dims=d)
    family(f"DepthwiseConv{d}D", depthwise, dims=d)
    family(f"SeparableConv{d}D", separable, dims=d)
    family(f"Conv{d}DTranspose", transposed, dims=d)
    for kind in ("Max", "Average"):
        family(f"{kind}Pooling{d}D", pooling, dims=d)
        family(f"Global{kind}Pooling{d}D", global_pooling, dims=d)
    family(f"Cropping{d}D", cropping, dims=d)
    family(f"ZeroPadding{d}D", cropping, dims=d)
    family(f"UpSampling{d}D", upsampling, dims=d)
