"""ONNX families with integer operators, as quantisation tools write them."""
import numpy as np
from onnx import TensorProto

FAMILIES = {}


def family(first, last=21):
    def register(function):
        FAMILIES[function.__name__] = (function, first, last)
        return function
    return register


def scale(g, d, *shape):
    """Powers of two in odd rounds, so that float32 carries no rounding; anything in even ones."""
    low = 2.0 ** d.rng.integers(-6, -2, shape)
    return g.constant(low if g.step else np.round(low * d.rng.uniform(0.6, 1.4, shape), 6))


def zero(g, d, kind, *shape, symmetric=False):
    if symmetric:
        return g.constant(np.zeros(shape), kind)
    return g.constant(d.rng.integers(-20, 20, shape) + (128 if kind == np.uint8 else 0), kind)


def quantised(g, d, x, kind=None):
    """(integers, scale, zero)."""
    kind = kind or d.pick(np.int8, np.uint8)
    s, z = scale(g, d), zero(g, d, kind)
    return g.node("QuantizeLinear", [x, s, z]), s, z


def roundtrip(g, d, x, kind=None):
    q, s, z = quantised(g, d, x, kind)
    return g.node("DequantizeLinear", [q, s, z])


def integers(g, d, kind, *shape):
    low, high = (-127, 128) if kind == np.int8 else (0, 256)
    return g.constant(d.rng.integers(low, high, shape), kind)


@family(10)
def QDQ(g, d):
    """The usual QDQ network; per channel from opset 13 on."""
    n, m = d.int(3, 6), d.int(2, 5)
    x = roundtrip(g, d, g.input((n,), g.floats))
    per_channel = g.opset >= 13 and d.flag()
    for _ in range(d.int(1, 2)):
        if per_channel:
            w = g.node("DequantizeLinear", [integers(g, d, np.int8, m, n), scale(g, d, m), zero(g, d, np.int8, m, symmetric=True)], axis=0)
        else:
            w = g.node("DequantizeLinear", [integers(g, d, np.int8, m, n), scale(g, d), zero(g, d, np.int8)])
        b = g.node("DequantizeLinear", [g.constant(d.rng.integers(-500, 500, m), np.int32), scale(g, d)])
        x = roundtrip(g, d, g.node("Gemm", [x, w, b], transB=1))
        n = m
    if d.flag():
        x = roundtrip(g, d, g.node("Relu", [x]), np.uint8)
    return x


@family(10)
def QDQConv(g, d):
    c, f = d.int(1, 3), d.int(1, 3)
    x = roundtrip(g, d, g.input((c, 5, 5), g.floats))
    if g.opset >= 13 and d.flag():
        w = g.node("DequantizeLinear", [integers(g, d, np.int8, f, c, 2, 2), scale(g, d, f), zero(g, d, np.int8, f, symmetric=True)], axis=0)
    else:
        w = g.node("DequantizeLinear", [integers(g, d, np.int8, f, c, 2, 2), scale(g, d)])
    y = g.node("Relu", [g.node("Conv", [x, w], kernel_shape=[2, 2], pads=[0, 0, 1, 1])])
    y = roundtrip(g, d, y, np.uint8)
    return roundtrip(g, d, g.node("MaxPool", [y], kernel_shape=[2, 2]), np.uint8) if d.flag() else y


@family(10)
def QuantizePerChannel(g, d):
    shape = d.ints(2, 4, d.int(1, 3))
    x = g.input(shape, g.floats)
    if g.opset < 13:
        return roundtrip(g, d, x)
    axis = d.int(1, len(shape))
    kind, size = d.pick(np.int8, np.uint8), shape[axis - 1]
    s, z = scale(g, d, size), zero(g, d, kind, size)
    q = g.node("QuantizeLinear", [x, s, z], axis=axis)
    return g.node("DequantizeLinear", [q, s, z], axis=axis)


@family(10)
def QLinearConv(g, d):
    groups = d.pick(1, 1, 2)
    c, f = groups * d.int(1, 2), groups * d.int(1, 2)
    kind = d.pick(np.int8, np.uint8)
    q, s, z = quantised(g, d, g.input((c, 5, 4), g.floats), kind)
    ws, wz = (scale(g, d, f), zero(g, d, np.int8, f, symmetric=True)) if d.flag() else (scale(g, d), zero(g, d, np.int8, symmetric=True))
    ys, yz = scale(g, d), zero(g, d, kind)
    inputs = [q, s, z, integers(g, d, np.int8, f, c // groups, 2, 3), ws, wz, ys, yz]
    if d.flag(0.7):
        inputs.append(g.constant(d.rng.integers(-800, 800, f), np.int32))
    y = g.node("QLinearConv", inputs, kernel_shape=[2, 3], group=groups, **d.pick({}, {"strides": [2, 1]}, {"pads": [1, 1, 0, 1]}))
    return g.node("DequantizeLinear", [y, ys, yz])


@family(10)
def QLinearMatMul(g, d):
    n, m = d.int(2, 6), d.int(2, 5)
    kind = d.pick(np.int8, np.uint8)
    q, s, z = quantised(g, d, g.input(d.pick((n,), (3, n)), g.floats), kind)
    ys, yz = scale(g, d), zero(g, d, kind)
    weights = [integers(g, d, kind, n, m), scale(g, d), zero(g, d, kind)]
    y = g.node("QLinearMatMul", [q, s, z, *weights, ys, yz])
    return g.node("DequantizeLinear", [y, ys, yz])


@family(10)
def MatMulInteger(g, d):
    n, m = d.int(2, 6), d.int(2, 5)
    q, s, z = quantised(g, d, g.input((n,), g.floats), np.uint8)
    weight_kind = d.pick(np.int8, np.uint8)
    inputs = [q, integers(g, d, weight_kind, n, m), z] + ([zero(g, d, weight_kind)] if d.flag() else [])
    y = g.node("Cast", [g.node("MatMulInteger", inputs)], to=TensorProto.FLOAT)
    return g.node("Mul", [y, g.node("Mul", [s, scale(g, d)])])


@family(10)
def ConvInteger(g, d):
    c, f = d.int(1, 2), d.int(1, 3)
    q, s, z = quantised(g, d, g.input((c, 5, 5), g.floats), np.uint8)
    inputs = [q, integers(g, d, np.uint8, f, c, 3, 2), z] + ([zero(g, d, np.uint8)] if d.flag() else [])
    y = g.node("ConvInteger", inputs, kernel_shape=[3, 2], **d.pick({}, {"pads": [1, 1, 0, 0]}, {"strides": [2, 2]}))
    return g.node("Mul", [g.node("Cast", [y], to=TensorProto.FLOAT), g.node("Mul", [s, scale(g, d)])])


@family(11)
def DynamicQuantize(g, d):
    """Its scale depends on the whole batch, hence the batch axis 1."""
    g.batch, n = 1, d.int(3, 6)
    q, s, z = g.node("DynamicQuantizeLinear", [g.input((n,), g.floats)], outputs=3)
    y = g.node("Cast", [g.node("MatMulInteger", [q, integers(g, d, np.int8, n, 3), z])], to=TensorProto.FLOAT)
    return g.node("Mul", [y, g.node("Mul", [s, scale(g, d)])])
