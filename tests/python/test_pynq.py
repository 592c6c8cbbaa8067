"""The kernel driven as a PYNQ program drives it: buffers, registers, .call."""

import gc
import time

import numpy as np
import pytest

import gatewright
from conftest import MODEL


@pytest.fixture
def buffers(overlay, events):
    packed = overlay.pack(events)
    source = gatewright.allocate(packed.shape, "u1", target=overlay)
    result = gatewright.allocate((len(events), overlay._native.output_bytes), "u1", target=overlay)
    source[:] = packed
    source.sync_to_device()
    return source, result


def expect_right(overlay, events, result):
    result.sync_from_device()
    expected = gatewright.load(MODEL).predict(events)
    np.testing.assert_array_equal(overlay.unpack(np.asarray(result)), expected)
    print(f"0 mismatches in {expected.size} values")


def test_call(overlay, events, buffers):
    (name,) = overlay.ip_dict
    kernel = getattr(overlay, name)
    assert kernel is overlay.kernel and str(kernel.signature) == "(input, output, events)"
    clocks = kernel.call(buffers[0], buffers[1], len(events))
    expect_right(overlay, events, buffers[1])
    assert clocks == int(kernel.register_map.cycles)


def test_start_and_wait(overlay, events, buffers):
    handle = overlay.kernel.start(buffers[0], buffers[1], events=len(events))
    handle.wait(20)
    assert handle.done
    expect_right(overlay, events, buffers[1])


def test_by_registers(overlay, events, buffers):
    registers = overlay.kernel.register_map
    assert registers.CTRL.AP_IDLE == 1
    registers.input = buffers[0].device_address
    registers.output = buffers[1].physical_address
    registers.events = len(events)
    registers.CTRL.AP_START = 1
    end = time.monotonic() + 20
    while not registers.CTRL.AP_DONE:
        assert time.monotonic() < end, registers
    expect_right(overlay, events, buffers[1])
    assert int(registers.events) == len(events) and registers.events[3:0] == len(events) & 15
    assert "AP_IDLE=1" in repr(registers)


def test_slices_keep_their_offsets(overlay, buffers):
    source = buffers[0]
    part = source[10:20]
    assert part.device_address == source.device_address + 10 * source.shape[1]
    kept = np.array(part)
    part[:] = 0
    part.sync_from_device()
    np.testing.assert_array_equal(part, kept)
    with pytest.raises(gatewright.Error, match="contiguous"):
        source[:, ::2].sync_to_device()
    with pytest.raises(gatewright.Error, match="no place on a card"):
        (source + 1).sync_to_device()


def test_buffers_are_given_back(overlay):
    first = gatewright.allocate(1000, "f8", target=overlay)
    address = first.device_address
    with gatewright.allocate(10, target=overlay) as inside:
        assert inside.dtype == np.uint32 and not inside.any()
    with pytest.raises(gatewright.Error, match="freed"):
        inside.sync_to_device()
    first.freebuffer()
    first.freebuffer()
    for _ in range(200):  # 200 MiB in all
        large = gatewright.allocate(1 << 20, "u1", target=overlay)
        del large
    gc.collect()
    assert gatewright.allocate(1000, "f8", target=overlay).device_address == address


def test_misuse_is_refused(overlay, events, buffers):
    with pytest.raises(gatewright.Error, match="memory"):
        gatewright.allocate(1 << 30, "u1", target=overlay)
    with pytest.raises(gatewright.Error, match="no buffer of shape"):
        gatewright.allocate(1 << 50, "u1", target=overlay)
    with pytest.raises(gatewright.Error, match="target=overlay"):
        gatewright.allocate(4)
    with pytest.raises(gatewright.Error, match="takes .input, output, events"):
        overlay.kernel.call(buffers[0])
    with pytest.raises(gatewright.Error, match="bytes"):
        overlay.kernel.call(buffers[0][:5], buffers[1], len(events))
    with pytest.raises(gatewright.Error, match="read only"):
        overlay.kernel.register_map.cycles = 1
    with pytest.raises(gatewright.Error, match="does not fit"):
        overlay.kernel.register_map.events = 1 << 32
    with pytest.raises(gatewright.Error, match="register offset"):
        overlay.kernel.read(3)
    with pytest.raises(AttributeError, match="AP_START"):
        overlay.kernel.register_map.CTRL.NONSENSE
    with pytest.raises(AttributeError, match="kernel_1"):
        overlay.nothing
    with pytest.raises(gatewright.Error):  # an address off a 64-byte boundary: the kernel's own complaint
        overlay.kernel.call(buffers[0].device_address + 4, buffers[1], 8)
    overlay.kernel.call(buffers[0], buffers[1], len(events))
    expect_right(overlay, events, buffers[1])


def test_a_time_limit_gives_up_and_the_card_works_on(bundle, events):
    overlay = gatewright.Overlay(bundle)
    many = np.tile(events, (100, 1))
    with pytest.raises(gatewright.Error, match="given up"):
        overlay.predict(many, timeout=0)
    packed = overlay.pack(many)
    source = gatewright.allocate(packed.shape, "u1", target=overlay)
    result = gatewright.allocate((len(many), overlay._native.output_bytes), "u1", target=overlay)
    with pytest.raises(gatewright.Error, match="CTRL"):  # the dump of all registers
        overlay.kernel.start(source, result, len(many)).wait(0)
    np.testing.assert_array_equal(overlay.predict(events), gatewright.load(MODEL).predict(events))
