"""ONNX families that exporters make of several operators, and operators that few of them write."""
import numpy as np
from onnx import TensorProto

FAMILIES = {}


def family(first=13, last=21):
    def register(function):
        FAMILIES[function.__name__] = (function, first, last)
        return function
    return register


@family()
def DepthSpace(g, d):
    """Sub-pixel convolution: channels become pixels and pixels channels."""
    b, c = d.int(2, 3), d.int(1, 2)
    x = g.input((b * b * c, d.int(2, 3), d.int(2, 3)), g.floats)
    y = g.node("DepthToSpace", [x], blocksize=b, mode=d.pick("DCR", "CRD"))
    if d.flag():
        y = g.node("Conv", [y, g.weight(2, c, 1, 1)])
    return y if d.flag() else g.node("SpaceToDepth", [y], blocksize=b)


@family()
def TileExpand(g, d):
    x = g.input((2, 1, 3), g.floats)
    return [g.node("Tile", [x, g.indices(1, d.int(1, 3), d.int(1, 2), 2)]), g.node("Expand", [x, g.indices(*d.pick((1, 1, 4, 3), (4, 1), (1, 2, 1, 1)))])]


@family()
def EinsumConstant(g, d):
    a, b, c = d.ints(2, 4, 3)
    x = g.input((a, b), g.floats)
    equation, shape = d.pick(("nab,bc->nac", (b, c)), ("nab,bc->nca", (b, c)), ("nab,abc->nc", (a, b, c)), ("nab,abc->nac", (a, b, c)),
                             ("nab, ac -> nbc", (a, c)))
    return g.node("Einsum", [x, g.weight(*shape)], equation=equation)


@family()
def EinsumComputed(g, d):
    a, b, c = d.ints(2, 4, 3)
    x, y = g.input((a, b), g.floats), g.input((c, b), g.floats)
    return g.node("Einsum", [x, y], equation=d.pick("nab,ncb->nac", "nab,ncb->nca"))


@family(18)
def InstanceGroupNorm(g, d):
    groups, size = d.int(1, 2), d.int(1, 3)
    c = groups * size
    x = g.input((c, *d.ints(2, 3, d.int(1, 2))), g.floats)
    count = c if g.opset >= 21 else groups
    return [g.node("InstanceNormalization", [x, g.weight(c, positive=True), g.weight(c)]),
            g.node("GroupNormalization", [x, g.weight(count, positive=True), g.weight(count)], num_groups=groups)]


@family()
def LpNormalization(g, d):
    x = g.node("Add", [g.input((d.int(2, 4), 3), g.floats), g.constant(0.375)])
    return g.node("LpNormalization", [x], axis=d.pick(1, 2, -1), p=d.int(1, 2))


@family()
def ReduceMore(g, d):
    x = g.node("Add", [g.node("Abs", [g.input((3, 4), g.floats)]), g.constant(0.5)])
    kinds = ("ReduceSumSquare", "ReduceL1", "ReduceLogSum", "ReduceLogSumExp")
    return [g.axes(o, x, d.pick([1], [2], [1, 2]), 18, keepdims=d.int(0, 1)) for o in kinds]


@family(16)
def Comparisons(g, d):
    n = d.int(3, 5)
    x, y = g.input((2, n), g.floats), g.input((2, n), g.floats)
    a = g.node(d.pick("Greater", "Less", "GreaterOrEqual", "LessOrEqual"), [x, y])
    b = g.node(d.pick("Greater", "LessOrEqual"), [x, g.weight(n)])
    both = g.node(d.pick("And", "Or"), [a, g.node("Not", [b])])
    return [g.node("Where", [both, x, y]), g.node("Where", [a, g.constant(0.25), x]), g.node("Cast", [b], to=TensorProto.FLOAT)]


@family()
def MergedEvents(g, d):
    """As tf2onnx writes a dense layer over a sequence: events and steps in one axis."""
    t, f, m = d.int(2, 4), d.int(2, 4), d.int(2, 4)
    x = g.node("Reshape", [g.input((t, f), g.floats), g.indices(-1, f)])
    x = g.node("Add", [g.node("MatMul", [x, g.weight(f, m)]), g.weight(m)]) if d.flag() else g.node("Gemm", [x, g.weight(f, m), g.weight(m)])
    x = g.node(d.pick("Relu", "Tanh"), [x])
    return g.node("Reshape", [x, g.indices(-1, t, m) if d.flag() else g.indices(-1, t * m)])


