"""The layers of HGQ2, one family each; see hgq2_models.py for what is random beside them."""
import keras
from hgq import layers as q
from hgq.config import HardSigmoidConfig, HardTanhConfig, QuantizerConfig
from hgq.layers.attn import QLinformerAttention
from keras import layers

FAMILIES = {}


def family(function):
    FAMILIES[function.__name__] = function
    return function


def shape(draw, rank, low=2, high=5):
    return draw.ints(low, high, rank)


def activation(draw):
    return draw.pick(None, "relu", "linear")


def oq(draw):
    return {"enable_oq": draw.flag(0.3)}


@family
def QDense(draw):
    x = inputs = keras.Input(shape(draw, draw.pick(1, 1, 2)))
    for _ in range(draw.int(1, 3)):
        x = q.QDense(draw.int(2, 6), activation=activation(draw), use_bias=draw.flag(0.7), **oq(draw))(x)
    return keras.Model(inputs, x)


@family
def QEinsumDense(draw):
    equation, size, output, bias = draw.pick(
        ("bc,co->bo", (4,), (3,), "o"), ("...c,co->...o", (3, 4), (3, 5), "o"), ("bnc,nco->bno", (3, 4), (3, 2), "no"),
        ("bnc,nm->bmc", (3, 4), (5, 4), "m"), ("bxyc,cde->bxyde", (2, 2, 3), (2, 2, 2, 3), None))
    inputs = keras.Input(size)
    bias = bias if draw.flag(0.7) else None
    return keras.Model(inputs, q.QEinsumDense(equation, output, bias_axes=bias, activation=activation(draw), **oq(draw))(inputs))


@family
def QEinsumDenseBatchnorm(draw):
    equation, size, output, bias = draw.pick(("bc,co->bo", (4,), (3,), "o"), ("...c,co->...o", (3, 4), (3, 5), "o"),
                                             ("bnc,nco->bno", (3, 4), (3, 2), "no"), ("bnc,nco->bno", (3, 4), (3, 2), "o"))
    inputs = keras.Input(size)
    return keras.Model(inputs, q.QEinsumDenseBatchnorm(equation, output, bias_axes=bias, activation=activation(draw), **oq(draw))(inputs))


def convolution(dims):
    def maker(draw):
        size = (*draw.ints(4, 7, dims), draw.int(1, 3))
        inputs = keras.Input(size)
        padding = draw.pick("valid", "same", "causal") if dims == 1 else draw.pick("valid", "same")
        stride = {draw.pick("strides", "dilation_rate"): draw.pick(1, 2)}
        x = getattr(q, f"QConv{dims}D")(draw.int(1, 4), draw.ints(1, 3, dims), padding=padding, activation=activation(draw),
                                        use_bias=draw.flag(0.7), **stride, **oq(draw))(inputs)
        return keras.Model(inputs, q.QDense(2)(layers.Flatten()(x)) if draw.flag() else x)
    FAMILIES[f"QConv{dims}D"] = maker


convolution(1)
convolution(2)


@family
def QBatchNormalization(draw):
    inputs = keras.Input(shape(draw, draw.int(1, 3)))
    return keras.Model(inputs, q.QBatchNormalization(center=draw.flag(0.7), scale=draw.flag(0.7), epsilon=draw.pick(1e-3, 1e-5),
                                                     axis=draw.pick(-1, 1), **oq(draw))(inputs))


@family
def QBatchNormDense(draw):
    x = inputs = keras.Input(shape(draw, 1))
    for _ in range(draw.int(1, 2)):
        x = q.QBatchNormDense(draw.int(2, 5), activation=activation(draw), **oq(draw))(x)
    return keras.Model(inputs, x)


def merging(name, most):
    def maker(draw):
        size = shape(draw, draw.int(1, 2))
        inputs = [keras.Input(size) for _ in range(draw.int(2, most))]
        x = getattr(q, name)(**oq(draw))(inputs)
        return keras.Model(inputs, q.QDense(3)(x) if draw.flag(0.4) else x)
    FAMILIES[name] = maker


