"""QONNX graphs: Quant and its kin of qonnx, in all domains and rounding modes; the reference is qonnx's execute_onnx."""
import copy

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_shapes import InferShapes

import cases
import onnx_graph
import onnx_reference
import qonnx_families
from qonnx_reference import DOMAINS, custom_operators

FAMILIES = qonnx_families.FAMILIES


def families(framework):
    return FAMILIES


def run_double(model, graph):
    evaluator = ReferenceEvaluator(onnx_graph.widen(model), new_ops=onnx_reference.corrections(graph.opset) + custom_operators())
    return onnx_graph.stack([evaluator.run(graph.outputs, {k: v.astype(np.float64) for k, v in feed.items()})
                             for feed in onnx_graph.batches(graph)])


def run_qonnx(model, graph):
    """qonnx knows only concrete shapes, and takes zeros for an input that it does not find by name."""
    wrapped, results = ModelWrapper(copy.deepcopy(model)), []
    assert {t.name for t in wrapped.graph.input} >= set(onnx_graph.batches(graph)[0])
    for feed in onnx_graph.batches(graph):
        answer = execute_onnx(wrapped, feed)
        results.append([np.asarray(answer[name]) for name in graph.outputs])
    return onnx_graph.stack(results)


def with_symbolic_batch(model):
    model = copy.deepcopy(model)
    del model.graph.value_info[:]
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    return model


def make(case, framework, family, rng, round_):
    draw = cases.Draw(rng)
    step = 2.0**-4 if round_ % 2 else None
    graph = onnx_graph.Graph(draw, draw.int(10, 17), 1, step)
    graph.custom = draw.pick(*DOMAINS)
    graph.domains[graph.custom] = 1
    graph.shapes = {}  # where qonnx's inference fails
    graph.vectors = rng.spawn(1)[0]  # apart, so that the model does not depend on the number of vectors
    graph.floats = lambda shape: cases.grid_inputs(graph.vectors, shape, 2.0**-5, -4, 4)
    outputs = FAMILIES[family](graph, draw)
    graph.output(*(outputs if isinstance(outputs, (list, tuple)) else [outputs]))
    wrapped = ModelWrapper(graph.model(check=False))
    for name, shape in graph.shapes.items():
        wrapped.set_tensor_shape(name, shape)
    model = wrapped.transform(InferShapes()).model
    for node in model.graph.node:  # ModelWrapper renames finn.custom_op.general, but not in the opset imports
        if node.domain == DOMAINS[0]:
            node.domain = graph.custom
    saved = with_symbolic_batch(model) if draw.flag(0.25) else model
    onnx.checker.check_model(saved)
    onnx.save(saved, case.folder / "model.onnx")
    results, doubles = run_qonnx(model, graph), None
    try:
        doubles = run_double(model, graph)
    except Exception as error:
        case.info["no_float64"] = f"{type(error).__name__}: {error}"[:300]
    case.vectors(graph.feeds, results, doubles)
    case.info.update(kind="quantised", opset=graph.opset, domain=graph.custom, operators=sorted({n.op_type for n in model.graph.node}))
    case.versions("qonnx", "onnx", "onnxruntime", "numpy")
