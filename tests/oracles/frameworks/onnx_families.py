"""ONNX families of elementwise operators, reductions and shape changes."""
import numpy as np
from onnx import TensorProto, helper

FAMILIES = {}


def family(first=9, last=21):
    def register(function):
        FAMILIES[function.__name__] = (function, first, last)
        return function
    return register


@family()
def Activations(g, d):
    x = g.input(d.ints(2, 5, d.int(1, 2)), g.floats)
    kinds = [("Relu", {}), ("LeakyRelu", d.pick({}, {"alpha": 0.25})), ("Elu", d.pick({}, {"alpha": 0.5})), ("Sigmoid", {}), ("Tanh", {}),
             ("Selu", d.pick({}, {"alpha": 1.5, "gamma": 1.25})), ("HardSigmoid", d.pick({}, {"alpha": 0.25, "beta": 0.5})),
             ("Softplus", {}), ("Softsign", {})]
    kinds += [("ThresholdedRelu", {"alpha": 0.75})] if g.opset >= 10 else []
    kinds += [("Celu", d.pick({}, {"alpha": 2.0}))] if g.opset >= 12 else []
    kinds += [("HardSwish", {})] if g.opset >= 14 else []
    kinds += [("Mish", {})] if g.opset >= 18 else []
    kinds += [("Gelu", d.pick({}, {"approximate": "tanh"}))] if g.opset >= 20 else []
    return [g.node(kinds[i][0], [x], **kinds[i][1]) for i in d.rng.permutation(len(kinds))[:6]]


@family(20, 21)
def Gelu(g, d):
    x = g.input((d.int(3, 8),), g.floats)
    return [g.node("Gelu", [x]), g.node("Gelu", [x], approximate="tanh"), g.node("Mish", [x]), g.node("HardSwish", [x])]


@family()
def GeluDecomposed(g, d):
    """As PyTorch exports it: with Erf; and Swish as x * Sigmoid(x)."""
    x = g.input((d.int(3, 8),), g.floats)
    erf = g.node("Erf", [g.node("Div", [x, g.constant(1.4142135381698608)])])
    gelu = g.node("Mul", [g.node("Mul", [x, g.node("Add", [erf, g.constant(1.0)])]), g.constant(0.5)])
    return [gelu, g.node("Mul", [x, g.node("Sigmoid", [x])])]


@family()
def PRelu(g, d):
    shape = d.ints(2, 4, d.int(1, 3))
    x = g.input(shape, g.floats)
    return g.node("PRelu", [x, g.weight(*d.pick(shape, (shape[0], *[1] * (len(shape) - 1)), (1,)), scale=0.3)])


@family(9, 21)
def Softmax(g, d):
    rank = d.int(1, 3)
    x = g.input(d.ints(2, 4, rank), g.floats)
    axis = d.pick(1, rank, -1)
    options = d.pick({}, {"axis": axis}, {"axis": axis}) if rank == 1 or g.opset >= 13 else {"axis": axis}
    return [g.node("Softmax", [x], **options), g.node("LogSoftmax", [x], **options)]


@family()
def Clip(g, d):
    x = g.input(d.ints(2, 5, d.int(1, 2)), g.floats)
    low, high = d.real(-2, 0), d.real(0.5, 4)
    if g.opset < 11:
        return g.node("Clip", [x], **d.pick({"min": low, "max": high}, {"min": low}, {"max": high}))
    low, high = g.constant(low), g.constant(high)
    return g.node("Clip", d.pick([x, low, high], [x, low], [x, "", high]))


@family()
def MinMaxSumMean(g, d):
    shape = d.ints(2, 4, d.int(1, 2))
    values = [g.input(shape, g.floats) for _ in range(d.int(2, 4))]
    if d.flag():
        values.append(g.weight(shape[-1]))
    return [g.node(o, values) for o in ("Min", "Max", "Sum", "Mean")]


@family()
def Arithmetic(g, d):
    shape = d.ints(2, 4, d.int(1, 3))
    x, y = g.input(shape, g.floats), g.input(d.pick(shape, (*shape[:-1], 1)), g.floats)
    vector, scalar = g.weight(shape[-1]), g.constant(d.real(1, 3))
    outputs = [g.node("Add", [x, vector]), g.node("Sub", d.pick([vector, x], [x, y])), g.node("Mul", [x, y]),
               g.node("Div", [x, d.pick(g.weight(shape[-1], positive=True), scalar)])]
    return outputs[:2] + [g.node("Mul", [outputs[2], scalar]), outputs[3]]


