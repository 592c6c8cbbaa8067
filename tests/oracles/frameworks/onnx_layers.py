"""ONNX families of layers: products, convolutions, pooling, normalisation."""
FAMILIES = {}


def family(first=9, last=21):
    """A family takes (Graph, Draw) and gives the outputs; it exists between two opsets."""
    def register(function):
        FAMILIES[function.__name__] = (function, first, last)
        return function
    return register


@family()
def Gemm(g, d):
    n, m = d.int(2, 6), d.int(1, 6)
    x = g.input((n,), g.floats)
    options = {k: v for k, v in (("alpha", d.real(0.25, 2)), ("beta", d.real(0.25, 2))) if d.flag()}
    transposed = d.flag()
    if d.flag(0.2) and g.opset >= 11:
        options["transA"] = 1  # of the transposed input, so that the batch axis stays first
        x = g.node("Transpose", [x], perm=[1, 0])
    inputs = [x, g.weight(m, n) if transposed else g.weight(n, m)]
    if g.opset < 11 or d.flag(0.8):  # C is optional since 11
        inputs.append(g.weight(*d.pick((m,), (1, m), (1,)), scale=0.5))
    return g.node("Gemm", inputs, transB=int(transposed), **options)


@family()
def MatMul(g, d):
    shape = d.ints(2, 5, d.int(1, 3))
    x = g.input(shape, g.floats)
    y = g.node("MatMul", [x, g.weight(shape[-1], d.int(1, 5))])
    if len(shape) > 1 and d.flag(0.4):  # a constant on the left
        y = g.node("MatMul", [g.weight(d.int(1, 4), shape[-2]), y])
    return g.node("Add", [y, g.weight(1, scale=0.5)] if d.flag() else [g.weight(1, scale=0.5), y])


@family()
def MatMulDynamic(g, d):
    """Attention without the soft maximum: both sides depend on the inputs."""
    n, m, k = d.ints(2, 4, 3)
    lead = d.pick((), (2,))
    a = g.input((*lead, n, k), g.floats)
    if d.flag():
        b = g.input((*lead, k, m), g.floats)
    else:
        rank = len(lead) + 3
        b = g.node("Transpose", [a], perm=[*range(rank - 2), rank - 1, rank - 2])
    return g.node("MatMul", [a, b])


def geometry(g, d, dims, kernel):
    """Strides and dilations, and explicit pads or auto_pad."""
    options = {"kernel_shape": kernel} if d.flag(0.8) else {}
    if d.flag(0.4):
        options["strides"] = d.ints(1, 2, dims)
    elif d.flag(0.4):
        options["dilations"] = d.ints(1, 2, dims)
    style = d.int(0, 3)
    if style == 1:
        options["pads"] = [d.int(0, k - 1) if k > 1 else 0 for k in kernel] * 2
    elif style == 2 and "dilations" not in options:
        options["auto_pad"] = d.pick("SAME_UPPER", "SAME_LOWER", "VALID")
    elif style == 3:
        options["pads"] = [d.int(0, k - 1) if k > 1 else 0 for k in [*kernel, *kernel]]
    return options


