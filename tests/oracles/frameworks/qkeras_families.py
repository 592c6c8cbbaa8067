"""Families of QKeras layers and quantisers; see qkeras_models.py."""
import keras
import qkeras
from keras import layers

V3 = keras.__version__.startswith("3")
FAMILIES = {}


def family(function):
    FAMILIES[function.__name__] = function
    return function


def as_text_or_object(draw, text):
    """QKeras takes both, and writes them differently."""
    return text if draw.flag() else eval(text, vars(qkeras))


def alpha(draw, automatic):
    return draw.pick("1", "1", "1.0", *(("'auto'", "'auto_po2'") if automatic else ()))


def weight_quantiser(draw):
    bits = draw.int(2, 8)
    text = draw.pick(
        f"quantized_bits({bits}, {draw.int(0, bits - 1)}, {draw.int(0, 1)}, alpha={alpha(draw, True)})",
        f"quantized_bits({bits}, {draw.int(0, bits - 1)}, alpha={alpha(draw, False)})", f"quantized_bits({bits}, {draw.int(0, 2)}, 1)",
        draw.pick("binary(alpha=1)", "binary(alpha=0.5)", "binary()"), draw.pick("ternary(alpha=1, threshold=0.5)", "ternary(threshold=0.5)", "ternary()"),
        f"quantized_po2({draw.int(3, 6)}{draw.pick('', ', 1', ', 4')})", f"stochastic_ternary(alpha=1, threshold={draw.pick(0.5, 0.33)})",
        f"quantized_bits({bits}, {draw.int(0, 1)}, 1, alpha=1)", f"quantized_bits({bits}, 0, 0, 0, alpha=1)",
        *((f"quantized_linear({bits}, {draw.int(0, 2)}, {draw.int(0, 1)}, alpha={alpha(draw, False)})",) if hasattr(qkeras, "quantized_linear") else ()))
    return as_text_or_object(draw, text)


def bias_quantiser(draw):
    return as_text_or_object(draw, draw.pick(f"quantized_bits({draw.int(4, 9)}, {draw.int(0, 3)}, alpha=1)", "quantized_po2(4)")) if draw.flag(0.85) else None


ACTIVATIONS = {
    "quantized_relu": lambda d, b: f"quantized_relu({b}, {d.int(0, b)})",
    "quantized_relu_slope": lambda d, b: f"quantized_relu({b}, {d.int(0, 2)}, negative_slope={d.pick(0.25, 0.125, 0.5)})",
    "quantized_relu_sigmoid": lambda d, b: f"quantized_relu({b}, {d.int(0, 2)}, use_sigmoid=1)",
    "quantized_relu_bound": lambda d, b: f"quantized_relu({b}, {d.int(1, 2)}, relu_upper_bound={d.pick(1.5, 6)})",
    "quantized_bits": lambda d, b: f"quantized_bits({b}, {d.int(0, b - 1)}, {d.int(0, 1)}, alpha={d.pick(1, 0.5)})",
    "quantized_bits_unsigned": lambda d, b: f"quantized_bits({b}, {d.int(0, b)}, 0, 0, alpha=1)",
    "quantized_tanh": lambda d, b: f"quantized_tanh({b}, symmetric={d.flag()}, use_real_tanh={d.flag(0.3)})",
    "quantized_sigmoid": lambda d, b: f"quantized_sigmoid({b}, symmetric={d.flag()}, use_real_sigmoid={d.flag(0.3)})",
    "quantized_relu_po2": lambda d, b: f"quantized_relu_po2({d.int(3, 6)}, max_value={d.pick(2, 4)}, negative_slope={d.pick(0, 0, 0.25)})",
    "quantized_po2": lambda d, b: f"quantized_po2({d.int(3, 6)}, max_value={d.pick(2, 4)}, quadratic_approximation={d.flag(0.2)})",
    "quantized_ulaw": lambda d, b: f"quantized_ulaw({b}, {d.int(0, 1)}, {d.int(0, 1)})",
    "quantized_hswish": lambda d, b: f"quantized_hswish({b}, {d.int(1, 3)}, alpha=1)",
    "binary": lambda d, b: f"binary(use_01={d.flag()}, alpha={d.pick(1, 0.5)})",
    "ternary": lambda d, b: f"ternary(alpha=1, threshold={d.pick(0.25, 0.5, 1)})",
}


def activation_quantiser(draw, name=None):
    name = name or draw.pick("quantized_relu", "quantized_relu", "quantized_bits", "quantized_relu_slope", "quantized_tanh", "quantized_sigmoid")
    return as_text_or_object(draw, ACTIVATIONS[name](draw, draw.int(2, 8)))


