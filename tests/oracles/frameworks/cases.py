"""What the generators of all frameworks share: the case folder, random numbers, input vectors."""
import importlib.metadata
import json
import os
import shutil
import tempfile
import zlib
from pathlib import Path

import numpy as np

VECTORS = int(os.environ.get("ORACLE_VECTORS", 64))


def generator(framework: str, family: str, seed: int) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(f"{framework}/{family}".encode()), seed])


def flatten(arrays) -> np.ndarray:
    """[N, all of them one after the other], row-major, in float64."""
    arrays = [np.asarray(a, dtype=np.float64) for a in arrays]
    return np.concatenate([a.reshape(a.shape[0], -1) for a in arrays], axis=1)


class Case:
    """A case folder: written beside its place, renamed when whole, dropped on any error."""

    def __init__(self, out, name):
        self.place = Path(out) / name
        self.info = {"kind": "float", "exact": False}

    def __enter__(self):
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=".making-", dir=self.place.parent))
        self.folder.chmod(0o755)
        return self

    def __exit__(self, kind, error, trace):
        if kind is None and not self.place.exists():
            (self.folder / "case.json").write_text(json.dumps(self.info, indent=1) + "\n")
            self.folder.rename(self.place)
        else:
            shutil.rmtree(self.folder)

    def vectors(self, inputs, outputs, outputs64=None):
        """Lists of arrays [N, ...]; `outputs64` is the same graph evaluated in float64, and decides about `exact`."""
        outputs = flatten(outputs)
        if not np.isfinite(outputs).all():
            raise ValueError("an output is not finite")
        np.save(self.folder / "inputs.npy", flatten(inputs))
        np.save(self.folder / "outputs.npy", outputs)
        if outputs64 is not None:
            outputs64 = flatten(outputs64)
            np.save(self.folder / "outputs64.npy", outputs64)
            self.info["exact"] = bool(np.array_equal(outputs, outputs64))
            self.info["largest_relative_difference"] = float((np.abs(outputs - outputs64) / np.maximum(1, np.abs(outputs64))).max())

    def versions(self, *packages):
        self.info["versions"] = {p: importlib.metadata.version(p) for p in packages}


class Draw:
    """Random choices with short names."""

    def __init__(self, rng):
        self.rng = rng

    def int(self, low, high):
        """Both ends included."""
        return int(self.rng.integers(low, high + 1))

    def ints(self, low, high, count):
        return tuple(self.int(low, high) for _ in range(count))

    def pick(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def flag(self, chance=0.5):
        return bool(self.rng.random() < chance)

    def real(self, low, high):
        """On a grid of 1/64, so that it survives JSON and float32."""
        return float(np.round(self.rng.uniform(low, high) * 64) / 64)


def float_inputs(rng, shape, step=None) -> np.ndarray:
    """[N, *shape] float32: most near 1, every eighth row far outside, the first row zero; on a grid of `step` if given."""
    values = rng.normal(0, 1.5, (VECTORS, *shape))
    values[::8] *= 6
    values[0] = 0
    if step:
        values = np.round(values / step) * step
    return values.astype(np.float32)


def grid_inputs(rng, shape, step, low, high) -> np.ndarray:
    """[N, *shape] on the grid `step`, mostly within low..high, some far outside, some between the steps."""
    values = rng.uniform(low, high, (VECTORS, *shape))
    values[1::8] = rng.uniform(6 * low - 1, 6 * high + 1, values[1::8].shape)
    values[0] = 0
    values = np.round(values / step) * step
    values[2::8] += rng.integers(-3, 4, values[2::8].shape) * step / 4  # includes ties
    return values.astype(np.float32)