for layer, most in (("QAdd", 4), ("QSubtract", 2), ("QMultiply", 3), ("QMaximum", 4), ("QMinimum", 3), ("QAveragePow2", 4)):
    merging(layer, most)


@family
def QDot(draw):
    left, right, axes = draw.pick(((5,), (5,), -1), ((3, 4), (5, 4), 2), ((3, 4), (4, 2), (2, 1)))
    inputs = [keras.Input(left), keras.Input(right)]
    return keras.Model(inputs, q.QDot(axes=axes, **oq(draw))(inputs))


@family
def QEinsum(draw):
    equation, left, right = draw.pick(("bi,bi->b", (4,), (4,)), ("bij,bjk->bik", (2, 3), (3, 4)), ("bij,bi->bj", (3, 2), (3,)))
    inputs = [keras.Input(left), keras.Input(right)]
    x = q.QEinsum(equation)(inputs)  # HGQ2 cannot build its output quantiser
    return keras.Model(inputs, layers.Reshape((1,))(x) if len(x.shape) == 1 else x)


@family
def QSum(draw):
    size = shape(draw, draw.int(2, 3))
    inputs = keras.Input(size)
    axes = draw.pick(-1, 1, (1, 2))
    kind = draw.pick(q.QMeanPow2, q.QSum)
    options = {"scale": draw.pick(1.0, 0.25)} if kind is q.QSum else {}
    return keras.Model(inputs, kind(axes=axes, keepdims=draw.flag(0.7) or axes == (1, 2), **options)(inputs))  # nor here


@family
def QSoftmax(draw):
    size = shape(draw, draw.int(1, 2))
    inputs = keras.Input(size)
    axis = draw.pick(-1, -1, 1)
    x = q.QDense(draw.int(2, 5))(inputs) if draw.flag() else inputs
    return keras.Model(inputs, q.QSoftmax(axis=axis, stable=draw.flag(0.7), allow_heterogeneous_table=draw.flag(0.3),
                                          input_scaler=draw.pick(1.0, 0.5), **oq(draw))(x))


@family
def QUnaryFunctionLUT(draw):
    inputs = keras.Input(shape(draw, draw.int(1, 2)))
    outputs = []
    for name in draw.rng.permutation(["tanh", "sigmoid", "exponential", "softplus", "elu", "gelu", "silu", "selu", "relu"])[:3]:
        outputs.append(q.QUnaryFunctionLUT(str(name), allow_heterogeneous_table=draw.flag(), allow_heterogeneous_input=draw.flag())(inputs))
    return keras.Model(inputs, outputs)


@family
def QAffinedUnaryFunctionLUT(draw):
    inputs = keras.Input(shape(draw, 1))
    return keras.Model(inputs, q.QAffinedUnaryFunctionLUT(draw.pick("tanh", "sigmoid", "relu"))(inputs))


@family
def QPooling(draw):
    dims = draw.int(1, 2)
    inputs = keras.Input((*draw.ints(4, 7, dims), draw.int(1, 3)))
    kind = draw.pick("Average", "Max")
    if draw.flag():
        x = getattr(q, f"QGlobal{kind}Pooling{dims}D")(keepdims=draw.flag(), **oq(draw))(inputs)
    else:
        x = getattr(q, f"Q{kind}Pooling{dims}D")(draw.pick(2, 2, 3), padding=draw.pick("valid", "same"), **oq(draw))(inputs)
    return keras.Model(inputs, x)


