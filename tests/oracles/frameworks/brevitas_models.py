"""Brevitas networks exported to QONNX and to QCDQ (QuantizeLinear, Clip, DequantizeLinear).

The reference is what the exported graph computes by qonnx or onnxruntime; case.json tells how far Brevitas itself is away.
"""
import types

import brevitas.nn as qnn
import numpy as np
import onnx
import torch
from brevitas.export import export_onnx_qcdq, export_qonnx
from brevitas.quant import binary, fixed_point, scaled_int, ternary
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.infer_shapes import InferShapes

import cases
import onnx_graph
import qonnx_models

FAMILIES = {}


def families(framework):
    """Every network in both forms."""
    return [f"{name}_{form}" for name in FAMILIES for form in ("qonnx", "qcdq")]


def family(function):
    FAMILIES[function.__name__] = function
    return function


class Choices:
    """One choice of quantisers for a whole network; QCDQ has no form for binary ones, nor for fewer than 2 bits."""

    def __init__(self, draw, form):
        self.draw = draw
        weights = [scaled_int.Int8WeightPerTensorFloat, scaled_int.Int8WeightPerChannelFloat, fixed_point.Int8WeightPerTensorFixedPoint,
                   fixed_point.Int8WeightPerChannelFixedPoint]
        if form == "qonnx":
            weights += [binary.SignedBinaryWeightPerTensorConst, ternary.SignedTernaryWeightPerTensorConst]
        self.weight = weights[draw.int(0, len(weights) - 1)]
        fixed = draw.flag()
        self.activation = fixed_point.Int8ActPerTensorFixedPoint if fixed else scaled_int.Int8ActPerTensorFloat
        self.unsigned = fixed_point.Uint8ActPerTensorFixedPoint if fixed else scaled_int.Uint8ActPerTensorFloat
        self.bias = draw.pick(None, scaled_int.Int32Bias, scaled_int.Int8Bias if self.weight.__name__.startswith("Int8") else None)

    def weights(self):
        chosen = {"weight_quant": self.weight}
        if self.weight.__name__.startswith("Int8"):
            chosen["weight_bit_width"] = self.draw.int(2, 8)
        else:
            chosen["weight_scaling_const" if "Const" not in self.weight.__name__ else "weight_scaling_init"] = 0.5
        return dict(chosen, bias=self.draw.flag(0.8), bias_quant=self.bias)

    def identity(self):
        return qnn.QuantIdentity(act_quant=self.activation, bit_width=self.draw.int(3, 8), return_quant_tensor=True)

    def relu(self):
        return qnn.QuantReLU(act_quant=self.unsigned, bit_width=self.draw.int(2, 8), return_quant_tensor=True)


@family
def Linear(choices, draw):
    n, layers = draw.int(3, 7), [choices.identity()]
    size = (n,)
    for _ in range(draw.int(1, 3)):
        m = draw.int(2, 6)
        layers += [qnn.QuantLinear(n, m, **choices.weights()), choices.relu() if draw.flag(0.7) else choices.identity()]
        n = m
    return torch.nn.Sequential(*layers), size


@family
def Conv2d(choices, draw):
    c, f = draw.int(1, 2), draw.int(2, 4)
    conv = qnn.QuantConv2d(c, f, draw.int(2, 3), stride=draw.int(1, 2), padding=draw.int(0, 1), **choices.weights())
    layers = [choices.identity(), conv, choices.relu()]
    layers += [torch.nn.MaxPool2d(2)] if draw.flag() else []
    return torch.nn.Sequential(*layers), (c, 7, 7)


@family
def Conv1d(choices, draw):
    c, groups = draw.int(1, 2), draw.int(1, 2)
    conv = qnn.QuantConv1d(groups * c, groups * 2, draw.int(2, 3), groups=groups, **choices.weights())
    return torch.nn.Sequential(choices.identity(), conv, choices.relu()), (groups * c, 8)


@family
def Classifier(choices, draw):
    f = draw.int(2, 4)
    conv = qnn.QuantConv2d(1, f, 3, padding=1, **choices.weights())
    return torch.nn.Sequential(choices.identity(), conv, torch.nn.BatchNorm2d(f), choices.relu(), torch.nn.MaxPool2d(2),
                               torch.nn.Flatten(), qnn.QuantLinear(f * 9, 3, **choices.weights())), (1, 6, 6)