@family()
def Unary(g, d):
    x = g.input((d.int(3, 6),), g.floats)
    positive = g.node("Add", [g.node("Abs", [x]), g.constant(0.125)])
    choices = [g.node("Sqrt", [positive]), g.node("Log", [positive]), g.node("Reciprocal", [positive]), g.node("Neg", [x]),
               g.node("Exp", [g.node("Neg", [positive])]), g.node("Erf", [x]), g.node("Pow", [x, g.constant(2.0)]),
               g.node("Floor", [x]), g.node("Ceil", [x])]
    return [choices[i] for i in sorted(d.rng.permutation(len(choices))[:6])]


@family()
def ConcatSplit(g, d):
    x = g.input((6, d.int(2, 4)), g.floats)
    y = g.input((6, d.int(1, 3)), g.floats)
    joined = g.node("Concat", [x, y, g.node("Relu", [x])], axis=d.pick(2, -1))
    if g.opset >= 18 and d.flag():
        parts = g.node("Split", [joined], outputs=3, axis=1, num_outputs=3)
    elif g.opset >= 13:
        parts = g.node("Split", [joined, g.indices(1, 2, 3)], outputs=3, axis=1)
    else:
        parts = g.node("Split", [joined], outputs=3, axis=1, split=[1, 2, 3])
    return [g.node("Concat", [parts[2], parts[0]], axis=1), parts[1]]


@family()
def SliceGather(g, d):
    x = g.input((6, 5), g.floats)
    starts, ends, axes, steps = d.pick(([1], [4], [1], [1]), ([0, -3], [5, -1], [1, 2], [2, 1]), ([-1], [-7], [1], [-1]),
                                       ([1], [2**31 - 1], [2], [2]))
    if g.opset < 10:
        sliced = g.node("Slice", [x], starts=[1], ends=[d.pick(4, 1000)], axes=[d.int(1, 2)])
    else:
        sliced = g.node("Slice", [x, *(g.indices(*v) for v in (starts, ends, axes, steps))])
    index = d.pick(g.indices(0, 3, 2), g.constant(-1 if g.opset >= 11 else 1, np.int64), g.constant([[0, 1], [2, 3]], np.int64))
    return [sliced, g.node("Gather", [x, index], axis=d.int(1, 2))]


@family()
def Embedding(g, d):
    """Gather from a constant table by an integer input."""
    table = d.int(4, 9)
    x = g.input((d.int(2, 4),), lambda shape: g.vectors.integers(0, table, (len(g.floats((1,))), *shape)).astype(np.int64), TensorProto.INT64)
    y = g.node("Gather", [g.weight(table, 3), x])
    return g.node("MatMul", [y, g.weight(3, 2)])


@family()
def SqueezeUnsqueeze(g, d):
    x = g.input((d.int(2, 4), 1, d.int(2, 3)), g.floats)
    y = g.axes("Squeeze", x, [2], 13)
    return [g.axes("Unsqueeze", y, d.pick([1], [3], [1, 4]) if g.opset < 11 else d.pick([1], [-1], [1, -1]), 13), y]


@family()
def FlattenReshape(g, d):
    x = g.input((2, 3, 4), g.floats)
    options = [g.node("Reshape", [x, g.indices(*s)]) for s in ((0, -1), (0, 6, 4), (-1, 12, 2), (0, 0, 2, -1), (-1, 2, 3, 4))]
    options.append(g.node("Flatten", [x], **d.pick({}, {"axis": 1})))
    if g.opset >= 14:
        options.append(g.node("Reshape", [x, g.indices(-1, 8, 3)], allowzero=1))
    y = options[d.int(0, len(options) - 1)]
    g.nodes = [n for n in g.nodes if n.output[0] == y or n.op_type == "Constant"]
    return y


@family()
def Transpose(g, d):
    rank = d.int(2, 3)
    x = g.input(d.ints(2, 4, rank), g.floats)
    y = g.node("Transpose", [x], perm=[0, *(int(i) + 1 for i in d.rng.permutation(rank))])
    return g.node("Relu", [y]) if d.flag() else y


