import os
import pathlib

import numpy as np
import pytest

import gatewright

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests/fixtures/models/qonnx_trained.onnx"
SEED = 20261124


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """A small network with its simulated card."""
    path = tmp_path_factory.mktemp("bundle") / "small.gw"
    report = gatewright.build(MODEL, path, clock=5)
    assert report["latency_cycles"] >= 1
    return path


@pytest.fixture(scope="session")
def events():
    size = sum(int(np.prod(port.shape)) for port in gatewright.load(MODEL).inputs)
    return np.random.default_rng(SEED).uniform(-4, 4, (1000, size))


@pytest.fixture(params=["sim", "emulator"])
def overlay(request, bundle):
    return gatewright.Overlay(bundle, device=request.param, time_limit=30)


@pytest.fixture(scope="session")
def program():
    return os.environ.get("GATEWRIGHT", str(ROOT / "build/release/gatewright"))
