"""A model on the emulator, and the verbs that make and check a bundle."""

import json
import os

from . import _native
from .rows import from_rows, to_rows


class Network:
    """A model of any kind that Gatewright reads, with every value an exact fixed-point number."""

    def __init__(self, native):
        self._native = native

    @property
    def name(self):
        return self._native.name

    @property
    def inputs(self):
        """Ports with ``name``, ``shape`` (without the event axis) and ``types``."""
        return self._native.inputs

    @property
    def outputs(self):
        return self._native.outputs

    @property
    def notes(self):
        """What was decided without being told, a sentence each."""
        return self._native.notes

    def predict(self, x, threads=0):
        """The exact outputs, float64: shape (events, output shape...), or a dict by name for several outputs.

        x: (events, ...), or for several inputs a dict by name or a sequence in order. threads: 0 = one per core.
        Raises Error for a wrong shape or dtype, NaN, and infinity where the input type does not saturate."""
        size = sum(_size(port) for port in self.inputs)
        return from_rows(self._native.predict(to_rows(x, size, self.inputs), threads), self.outputs)

    def save(self, file):
        """Writes the network file (docs/network-file.md)."""
        self._native.save(os.fspath(file))


def _size(port):
    size = 1
    for extent in port.shape:
        size *= extent
    return size


def load(model, config=None, numerics=""):
    """Reads a .keras, .h5, .json, .onnx, network file or bundle. config: hls4ml YAML. numerics: "exact" (default) or "hls4ml"."""
    return Network(_native.Network(os.fspath(model), None if config is None else os.fspath(config), numerics))


def build(model, output, config=None, numerics="", clock=None, card=True, force=False):
    """``gatewright build``: makes the bundle ``output`` and returns its report (a dict). clock: ns. card: compile the simulated one."""
    native_config = None if config is None else os.fspath(config)
    return json.loads(_native.build(os.fspath(model), os.fspath(output), native_config, numerics, clock, card, force))


def verify(bundle, vectors=100_000, hls_vectors=10_000, seed=1, require_hls=False):
    """``gatewright verify``: emulator against RTL and HLS. Returns the report; ``["passed"]`` is the verdict."""
    return json.loads(_native.verify(os.fspath(bundle), vectors, hls_vectors, seed, require_hls))