def entry(draw, *shape):
    """An input, mostly quantised at once."""
    inputs = keras.Input(shape)
    return inputs, qkeras.QActivation(f"quantized_bits({draw.int(5, 8)}, {draw.int(1, 3)}, alpha=1)")(inputs) if draw.flag(0.7) else inputs


def quantisers(draw, kernel="kernel_quantizer"):
    return {kernel: weight_quantiser(draw), "bias_quantizer": bias_quantiser(draw), "use_bias": draw.flag(0.8),
            "activation": activation_quantiser(draw) if draw.flag(0.3) else None}


@family
def QDense(draw):
    inputs, x = entry(draw, draw.int(3, 7))
    for _ in range(draw.int(1, 3)):
        x = qkeras.QDense(draw.int(2, 6), **quantisers(draw))(x)
        x = qkeras.QActivation(activation_quantiser(draw))(x) if draw.flag() else x
    return keras.Model(inputs, x)


@family
def QActivation(draw):
    """One output a quantiser."""
    inputs = keras.Input(draw.ints(2, 5, draw.int(1, 2)))
    names = [list(ACTIVATIONS)[i] for i in draw.rng.permutation(len(ACTIVATIONS))[:4]]
    return keras.Model(inputs, [qkeras.QActivation(activation_quantiser(draw, n))(inputs) for n in names])


@family
def QActivationOther(draw):
    """A Keras Activation around a quantiser's object is not saved; a plain name in QActivation is."""
    inputs, x = entry(draw, draw.int(3, 5))
    x = qkeras.QDense(4, **quantisers(draw))(x)
    return keras.Model(inputs, [qkeras.QActivation(n)(x) for n in ("quantized_relu(4)", "quantized_relu(6,2)", "quantized_tanh(4)", "quantized_sigmoid(5)")])


def convolution(dims):
    def maker(draw):
        inputs, x = entry(draw, *draw.ints(4, 6, dims), draw.int(1, 3))
        padding = draw.pick("valid", "same", "causal") if dims == 1 else draw.pick("valid", "same")
        x = getattr(qkeras, f"QConv{dims}D")(draw.int(2, 4), draw.int(1, 3), strides=draw.int(1, 2), padding=padding, **quantisers(draw))(x)
        return keras.Model(inputs, qkeras.QActivation(activation_quantiser(draw))(x) if draw.flag() else x)
    FAMILIES[f"QConv{dims}D"] = maker


convolution(1)
convolution(2)


@family
def QDepthwiseConv2D(draw):
    inputs, x = entry(draw, 5, 5, draw.int(1, 3))
    x = qkeras.QDepthwiseConv2D(draw.int(2, 3), depth_multiplier=draw.int(1, 2), padding=draw.pick("valid", "same"),
                                **quantisers(draw, "depthwise_quantizer"))(x)
    return keras.Model(inputs, x)


def separable(dims):
    def maker(draw):
        inputs, x = entry(draw, *[6] * dims, draw.int(1, 3))
        chosen = dict(quantisers(draw, "depthwise_quantizer"), pointwise_quantizer=weight_quantiser(draw))
        return keras.Model(inputs, getattr(qkeras, f"QSeparableConv{dims}D")(draw.int(2, 4), draw.int(2, 3), padding=draw.pick("valid", "same"), **chosen)(x))
    FAMILIES[f"QSeparableConv{dims}D"] = maker


separable(1)
separable(2)


@family
def QConv2DTranspose(draw):
    inputs, x = entry(draw, 4, 4, draw.int(1, 2))
    return keras.Model(inputs, qkeras.QConv2DTranspose(draw.int(1, 3), draw.int(2, 3), strides=draw.int(1, 2), padding=draw.pick("valid", "same"),
                                                       **quantisers(draw))(x))


@family
def QBatchNormalization(draw):
    inputs, x = entry(draw, *draw.pick((5,), (4, 4, 3)))
    some = lambda text: draw.pick(None, text)
    return keras.Model(inputs, qkeras.QBatchNormalization(
        center=draw.flag(0.8), scale=draw.flag(0.8), gamma_quantizer=some("quantized_bits(6, 1, alpha=1)"), beta_quantizer=some("quantized_bits(6, 2, alpha=1)"),
        mean_quantizer=some("quantized_bits(7, 2, alpha=1)"), variance_quantizer=some("quantized_relu_po2(5)"))(x))


