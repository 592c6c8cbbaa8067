"""Plain ONNX graphs, one family a kind of operator; the reference is onnxruntime without any optimisation."""
import numpy as np
import onnx

import cases
import onnx_blocks
import onnx_families
import onnx_layers
import onnx_quantised
import onnx_recurrent
from onnx_graph import Graph, run_double, run_onnxruntime

FAMILIES = {**onnx_layers.FAMILIES, **onnx_families.FAMILIES, **onnx_recurrent.FAMILIES, **onnx_quantised.FAMILIES,
            **onnx_blocks.FAMILIES}


def families(framework):
    return FAMILIES


def agree(a, b):
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-4)


def make(case, framework, family, rng, round_):
    draw = cases.Draw(rng)
    function, first, last = FAMILIES[family]
    step = 2.0**-5 if round_ % 2 else None
    graph = Graph(draw, draw.int(first, last), draw.pick("N", "N", 1), step)
    graph.vectors = rng.spawn(1)[0]  # apart, so that the model does not depend on the number of vectors
    graph.floats = lambda shape: cases.float_inputs(graph.vectors, shape, step and 2.0**-4)
    outputs = function(graph, draw)
    graph.output(*(outputs if isinstance(outputs, (list, tuple)) else [outputs]))
    model = graph.model()
    onnx.save(model, case.folder / "model.onnx")
    results, doubles = run_onnxruntime(model, graph), None
    try:
        doubles = run_double(model, graph)
    except Exception as error:  # onnx's evaluator lacks some operators
        case.info["no_float64"] = f"{type(error).__name__}: {error}"[:200]
    if doubles and not agree(cases.flatten(results), cases.flatten(doubles)):
        if family in ("MatMulInteger", "ConvInteger"):  # some processors' 8-bit products saturate at 16 bits
            raise ValueError("onnxruntime's integer product is not the exact one")
        case.info["no_float64"] = "onnx's evaluator disagrees with onnxruntime"
        doubles = None
    case.vectors(graph.feeds, results, doubles)
    case.info.update(opset=graph.opset, batch=graph.batch, operators=sorted({n.op_type for n in model.graph.node}))
    if family in onnx_quantised.FAMILIES:
        case.info["kind"] = "quantised"
    case.versions("onnx", "onnxruntime", "numpy")
