"""Operators that onnx's ReferenceEvaluator gets wrong, or lacks: right ones, in float64."""
import numpy as np
from onnx.reference.op_run import OpRun


def broadcast(values, rank, axis):
    """A per-channel vector, shaped to lie along `axis`."""
    if np.ndim(values) == 0 or np.size(values) == 1:
        return np.asarray(values).reshape(-1)[0]
    return np.asarray(values).reshape([-1 if i == axis % rank else 1 for i in range(rank)])


def quantise(values, scale, zero):
    """Half to even, then clipped to the type of the zero point."""
    limits = np.iinfo(np.asarray(zero).dtype)
    rounded = np.rint(values / scale) + np.asarray(zero, dtype=np.float64)
    return np.clip(rounded, limits.min, limits.max).astype(np.asarray(zero).dtype)


class BatchNormalization(OpRun):
    def _run(self, x, scale, bias, mean, variance, epsilon=None, **_):
        s, b, m, v = (broadcast(a, x.ndim, 1) for a in (scale, bias, mean, variance))
        return ((x - m) / np.sqrt(v + (1e-5 if epsilon is None else epsilon)) * s + b,)


class Softmax(OpRun):
    """Below opset 13: over all axes from `axis` on."""

    def _run(self, x, axis=None):
        flat = x.reshape(int(np.prod(x.shape[:axis % x.ndim])), -1)
        powers = np.exp(flat - flat.max(axis=1, keepdims=True))
        return ((powers / powers.sum(axis=1, keepdims=True)).reshape(x.shape),)


class QuantizeLinear(OpRun):
    def _run(self, x, scale, zero=None, axis=1, **_):
        zero = np.zeros(np.shape(scale), np.uint8) if zero is None else zero
        return (quantise(x, broadcast(scale, x.ndim, axis), broadcast(zero, x.ndim, axis)),)


class DequantizeLinear(OpRun):
    def _run(self, x, scale, zero=None, axis=1, **_):
        zero = 0.0 if zero is None else broadcast(zero, x.ndim, axis)
        return ((x.astype(np.float64) - zero) * broadcast(scale, x.ndim, axis),)


class QLinearMatMul(OpRun):
    def _run(self, a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero):
        sums = np.matmul(a.astype(np.float64) - a_zero, b.astype(np.float64) - b_zero)
        return (quantise(sums * (np.float64(a_scale) * b_scale) / y_scale, 1.0, np.asarray(y_zero)),)


class GlobalMaxPool(OpRun):
    def _run(self, x):
        return (x.max(axis=tuple(range(2, x.ndim)), keepdims=True),)


def corrections(opset):
    return [GlobalMaxPool, BatchNormalization, QuantizeLinear, DequantizeLinear, QLinearMatMul] + ([Softmax] if opset < 13 else [])
