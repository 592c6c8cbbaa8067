"""Models and bundles give the program's bits."""

import json
import subprocess
import threading

import numpy as np
import pytest

import gatewright
from conftest import MODEL, ROOT


def by_program(program, model, events, folder, *options):
    np.save(folder / "x.npy", events)
    subprocess.run([program, "predict", model, folder / "x.npy", "-o", folder / "y.npy", *options], check=True, capture_output=True)
    return np.load(folder / "y.npy")


def test_the_network_gives_the_programs_bits(program, events, tmp_path):
    network = gatewright.load(MODEL)
    expected = by_program(program, MODEL, events, tmp_path)
    for threads in (0, 1, 2):
        np.testing.assert_array_equal(network.predict(events, threads=threads), expected)
    np.testing.assert_array_equal(network.predict(events.astype(np.float32).astype(float)[:, ::-1][:, ::-1]),
                                  network.predict(events.astype(np.float32)))
    print(f"0 mismatches in {expected.size} values")


def test_hls4ml_numerics_with_a_configuration(tmp_path):
    models = ROOT / "tests/fixtures/models"
    network = gatewright.load(models / "hls4ml_00.keras", config=models / "hls4ml_00.yml", numerics="hls4ml")
    inputs = np.loadtxt(models / "hls4ml_00.inputs.csv", delimiter=",", ndmin=2)
    outputs = np.loadtxt(models / "hls4ml_00.outputs.csv", delimiter=",", ndmin=2)
    np.testing.assert_array_equal(network.predict(inputs).reshape(outputs.shape), outputs)
    network.save(tmp_path / "network.json")
    np.testing.assert_array_equal(gatewright.load(tmp_path / "network.json").predict(inputs).reshape(outputs.shape), outputs)


def test_the_card_gives_the_emulators_bits(overlay, events):
    expected = gatewright.load(MODEL).predict(events)
    np.testing.assert_array_equal(overlay.predict(events), expected)
    batches = [overlay.submit(events[i::4]) for i in range(4)]
    for i, batch in enumerate(batches):
        np.testing.assert_array_equal(batch.wait(20), expected[i::4])
        assert batch.done
    assert overlay.counters["events"] == 2 * len(events)
    assert overlay.predict(events[:0]).shape == expected[:0].shape
    print(f"0 mismatches in {2 * expected.size} values")


def test_threads_share_a_card(overlay, events):
    expected = gatewright.load(MODEL).predict(events)
    wrong = []

    def work(i):
        for begin in range(i, 40, 4):
            if not np.array_equal(overlay.predict(events[begin::40]), expected[begin::40]):
                wrong.append(begin)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong


def test_verify_says_what_it_compared(bundle):
    report = gatewright.verify(bundle, vectors=2000, hls_vectors=200)
    assert report["passed"] and report["mismatches"] == 0 and report["rtl"]["vectors"] >= 2000
    assert json.loads((bundle / "report.json").read_text())["verify"]["passed"]


@pytest.mark.parametrize("bad, words", [
    (lambda x: x[:, :-1], "where .events"),
    (lambda x: x.astype(complex), "no array of real numbers"),
    (lambda x: x.astype(str), "no array of real numbers"),
    (lambda x: np.where(np.arange(x.size).reshape(x.shape) == 7, np.nan, x), "NaN"),
    (lambda x: 3.0, "where .events"),
    (lambda x: {"nonsense": x}, "inputs"),
])
def test_bad_events_are_refused(overlay, events, bad, words):
    with pytest.raises(gatewright.Error, match=words):
        gatewright.load(MODEL).predict(bad(events))
    with pytest.raises(gatewright.Error, match=words):
        overlay.predict(bad(events))
    assert len(overlay.predict(events[:3])) == 3


def test_bad_files_are_refused_with_their_names(tmp_path):
    with pytest.raises(gatewright.Error, match="absent.onnx") as caught:
        gatewright.load(tmp_path / "absent.onnx")
    assert "absent.onnx" in caught.value.where and caught.value.problem
    with pytest.raises(gatewright.Error, match="numerics"):
        gatewright.load(MODEL, numerics="float")
    with pytest.raises(gatewright.Error):
        gatewright.Overlay(tmp_path)
    gatewright.build(MODEL, tmp_path / "a.gw", card=False)
    with pytest.raises(gatewright.Error, match="exists"):
        gatewright.build(MODEL, tmp_path / "a.gw", card=False)
    with pytest.raises(gatewright.Error, match="card"):
        gatewright.Overlay(tmp_path / "a.gw", device="sim")
    with pytest.raises(gatewright.Error, match="emulator, sim, xrt, zynq and f2"):
        gatewright.Overlay(tmp_path / "a.gw", device="alveo")
    with pytest.raises(gatewright.Error, match="no xclbin is named"):
        gatewright.Overlay(tmp_path / "a.gw", device="xrt")
    with pytest.raises(gatewright.Error, match="xclbin is for cards behind XRT"):
        gatewright.Overlay(tmp_path / "a.gw", device="emulator", xclbin="x")