@family()
def Conv(g, d):
    dims, groups = d.int(1, 2), d.pick(1, 1, 2, 3)
    channels, filters, kernel = groups * d.int(1, 2), groups * d.int(1, 2), d.ints(1, 3, dims)
    x = g.input((channels, *d.ints(5, 8, dims)), g.floats)
    inputs = [x, g.weight(filters, channels // groups, *kernel)] + ([g.weight(filters, scale=0.5)] if d.flag(0.7) else [])
    return g.node("Conv", inputs, group=groups, **geometry(g, d, dims, kernel))


@family()
def ConvTranspose(g, d):
    dims, groups = d.int(1, 2), d.pick(1, 1, 2)
    channels, filters, kernel = groups * d.int(1, 2), d.int(1, 3), d.ints(1, 3, dims)
    x = g.input((channels, *d.ints(3, 5, dims)), g.floats)
    options = {"kernel_shape": kernel, "strides": d.ints(1, 3, dims)}
    style = d.int(0, 3)
    if style == 1:
        options["pads"] = [d.int(0, k - 1) if k > 1 else 0 for k in kernel] * 2
    elif style == 2:
        options["output_padding"] = [s - 1 for s in options["strides"]]
    elif style == 3 and g.opset >= 11:
        options["auto_pad"] = d.pick("SAME_UPPER", "SAME_LOWER", "VALID")
    inputs = [x, g.weight(channels, filters, *kernel)] + ([g.weight(filters * groups, scale=0.5)] if d.flag(0.7) else [])
    return g.node("ConvTranspose", inputs, group=groups, **options)


@family()
def BatchNormalization(g, d):
    channels = d.int(2, 5)
    x = g.input((channels, *d.ints(2, 4, d.int(0, 2))), g.floats)
    for _ in range(d.int(1, 2)):
        statistics = [g.weight(channels, positive=True), g.weight(channels, scale=0.5), g.weight(channels, scale=0.5),
                      g.weight(channels, positive=True)]
        x = g.node("BatchNormalization", [x, *statistics], **d.pick({}, {"epsilon": 1e-3}, {"epsilon": 1e-5, "momentum": 0.9}))
    return x


def pool(g, d, operator, **options):
    dims = d.int(1, 2)
    x = g.input((d.int(1, 3), *d.ints(5, 8, dims)), g.floats)
    kernel = d.ints(2, 3, dims)
    options["kernel_shape"] = kernel
    if d.flag(0.7):
        options["strides"] = d.ints(1, 3, dims)
    style = d.int(0, 3)
    if style == 1:
        options["pads"] = [d.int(0, k - 1) for k in kernel] * 2
    elif style == 2:
        options["auto_pad"] = d.pick("SAME_UPPER", "SAME_LOWER", "VALID")
    elif style == 3 and g.opset >= 10:
        options["ceil_mode"] = 1
    return g.node(operator, [x], **options)


@family()
def MaxPool(g, d):
    return pool(g, d, "MaxPool")


@family()
def AveragePool(g, d):
    return pool(g, d, "AveragePool", count_include_pad=d.int(0, 1))


@family()
def GlobalPool(g, d):
    x = g.input((d.int(1, 4), *d.ints(2, 6, d.int(1, 2))), g.floats)
    y = [g.node(o, [x]) for o in ("GlobalAveragePool", "GlobalMaxPool")]
    return [g.node("Flatten", [v], axis=1) for v in y] if d.flag() else y


@family(17, 21)
def LayerNormalization(g, d):
    shape = d.ints(2, 5, d.int(1, 3))
    x = g.input(shape, g.floats)
    axis = d.pick(-1, len(shape), 1)
    size = shape[axis - 1:] if axis > 0 else shape[-1:]
    inputs = [x, g.weight(*size, positive=True)] + ([g.weight(*size, scale=0.5)] if d.flag(0.7) else [])
    return g.node("LayerNormalization", inputs, axis=axis, **d.pick({}, {"epsilon": 1e-3}))


@family()
def LayerNormalizationDecomposed(g, d):
    """As PyTorch exports it below opset 17."""
    size = d.int(3, 6)
    x = g.input((d.int(2, 4), size), g.floats)
    centred = g.node("Sub", [x, g.axes("ReduceMean", x, [-1], 18)])
    variance = g.axes("ReduceMean", g.node("Pow", [centred, g.constant(2.0)]), [-1], 18)
    deviation = g.node("Sqrt", [g.node("Add", [variance, g.constant(1e-5)])])
    y = g.node("Div", [centred, deviation])
    return g.node("Add", [g.node("Mul", [y, g.weight(size, positive=True)]), g.weight(size, scale=0.5)])


@family()
def Mlp(g, d):
    """A trunk and two heads, as PyTorch and tf2onnx export them."""
    n = d.int(4, 8)
    x = g.input((n,), g.floats)
    for _ in range(d.int(1, 3)):
        m = d.int(3, 8)
        x = g.node("Gemm", [x, g.weight(m, n), g.weight(m, scale=0.5)], transB=1) if d.flag() else \
            g.node("Add", [g.node("MatMul", [x, g.weight(n, m)]), g.weight(m, scale=0.5)])
        n = m
        if d.flag():
            x = g.node("BatchNormalization", [x, g.weight(n, positive=True), g.weight(n), g.weight(n), g.weight(n, positive=True)])
        x = g.node(d.pick("Relu", "Relu", "Tanh", "Sigmoid", "LeakyRelu"), [x])
    heads = [g.node("Gemm", [x, g.weight(n, 2), g.weight(2, scale=0.5)]), g.node("Gemm", [x, g.weight(n, 3), g.weight(3, scale=0.5)])]
    return heads if d.flag() else g.node("Softmax", [heads[1]], axis=1)


@family()
def Cnn(g, d):
    """Convolution, norm, residual, pooling, flatten, dense."""
    c = d.int(2, 4)
    x = g.input((1, 8, 8), g.floats)
    x = g.node("Relu", [g.node("Conv", [x, g.weight(c, 1, 3, 3), g.weight(c)], kernel_shape=[3, 3], pads=[1, 1, 1, 1])])
    y = g.node("Conv", [x, g.weight(c, c, 3, 3)], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    y = g.node("BatchNormalization", [y, g.weight(c, positive=True), g.weight(c), g.weight(c), g.weight(c, positive=True)])
    x = g.node("Relu", [g.node("Add", [x, y])])
    x = g.node(d.pick("MaxPool", "AveragePool"), [x], kernel_shape=[2, 2], strides=[2, 2])
    x = g.node("Flatten", [x]) if d.flag() else g.node("Reshape", [x, g.indices(0, -1)])
    return g.node("Gemm", [x, g.weight(3, 16 * c), g.weight(3)], transB=1)
