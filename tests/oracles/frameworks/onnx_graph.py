"""An ONNX graph built a node at a time, and its evaluation by onnxruntime in float32 and by onnx's own evaluator in float64."""
import copy

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """Values are tensor names.  Shapes given to input() lack the batch axis."""

    def __init__(self, draw, opset, batch, step=None):
        self.draw, self.rng, self.opset, self.batch, self.step = draw, draw.rng, opset, batch, step
        self.nodes, self.initializers, self.inputs, self.outputs, self.feeds, self.count = [], [], [], [], [], 0
        self.domains = {}

    def fresh(self, stem):
        self.count += 1
        return f"{stem}_{self.count}"

    def input(self, shape, make, kind=TensorProto.FLOAT):
        """`make(shape)` gives the vectors [N, *shape]."""
        name = self.fresh("input")
        self.inputs.append(helper.make_tensor_value_info(name, kind, [self.batch, *shape]))
        self.feeds.append(make(tuple(shape)))
        return name

    def constant(self, values, dtype=np.float32):
        array = np.asarray(values, dtype=dtype)
        if self.draw.flag(0.2):
            return self.node("Constant", [], value=numpy_helper.from_array(array))
        name = self.fresh("weight")
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def indices(self, *values):
        return self.constant(values, np.int64)

    def weight(self, *shape, scale=None, positive=False):
        fan = max(1, int(np.prod(shape[1:])))
        values = self.rng.uniform(0.4, 1.8, shape) if positive else self.rng.normal(0, scale or 1 / np.sqrt(fan), shape)
        return self.constant(np.round(values / self.step) * self.step if self.step else values)

    def node(self, operator, inputs, outputs=1, domain="", **attributes):
        """The name of the output, or a list of names for several outputs."""
        names = [self.fresh(operator.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, name=self.fresh("node"), domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def axes(self, operator, value, axes, since, **attributes):
        """An operator whose axes became an input with opset `since`."""
        if self.opset >= since:
            return self.node(operator, [value, self.indices(*axes)], **attributes)
        return self.node(operator, [value], axes=list(axes), **attributes)

    def output(self, *names):
        self.outputs += names

    def model(self, check=True):
        kinds = {t.name: t for t in self.inputs}
        outputs = [kinds.get(n) or helper.make_empty_tensor_value_info(n) for n in self.outputs]
        graph = helper.make_graph(self.nodes, "oracle", self.inputs, outputs, self.initializers)
        opsets = [helper.make_opsetid("", self.opset)] + [helper.make_opsetid(d, v) for d, v in self.domains.items()]
        model = helper.make_model(graph, opset_imports=opsets)
        model.ir_version = max(4, min(10, helper.find_min_ir_version_for(opsets[:1])))
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
        for index, output in enumerate(inferred.graph.output):
            if not output.type.HasField("tensor_type"):
                inferred.graph.output[index].CopyFrom(helper.make_tensor_value_info(output.name, TensorProto.FLOAT, None))
        runs = {node.domain for node in self.nodes} <= {"", "ai.onnx", "com.microsoft"}
        if runs and not all(output.type.tensor_type.HasField("shape") for output in inferred.graph.output):
            # Exporters know them from a run of the model.
            for output, result in zip(inferred.graph.output, run_onnxruntime(inferred, self)):
                output.CopyFrom(helper.make_tensor_value_info(output.name, TensorProto.FLOAT, [self.batch, *result.shape[1:]]))
        if self.draw.flag():  # as older exporters: no shapes inside, weights among the inputs
            del inferred.graph.value_info[:]
            if self.draw.flag(0.3):
                inferred.graph.input.extend(helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in self.initializers)
        if check:
            onnx.checker.check_model(inferred)
        return inferred


def batches(graph):
    """The feeds of each call: all rows at once, or one by one where the batch axis is 1."""
    names = [t.name for t in graph.inputs]
    if isinstance(graph.batch, str):
        return [dict(zip(names, graph.feeds))]
    return [dict(zip(names, (f[n:n + 1] for f in graph.feeds))) for n in range(len(graph.feeds[0]))]


def stack(results):
    return [np.concatenate(parts, axis=0) for parts in zip(*results)]


def run_onnxruntime(model, graph):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return stack([session.run(graph.outputs, feed) for feed in batches(graph)])


def widen(model):
    """The same model with every float a double."""
    model = copy.deepcopy(model)
    graph = model.graph

    def tensor(t):
        if t.data_type == TensorProto.FLOAT:
            t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(t).astype(np.float64), t.name))

    for t in graph.initializer:
        tensor(t)
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                tensor(attribute.t)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.DOUBLE
    for value in [*graph.input, *graph.output]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.DOUBLE
    del graph.value_info[:]
    return model


def run_double(model, graph):
    from onnx.reference import ReferenceEvaluator

    import onnx_reference
    evaluator = ReferenceEvaluator(widen(model), new_ops=onnx_reference.corrections(graph.opset))
    return stack([evaluator.run(graph.outputs, {k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in feed.items()})
                  for feed in batches(graph)])