@family()
def Attention(g, d):
    """Heads by reshaping to computed sizes, as PyTorch traces nn.MultiheadAttention."""
    heads, width, steps = d.int(1, 2), d.int(2, 3), d.int(2, 4)
    n = heads * width
    x = g.input((steps, n), g.floats)
    shape = g.node("Shape", [x])

    def size(k):
        return g.node("Unsqueeze", [g.node("Gather", [shape, g.constant(k, np.int64)], axis=0), g.indices(0)])

    apart = g.node("Concat", [size(0), size(1), g.indices(heads), g.indices(width)], axis=0)
    q, k, v = (g.node("Reshape", [g.node("Add", [g.node("MatMul", [x, g.weight(n, n)]), g.weight(n, scale=0.3)]), apart]) for _ in range(3))
    q, v = (g.node("Transpose", [t], perm=[0, 2, 1, 3]) for t in (q, v))
    k = g.node("Transpose", [k], perm=[0, 2, 3, 1])
    scores = g.node("Div", [g.node("MatMul", [q, k]), g.node("Sqrt", [g.constant(float(width))])])
    y = g.node("MatMul", [g.node("Softmax", [scores], axis=-1), v])
    y = g.node("Reshape", [g.node("Transpose", [y], perm=[0, 2, 1, 3]), g.node("Concat", [size(0), size(1), g.indices(n)], axis=0)])
    return g.node("Add", [x, g.node("MatMul", [y, g.weight(n, n)])])


@family()
def ResizeModes(g, d):
    x = g.input((2, 4, 3), g.floats)
    scales = g.constant([1.0, 1.0, d.pick(0.5, 1.5, 2.0), d.pick(1.0, 2.0, 3.0)])
    coordinates = d.pick("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")
    if d.flag():
        return g.node("Resize", [x, "", scales], mode="cubic", coordinate_transformation_mode=coordinates, cubic_coeff_a=d.pick(-0.75, -0.5))
    return g.node("Resize", [x, "", scales], mode="nearest", coordinate_transformation_mode=coordinates,
                  nearest_mode=d.pick("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"))


@family()
def ConvTransposeShape(g, d):
    c, f = d.int(1, 2), d.int(1, 3)
    x = g.input((c, 3, 4), g.floats)
    strides = d.ints(1, 3, 2)
    wanted = [3 * strides[0] + d.int(0, 1), 4 * strides[1]]
    return g.node("ConvTranspose", [x, g.weight(c, f, 3, 3)], kernel_shape=[3, 3], strides=strides, output_shape=wanted,
                  **d.pick({}, {"auto_pad": "SAME_UPPER"}, {"auto_pad": "SAME_LOWER"}))


@family()
def Residual(g, d):
    """Branches of images that meet: concatenation, addition, scaling by channel, squeeze and excitation."""
    c = d.int(2, 3)
    x = g.input((c, 5, 5), g.floats)
    y = g.node("Conv", [x, g.weight(c, c, 3, 3), g.weight(c)], pads=[1, 1, 1, 1])
    gate = g.node("GlobalAveragePool", [y])
    gate = g.node("Sigmoid", [g.node("Conv", [gate, g.weight(c, c, 1, 1)])])
    y = g.node("Concat", [g.node("Mul", [y, gate]), x, g.node("Mul", [x, g.weight(c, 1, 1)])], axis=1)
    y = g.node("Slice", [y, g.indices(1), g.indices(3 * c), g.indices(1), g.indices(2)])
    y = g.node("Resize", [y, "", g.constant([1.0, 1.0, 2.0, 2.0])], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    return g.node("ReduceMean", [y, g.indices(2, 3)] if g.opset >= 18 else [y], keepdims=0, **({} if g.opset >= 18 else {"axes": [2, 3]}))


@family(9)
def SequenceFirst(g, d):
    """Weights on the left, and steps before the events, as sequence models are exported."""
    t, f = d.int(2, 4), d.int(2, 4)
    x = g.node("Transpose", [g.input((t, f), g.floats)], perm=[1, 0, 2])
    x = g.node("MatMul", [x, g.weight(f, 3)])
    x = g.node("Softmax", [x], axis=2)
    x = g.node("Transpose", [x], perm=[1, 2, 0])  # [events, 3, steps]
    x = g.node("MatMul", [g.weight(2, 3), x])
    return g.node("Pow", [g.node("Add", [g.node("Abs", [x]), g.constant(0.25)]), g.constant(d.pick(0.5, 2.0, 3.0, -1.0))])


@family()
def OneEvent(g, d):
    """Files of one event at a time may take its axis away and bring it back."""
    g.batch = 1
    x = g.input((3, 4), g.floats)
    y = g.node("Squeeze", [x, g.indices(0)])
    y = g.node("MatMul", [y, g.weight(4, 2)])
    y = g.node("Reshape", [y, g.indices(1, 6)]) if d.flag() else g.node("Unsqueeze", [y, g.indices(0)])
    return g.node("Mul", [y, g.constant(0.5)])


@family(16)
def Triangles(g, d):
    n = d.int(2, 4)
    x = g.input((n, n), g.floats)
    y = g.node("Trilu", [x, g.constant(d.int(-1, 1), np.int64)], upper=d.int(0, 1))
    z = g.node("CumSum", [x, g.constant(d.pick(1, 2, -1), np.int64)], exclusive=d.int(0, 1), reverse=d.int(0, 1))
    different = g.node("Xor", [g.node("Greater", [x, g.constant(0.25)]), g.node("Less", [y, z])])
    return [y, z, g.node("Where", [different, y, z])]
