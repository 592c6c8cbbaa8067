"""Families of QONNX graphs; see qonnx_models.py."""
import numpy as np

FAMILIES = {}
ROUNDINGS = ("ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_EVEN", "HALF_UP", "HALF_DOWN")


def family(function):
    FAMILIES[function.__name__] = function
    return function


def rounding(d):
    name = ROUNDINGS[d.int(0, 7)]
    return name.lower() if d.flag(0.2) else name


def scales(g, d, shape=(), low=-5, high=-1):
    """Powers of two in odd rounds; anything in even ones."""
    values = 2.0 ** d.rng.integers(low, high + 1, shape)
    return values if g.step else values * d.rng.uniform(0.7, 1.4, shape)


def quant(g, d, x, bits=None, shape=(), operator="Quant", zero=0.0, **options):
    options = {"signed": 1, "narrow": d.int(0, 1), "rounding_mode": rounding(d), **options}
    bits = d.int(2, 8) if bits is None else bits
    return g.node(operator, [x, g.constant(scales(g, d, shape)), g.constant(zero), g.constant(float(bits))], domain=g.custom, **options)


def weight(g, d, *shape, bits=None, channel=None):
    """A quantised constant; `channel` is the axis along which the scale varies."""
    size = () if channel is None else tuple(n if i == channel else 1 for i, n in enumerate(shape))
    return quant(g, d, g.constant(d.rng.normal(0, 0.7, shape)), bits=bits, shape=size)


def quantiser(operator):
    def maker(g, d):
        """Several of them on one input, one output each."""
        shape = d.ints(2, 5, d.int(1, 3))
        x, outputs = g.input(shape, g.floats), []
        for _ in range(4):
            zero = float(d.int(-4, 4)) if d.flag(0.3) else 0.0
            per_channel = (1, shape[0], *[1] * (len(shape) - 1)) if d.flag(0.3) else ()
            outputs.append(quant(g, d, x, bits=d.pick(1, 2, 3, 4, 6, 8), shape=per_channel, operator=operator, zero=zero, signed=d.int(0, 1)))
        return outputs
    FAMILIES[operator] = maker


quantiser("Quant")
quantiser("IntQuant")


@family
def BipolarQuant(g, d):
    x = g.input((d.int(3, 6),), g.floats)
    bipolar = g.node("BipolarQuant", [x, g.constant(scales(g, d))], domain=g.custom)
    w = g.node("BipolarQuant", [g.constant(d.rng.normal(0, 1, (len(g.feeds[0][0]), 3))), g.constant(scales(g, d))], domain=g.custom)
    return [g.node("MatMul", [bipolar, w]), bipolar]


@family
def TruncV1(g, d):
    """A sum of some bits, of which the lowest are cut off: scale, zero, input width, output width."""
    scale, zero, bits = scales(g, d), float(d.int(0, 3)) if d.flag(0.3) else 0.0, d.int(6, 9)
    x = g.input((d.int(3, 6),), g.floats)
    q = g.node("Quant", [x, g.constant(scale), g.constant(zero), g.constant(float(bits))], domain=g.custom, signed=1, narrow=0,
               rounding_mode="ROUND")
    return [g.node("Trunc", [q, g.constant(scale), g.constant(zero), g.constant(float(bits)), g.constant(float(bits - cut))],
                   domain=g.custom, rounding_mode=rounding(d)) for cut in (1, 2, d.int(0, 4))]


@family
def TruncV2(g, d):
    """Version 2 tells the output's scale and width."""
    g.custom, g.domains = "qonnx.custom_op.general", {"qonnx.custom_op.general": 2}
    scale, zero, bits = scales(g, d), 0.0, d.int(6, 9)
    x = g.input((d.int(3, 6),), g.floats)
    q = g.node("Quant", [x, g.constant(scale), g.constant(zero), g.constant(float(bits))], domain=g.custom, signed=1, narrow=0,
               rounding_mode="ROUND")
    outputs = []
    for cut in (1, 2, d.int(0, 4)):
        inputs = [q, g.constant(scale), g.constant(zero), g.constant(float(bits)), g.constant(scale * 2.0**cut),
                  g.constant(float(bits - cut - d.int(0, 1)))]
        outputs.append(g.node("Trunc", inputs, domain=g.custom, rounding_mode=rounding(d), signed=d.int(0, 1), narrow=d.int(0, 1)))
    return outputs


