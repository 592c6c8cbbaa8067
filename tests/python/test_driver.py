"""The driver's depth from Python: events in the card's own layout, awaited batches, several cards, faults, Ctrl-C."""

import asyncio
import os
import signal
import threading
import time

import numpy as np
import pytest

import gatewright
from conftest import MODEL, ROOT, SEED


@pytest.fixture(scope="module")
def native(tmp_path_factory):
    """Four inputs of 16 bits: rows of int16 are the kernel's layout, once with 10 fraction bits, once as whole numbers."""
    folder = tmp_path_factory.mktemp("native")
    whole = folder / "whole.yml"
    whole.write_text("HLSConfig:\n  Model:\n    Precision: ap_fixed<16,16>\n    ReuseFactor: 1\n")
    model = ROOT / "tests/fixtures/models/hls4ml_03.keras"
    gatewright.build(model, folder / "fraction.gw")
    gatewright.build(model, folder / "whole.gw", config=whole, numerics="hls4ml")
    return folder


def moved(overlay):
    return tuple(overlay.counters[name] for name in ("converted_bytes", "copied_bytes", "in_place_bytes"))


def test_mantissas_go_as_they_are(native):
    overlay = gatewright.Overlay(native / "fraction.gw")
    assert overlay.input_dtype == np.int16
    raw = np.random.default_rng(SEED).integers(-3000, 3000, (500, 4)).astype(np.int16)
    expected = gatewright.load(native / "fraction.gw").predict(raw / 1024)
    np.testing.assert_array_equal(overlay.predict(raw, raw=True), expected)
    assert moved(overlay) == (0, raw.nbytes, 0)
    buffer = gatewright.allocate(raw.shape, np.int16, target=overlay)
    buffer[:] = raw
    np.testing.assert_array_equal(overlay.predict(buffer, raw=True), expected)
    assert moved(overlay) == (0, raw.nbytes, raw.nbytes)
    np.testing.assert_array_equal(overlay.predict(buffer[8:], raw=True), expected[8:])  # begins at a beat
    assert moved(overlay)[2] == 2 * raw.nbytes - 64
    np.testing.assert_array_equal(overlay.predict(raw / 1024), expected)
    np.testing.assert_array_equal(overlay.predict((raw / 1024).astype(np.float32)), expected)
    assert moved(overlay)[0] == 2 * raw.nbytes
    with pytest.raises(gatewright.Error, match="4 of int16"):
        overlay.predict(raw.astype(np.int32), raw=True)
    print(f"0 mismatches in {5 * expected.size} values")


def test_whole_numbers_need_not_be_told(native):
    overlay = gatewright.Overlay(native / "whole.gw")
    x = np.random.default_rng(SEED).integers(-3000, 3000, (500, 4)).astype(np.int16)
    expected = gatewright.load(native / "whole.gw").predict(x)
    np.testing.assert_array_equal(overlay.predict(x), expected)
    assert moved(overlay) == (0, x.nbytes, 0)
    np.testing.assert_array_equal(overlay.predict(x.astype(np.int64)), expected)  # another dtype is converted
    assert moved(overlay) == (x.nbytes, x.nbytes, 0)


def test_packed_bytes_are_raw_for_every_layout(overlay, events):
    expected = gatewright.load(MODEL).predict(events)
    np.testing.assert_array_equal(overlay.predict(overlay.pack(events), raw=True), expected)
    assert moved(overlay)[0] == 0


def test_batches_can_be_awaited(overlay, events):
    expected = gatewright.load(MODEL).predict(events)

    async def all_of_them():
        batches = [overlay.submit(events[i::5], priority=i) for i in range(3)]
        return [await batch for batch in batches] + list(await asyncio.gather(*(overlay.predict_async(events[i::5]) for i in (3, 4))))

    for i, outputs in enumerate(asyncio.run(all_of_them())):
        np.testing.assert_array_equal(outputs, expected[i::5])


def test_several_cards(bundle, events):
    expected = gatewright.load(MODEL).predict(events)
    overlay = gatewright.Overlay(bundle, cards=2)
    many = [overlay.submit(events[i::10]) for i in range(10)]
    for i, batch in enumerate(many):
        np.testing.assert_array_equal(batch.wait(30), expected[i::10])


def test_a_fault_that_passes_costs_a_replay(bundle, events):
    overlay = gatewright.Overlay(bundle, time_limit=0.5, _faulty=True)
    overlay._native.set_fault("hangs", 1, 0)
    np.testing.assert_array_equal(overlay.predict(events, timeout=20), gatewright.load(MODEL).predict(events))
    assert overlay.counters["replays"] == overlay.counters["time_outs"] == 1


def test_an_awaited_batch_has_a_time_limit(bundle, events):
    overlay = gatewright.Overlay(bundle, time_limit=0.3, replays=0, _faulty=True)
    overlay._native.set_fault("hangs", 0, 0)

    async def wait():
        return await overlay.submit(events)

    with pytest.raises(gatewright.Error, match="time limit"):
        asyncio.run(wait())
    overlay._native.set_fault("none", 0, 0)
    assert len(overlay.predict(events)) == len(events)


def test_ctrl_c_in_a_transfer(bundle, events):
    overlay = gatewright.Overlay(bundle, _faulty=True)
    overlay._native.set_fault("slow_transfers", 0, 0.1)
    many = np.tile(events, (2000, 1))  # some 120 chunks, 0.2 s each
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        overlay.predict(many)
    assert time.monotonic() - begin < 10
    overlay._native.set_fault("none", 0, 0)
    np.testing.assert_array_equal(overlay.predict(events), gatewright.load(MODEL).predict(events))
