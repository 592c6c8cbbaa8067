"""qonnx's own functions, and its channels-last wrappers, as operators of onnx's ReferenceEvaluator: for float64."""
import numpy as np
from onnx.reference.op_run import OpRun
from qonnx.custom_op.general.bipolar_quant import binary_quant
from qonnx.custom_op.general.floatquant import float_quant
from qonnx.custom_op.general.intquant import int_quant
from qonnx.custom_op.general.multithreshold import multithreshold
from qonnx.custom_op.general.trunc import trunc_v1, trunc_v2

DOMAINS = ("qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general")
CHANNELS_LAST = "qonnx.custom_op.channels_last"


class Quant(OpRun):
    def _run(self, x, scale, zero, bits, signed=1, narrow=0, rounding_mode="ROUND"):
        return (np.asarray(int_quant(x, scale, zero, bits, signed, narrow, rounding_mode), np.float64),)


class IntQuant(Quant):
    pass


class BipolarQuant(OpRun):
    def _run(self, x, scale):
        return (binary_quant(x, scale),)


class Trunc(OpRun):
    def _run(self, x, scale, zero, bits, *rest, rounding_mode="FLOOR", signed=1, narrow=0):
        if len(rest) == 1:
            return (trunc_v1(x, scale, zero, bits, rest[0], rounding_mode or "FLOOR"),)
        signed = 1 if signed is None else signed
        return (trunc_v2(x, scale, zero, bits, narrow or 0, signed, rest[0], rest[1], rounding_mode or "FLOOR"),)


class FloatQuant(OpRun):
    def _run(self, x, scale, exponent, mantissa, bias, largest, rounding_mode="ROUND", has_inf=0, has_nan=0, has_subnormal=0, saturation=1):
        return (float_quant(x, scale, exponent, mantissa, bias, True, largest, has_inf, has_nan, has_subnormal,
                            rounding_mode or "ROUND", saturation),)


class MultiThreshold(OpRun):
    def _run(self, x, thresholds, out_dtype="", out_scale=1.0, out_bias=0.0, data_layout=""):
        scale = 1.0 if out_scale is None else out_scale
        return (multithreshold(x, thresholds, scale, out_bias or 0.0, bool(data_layout) and data_layout.endswith("C")),)


class QuantAvgPool2d(OpRun):
    def _run(self, x, kernel=1, stride=1, ibits=1, obits=1, signed=0, data_layout="NCHW"):
        windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(2, 3))[:, :, ::stride, ::stride]
        shift = max(0, int((2**ibits - 1) * kernel**2).bit_length() - obits)
        return (np.floor(windows.sum(axis=(4, 5)) / 2.0**shift),)


def windows(x, kernel, strides):
    """[N, H, W, C, kernel height, kernel width]."""
    return np.lib.stride_tricks.sliding_window_view(x, tuple(kernel), axis=(1, 2))[:, ::strides[0], ::strides[1]]


class Conv(OpRun):
    op_domain = CHANNELS_LAST

    def _run(self, x, w, pads=None, strides=None, **_):
        x = np.pad(x, ((0, 0), (pads[0], pads[2]), (pads[1], pads[3]), (0, 0)))
        return (np.einsum("nhwcij,mijc->nhwm", windows(x, w.shape[1:3], strides), w),)


class MaxPool(OpRun):
    op_domain = CHANNELS_LAST

    def _run(self, x, kernel_shape=None, strides=None, **_):
        return (windows(x, kernel_shape, strides).max(axis=(4, 5)),)


class BatchNormalization(OpRun):
    op_domain = CHANNELS_LAST

    def _run(self, x, scale, bias, mean, variance, epsilon=1e-5, **_):
        return ((x - mean) / np.sqrt(variance + epsilon) * scale + bias,)


def custom_operators():
    """One class an operator and a domain, as ReferenceEvaluator wants them."""
    general = [type(c.__name__, (c,), {"op_domain": domain}) for domain in DOMAINS
               for c in (Quant, IntQuant, BipolarQuant, Trunc, FloatQuant, MultiThreshold,
                         QuantAvgPool2d)]
    return general + [Conv, MaxPool, BatchNormalization]