@family
def FloatQuant(g, d):
    g.custom, g.domains = "qonnx.custom_op.general", {"qonnx.custom_op.general": 1}
    x, outputs = g.input((d.int(3, 6),), g.floats), []
    for _ in range(3):
        exponent, mantissa = d.int(2, 5), d.int(1, 4)
        bias = 2.0 ** (exponent - 1) - 1
        largest = float(2.0 ** (2**exponent - 1 - bias) * (2 - 2.0**-mantissa)) / d.pick(1, 1, 4)
        inputs = [x, g.constant(d.pick(1.0, float(scales(g, d)))), *(g.constant(float(v)) for v in (exponent, mantissa, bias, largest))]
        outputs.append(g.node("FloatQuant", inputs, domain=g.custom, rounding_mode=d.pick("ROUND", "CEIL", "FLOOR"), has_inf=0, has_nan=d.int(0, 1),
                              has_subnormal=1, saturation=1))
    return outputs


@family
def MultiThreshold(g, d):
    last = d.flag(0.4)
    channels = d.int(2, 4)
    shape = (channels,) if d.flag() else ((3, 2, channels) if last else (channels, 3, 2))
    x = g.input(shape, g.floats)
    steps = d.pick(1, 3, 7, 15)
    rows = 1 if d.flag(0.3) else channels
    thresholds = g.constant(np.round(np.sort(d.rng.uniform(-4, 4, (rows, steps)), axis=1) * 32) / 32)
    layout = {} if len(shape) == 1 else {"data_layout": "NHWC" if last else "NCHW"}
    extra = d.pick({}, {"out_scale": 0.25, "out_bias": -1.0}, {"out_scale": 2.0})
    y = g.node("MultiThreshold", [x, thresholds], domain=g.custom, out_dtype="UINT4", **layout, **extra)
    return y


@family
def Mlp(g, d):
    n = d.int(3, 7)
    x = quant(g, d, g.input((n,), g.floats), bits=d.int(4, 8))
    for _ in range(d.int(1, 3)):
        m = d.int(2, 6)
        style = d.int(0, 2)
        if style == 0:
            x = g.node("Gemm", [x, weight(g, d, m, n, channel=d.pick(None, 0)), weight(g, d, m, bits=8)], transB=1)
        elif style == 1:
            x = g.node("MatMul", [x, weight(g, d, n, m, channel=d.pick(None, 1))])
            x = g.node("Add", [x, weight(g, d, m, bits=8)])
        else:  # as Brevitas exports a Linear: the quantised weight is transposed
            x = g.node("MatMul", [x, g.node("Transpose", [weight(g, d, m, n, channel=d.pick(None, 0))], perm=[1, 0])])
        n = m
        if d.flag(0.3):
            statistics = [g.weight(n, positive=True), g.weight(n), g.weight(n), g.weight(n, positive=True)]
            x = g.node("BatchNormalization", [x, *statistics])
        x = quant(g, d, g.node("Relu", [x]), signed=0) if d.flag(0.7) else quant(g, d, x)
    return x