@family()
def Pad(g, d):
    x = g.input((2, 4, 5), g.floats)
    pads = [0, d.int(0, 2), d.int(0, 2), 1, 0, d.int(0, 1), d.int(0, 2), 2]
    mode = d.pick("constant", "constant", "reflect", "edge")
    pads = [0, 0, *pads[2:4], 0, 0, *pads[6:]] if mode != "constant" else pads
    if g.opset < 11:
        return g.node("Pad", [x], pads=pads, mode=mode, **({"value": 0.5} if mode == "constant" and d.flag() else {}))
    value = [g.constant(0.5)] if mode == "constant" and d.flag() else []
    if g.opset >= 18 and d.flag() and mode == "constant":
        return g.node("Pad", [x, g.indices(1, 2, 0, 1), *(value or [""]), g.indices(2, 3)], mode=mode)
    return g.node("Pad", [x, g.indices(*pads), *value], mode=mode)


@family(10, 21)
def Resize(g, d):
    x = g.input((2, 3, 4), g.floats)
    height, width = d.int(1, 3), d.int(2, 3)
    scales = g.constant([1.0, 1.0, height, width])
    if g.opset == 10:
        return g.node("Resize", [x, scales], mode="nearest")
    options = d.pick({"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, {"mode": "nearest"},
                     {"mode": "linear", "coordinate_transformation_mode": d.pick("half_pixel", "asymmetric", "align_corners")})
    if d.flag(0.3) and g.batch == 1:
        absent = [g.constant([]), g.constant([])] if g.opset < 13 else ["", ""]
        return g.node("Resize", [x, *absent, g.indices(1, 2, 3 * height, 4 * width)], **options)
    return g.node("Resize", [x, g.constant([]) if g.opset < 13 else "", scales], **options)


@family(9, 9)
def Upsample(g, d):
    x = g.input((2, 3, 4), g.floats)
    return g.node("Upsample", [x, g.constant([1.0, 1.0, d.int(1, 3), 2.0])], mode="nearest")


@family()
def Reduce(g, d):
    x = g.input((3, d.int(2, 4), 4), g.floats)
    outputs = []
    for operator in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2"):
        if d.flag(0.6) or not outputs:
            axes = d.pick([2], [1, 3], [-1], [2, 3]) if g.opset >= 11 else d.pick([2], [1, 3])
            outputs.append(g.axes(operator, x, axes, 13 if operator == "ReduceSum" else 18, keepdims=d.int(0, 1)))
    return outputs


@family()
def IdentityDropoutCast(g, d):
    x = g.node("Identity", [g.input((d.int(3, 6),), g.floats)])
    if g.opset < 12:
        x = g.node("Dropout", [x], ratio=0.25)
    else:
        x = g.node("Dropout", d.pick([x], [x, g.constant(0.25)], [x, g.constant(0.5), g.constant(False, bool)]))
    integer = g.node("Cast", [g.node("Mul", [x, g.constant(4.0)])], to=TensorProto.INT32)
    return [x, g.node("Cast", [integer], to=TensorProto.FLOAT), g.node("Cast", [g.node("Cast", [x], to=TensorProto.DOUBLE)], to=TensorProto.FLOAT)]


@family()
def ShapeChain(g, d):
    """x.view(x.size(0), -1) and x.new_zeros(x.size(0), n) as PyTorch traces them."""
    x = g.input((2, 3, 2), g.floats)
    rows = g.axes("Unsqueeze", g.node("Gather", [g.node("Shape", [x]), g.constant(0, np.int64)], axis=0), [0], 13)
    flat = g.node("Reshape", [x, g.node("Concat", [rows, g.indices(-1)], axis=0)])
    shape = g.node("Concat", [rows, g.indices(4)], axis=0)
    zeros = g.node("ConstantOfShape", [shape], value=helper.make_tensor("value", TensorProto.FLOAT, [1], [d.pick(0.0, 0.5)]))
    y = g.node("Add", [g.node("MatMul", [flat, g.weight(12, 4)]), zeros])
    if d.flag():
        y = g.node("Add", [y, g.node("Expand", [g.weight(1, 4), shape])])
    # the last shape is known again, as in PyTorch's exports, whose outputs always carry one
    return g.node("Gemm", [y, g.weight(4, 3)] + ([] if g.opset >= 11 else [g.weight(3)]))


@family()
def Where(g, d):
    x = g.input((d.int(3, 6),), g.floats)
    positive = g.node(d.pick("Greater", "Less"), [x, g.constant(0.25)])
    return g.node("Where", [positive, x, g.node("Mul", [x, g.constant(0.125)])])