def fold(name, kernel):
    def maker(draw):
        inputs, x = entry(draw, *((5,) if name == "QDenseBatchnorm" else (5, 5, 2)))
        chosen = quantisers(draw, kernel)
        chosen.update(use_bias=draw.flag(), folding_mode=draw.pick("ema_stats_folding", "batch_stats_folding"), ema_freeze_delay=draw.pick(None, 10))
        size = {"QConv2DBatchnorm": (draw.int(2, 4), 2), "QDepthwiseConv2DBatchnorm": (2,), "QDenseBatchnorm": (3,)}[name]
        return keras.Model(inputs, getattr(qkeras, name)(*size, **chosen)(x))
    FAMILIES[name] = maker


fold("QConv2DBatchnorm", "kernel_quantizer")
fold("QDepthwiseConv2DBatchnorm", "depthwise_quantizer")
if hasattr(qkeras, "QDenseBatchnorm"):
    fold("QDenseBatchnorm", "kernel_quantizer")


@family
def QPooling(draw):
    inputs, x = entry(draw, 6, 6, draw.int(1, 3))
    chosen = {"average_quantizer": draw.pick(None, "quantized_bits(6, 0, alpha=1)"), "activation": draw.pick(None, activation_quantiser(draw))}
    layer = qkeras.QGlobalAveragePooling2D(**chosen) if draw.flag() else qkeras.QAveragePooling2D(draw.int(2, 3), **chosen)
    return keras.Model(inputs, layer(x))


def recurrent(name):
    def maker(draw):
        inputs, x = entry(draw, draw.int(2, 4), draw.int(1, 3))
        chosen = {"kernel_quantizer": weight_quantiser(draw), "recurrent_quantizer": weight_quantiser(draw), "bias_quantizer": bias_quantiser(draw),
                  "state_quantizer": draw.pick(None, "quantized_bits(6, 1, alpha=1)"), "activation": draw.pick("quantized_tanh(5)", "tanh"),
                  "return_sequences": draw.flag()}
        if name != "QSimpleRNN":
            chosen["recurrent_activation"] = draw.pick("quantized_sigmoid(5)", "sigmoid")
        layer = getattr(qkeras, name)(draw.int(2, 4), **chosen)
        return keras.Model(inputs, layer(x))
    FAMILIES[name] = maker


for cell in ("QSimpleRNN", "QLSTM", "QGRU"):
    recurrent(cell)


@family
def Mixed(draw):
    """The usual network: dense, batch norm, activation; or convolutions with plain Keras layers between."""
    if draw.flag():
        inputs, x = entry(draw, draw.int(5, 9))
    else:
        inputs, x = entry(draw, 6, 6, 1)
        x = qkeras.QConv2D(3, 3, **quantisers(draw))(x)
        x = layers.MaxPooling2D(2)(qkeras.QActivation("quantized_relu(5, 2)")(layers.BatchNormalization()(x)))
        x = layers.Flatten()(x)
    for _ in range(draw.int(1, 3)):
        x = qkeras.QDense(draw.int(3, 6), **quantisers(draw))(x)
        x = layers.BatchNormalization()(x) if draw.flag() else x
        x = qkeras.QActivation(activation_quantiser(draw, "quantized_relu"))(x)
    y = qkeras.QDense(3, kernel_quantizer=weight_quantiser(draw), bias_quantizer=bias_quantiser(draw))(x)
    return keras.Model(inputs, layers.Activation("softmax")(y) if draw.flag() else [y, x] if draw.flag() else layers.Concatenate()([y, x]))


# Families that came later: made by name (--family), so that the seeds of those above keep their meaning.
LATER = []


def later(function):
    LATER.append(function.__name__)
    return family(function)


def found_scale(draw):
    """Weights whose scale is found from themselves."""
    alpha, bits = draw.pick("'auto'", "'auto_po2'", "'auto_po2'"), draw.int(2, 8)
    return as_text_or_object(draw, draw.pick(
        f"quantized_bits({bits}, {draw.int(0, 2)}, 1, alpha={alpha})", f"binary(alpha={alpha})", f"ternary(alpha={alpha})", f"stochastic_ternary(alpha={alpha})",
        f"stochastic_binary(alpha={alpha})", f"quantized_bits({bits}, 0, 1, {draw.int(0, 1)}, alpha={alpha})",
        *((f"quantized_linear({bits}, 0, {draw.int(0, 1)}, alpha={alpha})", f"quantized_linear(1, 0, alpha={alpha})") if hasattr(qkeras, "quantized_linear") else ())))