@family
def Cnn(g, d):
    c, f = d.int(1, 2), d.int(2, 4)
    x = quant(g, d, g.input((c, 6, 6), g.floats), bits=d.int(4, 8))
    w = weight(g, d, f, c, 3, 3, channel=d.pick(None, 0))
    inputs = [x, w] + ([weight(g, d, f, bits=8)] if d.flag() else [])
    x = g.node("Conv", inputs, kernel_shape=[3, 3], pads=[1, 1, 1, 1] if d.flag() else [0] * 4, strides=[1, 1], group=1, dilations=[1, 1])
    x = quant(g, d, g.node("Relu", [x]), signed=0, shape=d.pick((), (1, f, 1, 1)))
    x = g.node(d.pick("MaxPool", "AveragePool"), [x], kernel_shape=[2, 2], strides=[2, 2])
    x = g.node("Flatten", [x], axis=1) if d.flag() else g.node("Reshape", [x, g.indices(1, -1)])
    size = f * (9 if g.nodes and any(a.name == "pads" and sum(a.ints) for n in g.nodes if n.op_type == "Conv" for a in n.attribute) else 4)
    return quant(g, d, g.node("MatMul", [x, weight(g, d, size, 2)]))


@family
def Conv1D(g, d):
    c, f = d.int(1, 3), d.int(1, 3)
    x = quant(g, d, g.input((c, d.int(5, 8)), g.floats))
    w = weight(g, d, f, c, 2, channel=d.pick(None, 0))
    return quant(g, d, g.node("Conv", [x, w], kernel_shape=[2], strides=[d.int(1, 2)], pads=[0, 1], dilations=[1], group=1))


@family
def ChannelsLast(g, d):
    """qonnx's wrappers: the shapes are [N, H, W, C], the kernel [M, H, W, C]."""
    domain = "qonnx.custom_op.channels_last"
    g.domains[domain] = 14  # the version of the operators wrapped: at 1, onnxruntime refuses their BatchNormalization

    def keep(name, *shape):
        g.shapes[name] = [1, *shape]
        return name

    c, f, pad = d.int(1, 3), d.int(2, 4), d.int(0, 1)
    size = (4 + 2 * pad, 4 + 2 * pad, f)
    x = keep(quant(g, d, g.input((6, 6, c), g.floats), bits=d.int(4, 8)), 6, 6, c)
    w = weight(g, d, f, 3, 3, c)
    g.shapes[w] = [f, 3, 3, c]
    x = keep(g.node("Conv", [x, w], domain=domain, kernel_shape=[3, 3], pads=[pad] * 4, strides=[1, 1], dilations=[1, 1], group=1), *size)
    if d.flag():
        statistics = [g.weight(f, positive=True), g.weight(f), g.weight(f), g.weight(f, positive=True)]
        x = keep(g.node("BatchNormalization", [x, *statistics], domain=domain, epsilon=1e-5, momentum=0.9), *size)
    x = keep(quant(g, d, keep(g.node("Relu", [x]), *size), signed=0), *size)
    return g.node("MaxPool", [x], domain=domain, kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0]) if d.flag() else x


@family
def QuantAvgPool2d(g, d):
    g.custom, g.domains = "qonnx.custom_op.general", {"qonnx.custom_op.general": 1}
    bits, scale = d.int(3, 6), 1.0
    x = g.input((d.int(1, 3), 6, 6), g.floats)
    x = g.node("Quant", [x, g.constant(scale), g.constant(0.0), g.constant(float(bits))], domain=g.custom, signed=1, narrow=0,
               rounding_mode=rounding(d))
    kernel = d.int(2, 3)
    return g.node("QuantAvgPool2d", [x], domain=g.custom, kernel=kernel, stride=d.int(1, kernel), ibits=bits, obits=bits - d.int(0, 1),
                  signed=1, data_layout="NCHW")


@family
def Residual(g, d):
    n = d.int(3, 5)
    x = quant(g, d, g.input((n,), g.floats), bits=6)
    y = quant(g, d, g.node("Relu", [g.node("MatMul", [x, weight(g, d, n, n)])]), signed=0)
    joined = g.node(d.pick("Add", "Mul", "Sub"), [x, y]) if d.flag() else g.node("Concat", [x, y], axis=1)
    return [quant(g, d, joined), g.node("Mul", [y, g.constant(0.5)])]


@family
def Activations(g, d):
    x = quant(g, d, g.input((d.int(3, 5),), g.floats), bits=6)
    return [quant(g, d, g.node(o, [x]), bits=5) for o in ("Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid")] + [g.node("Softmax", [x], axis=1)]