@family
def Quantizer(draw):
    """The layer alone, with scaler, affine and the hard activations' configurations."""
    inputs = keras.Input(shape(draw, draw.int(1, 2)))
    configs = [QuantizerConfig("default", "datalane"), QuantizerConfig("default", "datalane", scaler=draw.pick(0.5, 4.0)),
               QuantizerConfig("default", "datalane", affine=(0.25, 0.5)), HardTanhConfig(symmetric=draw.flag()), HardSigmoidConfig(),
               QuantizerConfig("kif", "datalane"), QuantizerConfig("kbi", "datalane")]
    chosen = [configs[i] for i in draw.rng.permutation(len(configs))[:3]]
    return keras.Model(inputs, [q.Quantizer(c)(inputs) for c in chosen])


@family
def KerasBetween(draw):
    """Plain Keras layers between quantised ones."""
    inputs = keras.Input((6, 6, 2))
    x = q.QConv2D(3, 3, activation="relu")(inputs)
    x = draw.pick(layers.MaxPooling2D(2), layers.AveragePooling2D(2), layers.UpSampling2D(2), layers.ZeroPadding2D(1), layers.Cropping2D(1))(x)
    x = draw.pick(layers.ReLU(), layers.ReLU(max_value=2.0), layers.LeakyReLU(0.25), layers.Activation("linear"))(x)
    x = layers.Permute((2, 3, 1))(x) if draw.flag() else x
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    x = q.QDense(4)(x)
    return keras.Model(inputs, layers.Concatenate()([x, layers.ReLU()(x)]) if draw.flag() else layers.ReLU()(x))


@family
def QMultiHeadAttention(draw):
    width = draw.int(2, 4)
    inputs = keras.Input((draw.int(2, 4), width))
    heads, size, fuse, bias = draw.int(1, 2), draw.int(2, 3), draw.pick("none", "qkv"), draw.flag()
    if draw.flag(0.3):
        layer = QLinformerAttention(heads, draw.int(1, 3), size, use_bias=bias, share_kv_proj=draw.flag())
    else:
        layer = q.QMultiHeadAttention(heads, size, fuse=fuse, use_bias=bias)
    return keras.Model(inputs, layer(inputs, inputs))


def table(name):
    def maker(draw):
        small = {"n_hl": draw.int(0, 1), "d_hl": 4, "batch_norm": draw.flag(0.3)}
        if name == "QDenseT":
            inputs = keras.Input(shape(draw, draw.int(1, 2)))
            return keras.Model(inputs, q.QDenseT(draw.int(2, 4), **small)(inputs))
        if name == "QEinsumDenseT":
            inputs = keras.Input((3, 4))
            return keras.Model(inputs, q.QEinsumDenseT("bnc,co->bno", (3, 2), **small)(inputs))
        inputs = keras.Input((6, 2))
        return keras.Model(inputs, q.QConvT1D(draw.int(1, 3), 2, padding=draw.pick("valid", "same"), **small)(inputs))
    FAMILIES[name] = maker


for layer in ("QDenseT", "QEinsumDenseT", "QConvT1D"):
    table(layer)


@family
def QRecurrent(draw):
    inputs = keras.Input((draw.int(2, 4), draw.int(1, 3)))
    kind = draw.pick(q.QGRU, q.QSimpleRNN)
    return keras.Model(inputs, kind(draw.int(2, 4), return_sequences=draw.flag())(inputs))


@family
def Mixed(draw):
    """A trigger network: normalisation, residual dense layers, two outputs."""
    inputs = keras.Input((draw.int(6, 12),))
    x = q.QBatchNormalization()(inputs) if draw.flag() else inputs
    width = draw.int(4, 8)
    x = q.QDense(width, activation="relu")(x)
    for _ in range(draw.int(1, 3)):
        y = draw.pick(q.QDense, q.QBatchNormDense)(width, activation="relu")(x)
        x = q.QAdd()([x, y]) if draw.flag() else y
    outputs = [q.QDense(2)(x), q.QDense(3, enable_oq=True)(x)]
    return keras.Model(inputs, outputs if draw.flag() else q.QSoftmax()(outputs[1]))