@family
def Residual(choices, draw):
    n = draw.int(3, 5)

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.enter, self.left, self.relu = choices.identity(), qnn.QuantLinear(n, n, **choices.weights()), choices.relu()
            self.join = choices.identity()
            self.leave = qnn.QuantLinear(n, 2, **choices.weights())

        def forward(self, x):
            x = self.enter(x)
            return self.leave(self.join(x.value + self.relu(self.left(x)).value))
    return Network(), (n,)


@family
def Activations(choices, draw):
    """Sigmoid and tanh with quantised outputs."""
    n, bits = draw.int(3, 5), draw.int(4, 8)
    act = draw.pick(qnn.QuantSigmoid, qnn.QuantTanh, qnn.QuantHardTanh)
    options = {"min_val": -1.0, "max_val": 1.0} if act is qnn.QuantHardTanh else {}
    return torch.nn.Sequential(choices.identity(), qnn.QuantLinear(n, 4, **choices.weights()), act(bit_width=bits, return_quant_tensor=True, **options),
                               qnn.QuantLinear(4, 2, **choices.weights())), (n,)


class Plain(torch.nn.Module):
    """Gives the value alone: a QuantTensor would be exported as five outputs, with its scale, zero, width and sign."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        result = self.inner(x)
        return result.value if hasattr(result, "value") else result


def randomise(model, rng):
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        value = None
        if name.endswith(("running_var",)) or (name.endswith("weight") and tensor.dim() == 1):
            value = rng.uniform(0.4, 1.8, tuple(tensor.shape))
        elif name.endswith(("weight", "bias", "running_mean")):
            value = rng.normal(0, 0.6, tuple(tensor.shape))
        if value is not None:
            tensor.data.copy_(torch.from_numpy(value.astype(np.float32)))


def stand_in(model, feeds):
    """What onnx_graph's runners want to know of a graph."""
    return types.SimpleNamespace(inputs=[types.SimpleNamespace(name=model.graph.input[0].name)], feeds=feeds, batch=1,
                                 outputs=[o.name for o in model.graph.output], opset=model.opset_import[0].version)


def make(case, framework, family, rng, round_):
    draw = cases.Draw(rng)
    torch.manual_seed(int(rng.integers(2**31)))
    torch.set_num_threads(1)
    name, form = family.rsplit("_", 1)
    choices = Choices(draw, form)
    model, size = FAMILIES[name](choices, draw)
    model = Plain(model)
    randomise(model, rng)
    model.train()
    for _ in range(3):  # the activations' scales come from what was seen
        model(torch.from_numpy(rng.uniform(-2, 2, (64, *size)).astype(np.float32)))
    model.eval()
    path = str(case.folder / "model.onnx")
    export = export_qonnx if form == "qonnx" else export_onnx_qcdq
    export(model, torch.zeros(1, *size), export_path=path, opset_version=draw.pick(13, 14, 16))
    feeds = [cases.grid_inputs(rng, size, 2.0**-6, -2, 2)]
    with torch.no_grad():
        answer = model(torch.from_numpy(feeds[0])).numpy()
    saved = onnx.load(path)
    graph, doubles = stand_in(saved, feeds), None
    if form == "qonnx":
        results = qonnx_models.run_qonnx(ModelWrapper(saved).transform(InferShapes()).model, graph)
    else:
        results = onnx_graph.run_onnxruntime(saved, graph)
    try:
        doubles = qonnx_models.run_double(saved, graph)
    except Exception as error:
        case.info["no_float64"] = f"{type(error).__name__}: {error}"[-300:]
    case.vectors(feeds, results, doubles)
    case.info.update(kind="quantised", opset=graph.opset, operators=sorted({n.op_type for n in saved.graph.node}),
                     difference_to_brevitas=float(np.abs(cases.flatten(results) - cases.flatten([answer])).max()))
    case.versions("brevitas", "torch", "onnx", "qonnx", "onnxruntime")