@later
def FoundScale(draw):
    kind = draw.pick("dense", "conv1", "conv2", "depthwise", "separable", *(("transpose",) if V3 else ()))
    shape = {"dense": (draw.int(3, 9),), "conv1": (6, draw.int(1, 3))}.get(kind, (5, 5, draw.int(1, 3)))
    inputs, x = entry(draw, *shape)
    chosen = {"kernel_quantizer": found_scale(draw), "bias_quantizer": bias_quantiser(draw)}
    if kind == "dense":
        x = qkeras.QDense(draw.int(2, 6), **chosen)(x)
    elif kind == "conv1":
        x = qkeras.QConv1D(draw.int(2, 4), draw.int(1, 3), **chosen)(x)
    elif kind == "conv2":
        x = qkeras.QConv2D(draw.int(2, 4), draw.int(1, 3), padding=draw.pick("valid", "same"), **chosen)(x)
    elif kind == "transpose":
        x = qkeras.QConv2DTranspose(draw.int(2, 4), draw.int(1, 3), **chosen)(x)
    else:
        chosen["depthwise_quantizer"] = chosen.pop("kernel_quantizer")
        if kind == "separable":
            x = qkeras.QSeparableConv2D(draw.int(2, 4), 2, pointwise_quantizer=found_scale(draw), depth_multiplier=draw.int(1, 2), **chosen)(x)
        else:
            x = qkeras.QDepthwiseConv2D(draw.int(2, 3), depth_multiplier=draw.int(1, 2), **chosen)(x)
    if draw.flag(0.7):
        x = qkeras.QActivation(activation_quantiser(draw))(x)
    if draw.flag():
        x = qkeras.QDense(3, kernel_quantizer=found_scale(draw), bias_quantizer=bias_quantiser(draw))(x)
    return keras.Model(inputs, x)


@later
def StepsBetween(draw):
    """Activations of few values between layers, so that what follows multiplies them."""
    inputs, x = entry(draw, draw.int(3, 7))
    for _ in range(draw.int(1, 2)):
        x = qkeras.QDense(draw.int(3, 5), kernel_quantizer=f"quantized_bits({draw.int(2, 6)}, 1, 1, alpha=1)", bias_quantizer="quantized_bits(6, 2, alpha=1)",
                          activation=draw.pick(None, None, "hard_sigmoid", "hard_tanh", "smooth_sigmoid"))(x)
        name = draw.pick("quantized_relu_sigmoid", "quantized_relu_po2", "quantized_po2", "quantized_ulaw", "quantized_hswish", "binary", "ternary")
        x = qkeras.QActivation(activation_quantiser(draw, name))(x)
    return keras.Model(inputs, qkeras.QDense(3, kernel_quantizer=weight_quantiser(draw), bias_quantizer=bias_quantiser(draw))(x))


@later
def NormDefaults(draw):
    """QBatchNormalization with the quantisers that it has unasked: powers of two."""
    inputs, x = entry(draw, *draw.pick((5,), (4, 4, 3)))
    return keras.Model(inputs, qkeras.QActivation(activation_quantiser(draw))(qkeras.QBatchNormalization()(x)))


@later
def QBidirectional(draw):
    inputs, x = entry(draw, draw.int(2, 4), draw.int(1, 3))
    cell = draw.pick("QLSTM", "QGRU", "QSimpleRNN") if V3 else "QLSTM"
    chosen = {"kernel_quantizer": "quantized_bits(4, 0, 1, alpha=1)", "recurrent_quantizer": found_scale(draw), "bias_quantizer": bias_quantiser(draw),
              "state_quantizer": draw.pick(None, "quantized_bits(6, 1, alpha=1)"), "activation": draw.pick("quantized_tanh(5)", "quantized_bits(5, 0, alpha=1)"),
              "return_sequences": draw.flag(), "go_backwards": draw.flag(0.3)}
    if cell != "QSimpleRNN":
        chosen["recurrent_activation"] = draw.pick("quantized_sigmoid(5)", "hard_sigmoid")
    layer = qkeras.QBidirectional(getattr(qkeras, cell)(draw.int(2, 3), **chosen), merge_mode=draw.pick("concat", "sum", "mul", "ave"))
    return keras.Model(inputs, layer(x))


if hasattr(qkeras, "QScaleShift"):
    @later
    def QScaleShift(draw):
        inputs, x = entry(draw, *draw.ints(2, 4, draw.int(1, 2)))
        x = qkeras.QScaleShift(weight_quantizer=draw.pick("quantized_bits(5, 1, 1, alpha=1)", found_scale(draw)), bias_quantizer=bias_quantiser(draw),
                               use_bias=draw.flag(0.8), activation=draw.pick(None, "quantized_relu(5, 2)"))(x)
        return keras.Model(inputs, x)
