"""PYNQ 3.0.1, as PyPI has it, drives the simulated Zynq boards: pynq.lib.DMA, hls4ml's drivers unchanged, the generated driver from floats; faults
and what must be refused. usage: pynq3_check.py GATEWRIGHT SOURCE_DIR        Prints what it did; exit code 1 names what went wrong.
"""
import glob
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

EVENTS = 10_000
BOARDS = ("pynq-z2", "zcu104")  # of either processor
program, source = sys.argv[1], Path(sys.argv[2])
folder = Path(tempfile.mkdtemp())

ROUNDINGS = ("TRN", "TRN_ZERO", "RND", "RND_ZERO", "RND_MIN_INF", "RND_INF", "RND_CONV")
OVERFLOWS = ("WRAP", "SAT", "SAT_ZERO", "SAT_SYM")


def run(*words):
    subprocess.run([program, *map(str, words)], check=True, capture_output=True)


def module_of(file, name):
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def expect_error(call, text):
    try:
        call()
    except Exception as error:  # RuntimeError, ValueError, or ours
        assert text in str(error), f"expected '{text}' in: {error}"
        return str(error)
    raise AssertionError(f"no error that says '{text}'")


def every_type():
    """A network that hands on its inputs, of every rounding and overflow and of widths from one bit to 64."""
    shapes = ("fixed<8,4", "ufixed<11,3", "fixed<1,1", "fixed<64,40", "ufixed<63,9", "fixed<5,9")
    types = [f"{shape},{rounding},{overflow}>" for shape in shapes for rounding in ROUNDINGS for overflow in OVERFLOWS]
    tensor = lambda name: {"name": name, "shape": [len(types)], "types": types}
    path = folder / "every_type.json"
    path.write_text(json.dumps({"format": "gatewright-network", "version": 1, "name": "every type", "tensors": [tensor("x"), tensor("y")], "inputs": ["x"],
                                "outputs": ["y"], "ops": [{"name": "same", "op": "requantise", "input": "x", "output": "y"}]}))
    return path, len(types)


def awkward(random, events, elements):
    """Ties, ends of ranges, tiny and huge values."""
    x = random.integers(-(2**13), 2**13, (events, elements)) / 64
    scale = random.integers(0, 12, x.shape)
    x = np.where(scale == 0, x * 2.0**random.integers(-40, 90, x.shape), x)
    x = np.where(scale == 1, random.choice([5e-324, -5e-324, 1e300, -1e300, -0.0, 0.5, -0.5, 8 - 2**-40, -8.0, 2.0**39, -(2.0**39), 2.0**63, 255.5], x.shape), x)
    return np.where(scale == 2, random.standard_normal(x.shape), x)


def make(model, name, events):
    """A bundle, its boards, events and the emulator's outputs."""
    bundle = folder / f"{name}.gw"
    run("build", model, "-o", bundle, "--no-card")
    np.save(folder / f"{name}_x.npy", events)
    run("predict", bundle, folder / f"{name}_x.npy", "-o", folder / f"{name}_y.npy")
    return bundle, np.load(folder / f"{name}_y.npy").reshape(len(events), -1)


def board(bundle, kind, *options):
    where = folder / f"{bundle.stem}-{kind}"
    run("card", bundle, "--platform", "zynq", "--board", kind, "-o", where, *options)
    return where


def mismatches(a, b):
    a, b = np.asarray(a).reshape(len(b), -1), np.asarray(b).reshape(len(b), -1)
    return int((a != b).any(axis=1).sum())


def main():
    random = np.random.default_rng(5)
    x = random.integers(-1000, 1000, (EVENTS, 3)) / 64
    bundle, y = make(source / "tests/fixtures/models/hls4ml_00.keras", "net", x)
    boards = {kind: board(bundle, kind) for kind in BOARDS}
    network, elements = every_type()
    hard_x = awkward(random, EVENTS, elements)
    hard, hard_y = make(network, "every_type", hard_x)
    boards["every type"] = board(hard, "pynq-z2", "--stream-width", "128")

    os.environ["GATEWRIGHT_ZYNQ"] = os.pathsep.join(str(where / "simulation") for where in boards.values())
    import gatewright.zynq
    from pynq import Device

    devices = dict(zip(boards, Device.devices))
    assert all(isinstance(device, gatewright.zynq.ZynqDevice) for device in devices.values())
    started, worked = time.perf_counter(), time.process_time()
    for kind in BOARDS:
        Device.active_device = devices[kind]
        driver = module_of(boards[kind] / "driver.py", "driver_" + kind.replace("-", "_"))
        packed, expected = driver.Layout(driver.INPUTS).encode(x), driver.Layout(driver.OUTPUTS).encode(y)
        bit = next((boards[kind] / "simulation").glob("*.bit"))
        by_dma(bit, kind, packed, expected)
        by_hls4ml(bit, kind, packed, expected)
        by_driver(driver, bit, kind, x, y, devices[kind])
    Device.active_device = devices["every type"]
    where = boards["every type"]
    driver = module_of(where / "driver.py", "driver_every_type")
    overlay = driver.NeuralNetworkOverlay(str(next((where / "simulation").glob("*.bit"))), x_shape=(1000, elements), time_limit=120)
    wrong = mismatches(overlay.predict(hard_x), hard_y)
    assert wrong == 0, f"{wrong} of {EVENTS} events of every type differ"
    print(f"{EVENTS} events of {elements} types, every rounding and overflow: 0 mismatches")
    seconds = time.process_time() - worked  # of this process, which simulates too: others may keep the machine busy
    assert seconds < 60, seconds
    print(f"all events of all boards: {seconds:.1f} s of work in {time.perf_counter() - started:.1f} s")
    refused(devices, boards)
    by_runner(boards["pynq-z2"])
    by_pynq4(boards)


def by_dma(bit, kind, packed, expected):
    from pynq import Overlay, allocate
    from pynq.lib.dma import DMA

    overlay = Overlay(str(bit))
    dma = overlay.hier_0.axi_dma_0
    assert isinstance(dma, DMA)
    kernel = getattr(overlay.hier_0, bit.stem + "_0")
    send, receive = allocate(packed.shape, np.uint8), allocate(expected.shape, np.uint8)
    send[:] = packed
    started = time.perf_counter()
    dma.sendchannel.transfer(send)
    dma.recvchannel.transfer(receive)
    dma.sendchannel.wait()
    dma.recvchannel.wait()
    assert mismatches(receive, expected) == 0, f"DMA of {kind}: {mismatches(receive, expected)} events differ"
    assert dma.recvchannel.transferred == expected.nbytes
    assert int(kernel.register_map.events_out) == EVENTS and int(kernel.register_map.errors) == 0
    print(f"{kind}: {EVENTS} events by pynq.lib.DMA: 0 mismatches, {time.perf_counter() - started:.2f} s, {int(kernel.register_map.cycles)} clocks")
    # A part of a buffer; and what is not flushed does not arrive.
    part = 17
    receive[:] = 0
    dma.recvchannel.transfer(receive, nbytes=part * expected.shape[1])
    dma.sendchannel.transfer(send, nbytes=part * packed.shape[1])
    dma.sendchannel.wait()
    dma.recvchannel.wait()
    assert mismatches(receive[:part], expected[:part]) == 0
    receive[:] = 0
    assert not receive.any()
    receive.sync_from_device()
    assert mismatches(receive, expected) == 0


def by_hls4ml(bit, kind, packed, expected):
    drivers = "build/venv/lib/python3*/site-packages/hls4ml/templates/vivado_accelerator/*/python_drivers/axi_stream_driver.py"
    found = sorted(glob.glob(str(source / drivers)))
    wanted = [file for file in found if "pynq-z2" in file or "zcu102" in file]
    assert len(wanted) == 2, f"hls4ml's drivers are not where they were: {found}"
    for file in wanted:
        module = module_of(file, "hls4ml_driver")
        network = module.NeuralNetworkOverlay(str(bit), packed.shape, expected.shape, dtype=np.uint8)  # bytes of mantissas
        got = network.predict(packed, profile=True)[0]
        assert mismatches(got, expected) == 0, f"{file}: {mismatches(got, expected)} events differ"
        print(f"{kind}: {EVENTS} events by hls4ml's {file.split('/')[-3]} driver, unchanged: 0 mismatches")


def by_driver(driver, bit, kind, x, y, device):
    network = driver.NeuralNetworkOverlay(str(bit), x_shape=(4096, 3), y_shape=y.shape, time_limit=2)
    got, _, rate = network.predict(x, profile=True)
    assert mismatches(got, y) == 0, f"driver.py on {kind}: {mismatches(got, y)} events differ"
    print(f"{kind}: {EVENTS} events by driver.py, from floats: 0 mismatches, {rate:.0f} events/s of simulation")
    for fault, text in ((1, "did not end within 2 s"), (2, "did not end within 2 s"), (3, "the DMA reports an error"), (4, "the DMA reports an error")):
        device.board.set_fault(fault)
        message = expect_error(lambda: network.predict(x[:500]), text)
        assert "S2MM_DMASR" in message and "packets_in" in message, message
        device.board.set_fault(0)
        assert mismatches(network.predict(x[:500]), y[:500]) == 0
    expect_error(lambda: network.predict(np.full((2, 3), np.nan)), "NaN")
    expect_error(lambda: network.predict(x[:, :2]), "")
    print(f"{kind}: hanging streams and failing memory: an error with all registers, and the next batch is right")


def refused(devices, boards):
    from pynq import MMIO, Overlay, allocate

    bits = {kind: str(next((boards[kind] / "simulation").glob("*.bit"))) for kind in BOARDS}
    expect_error(lambda: Overlay(bits["zcu104"], device=devices["pynq-z2"]), "of the design")
    expect_error(lambda: MMIO(0x1000, 16, device=devices["pynq-z2"]).read(0), "nothing is at address")
    expect_error(lambda: allocate((1 << 29,), np.uint8, target=devices["pynq-z2"]), "no room")
    held = [allocate((60 << 20,), np.uint8, target=devices["zcu104"]) for _ in range(3)]
    del held
    again = [allocate((60 << 20,), np.uint8, target=devices["zcu104"]) for _ in range(3)]
    assert len({buffer.physical_address for buffer in again}) == 3
    print("another board's overlay, a strange address, too large a buffer: refused; freed buffers come back")


def by_runner(where):
    done = subprocess.run([sys.executable, "-m", "gatewright.zynq", str(where / "simulation"), str(where / "driver.py"),
                           str(next((where / "simulation").glob("*.bit")))], capture_output=True, text=True)
    assert done.returncode == 0 and "0 mismatches in 1000 events" in done.stdout, done.stdout + done.stderr
    print("python -m gatewright.zynq, with driver.py as a script:", done.stdout.strip().splitlines()[-1])


READ_BY_PYNQ_4 = """
import sys
import pynq
from pynq.metadata import RuntimeMetadataParser
from pynqmetadata.frontends import Metadata
parser = RuntimeMetadataParser(Metadata(input=sys.argv[1]))
dma = parser.ip_dict["hier_0/axi_dma_0"]
kernel = parser.ip_dict["hier_0/" + sys.argv[2] + "_0"]
print(hex(dma["phys_addr"]), dma["type"], hex(kernel["phys_addr"]), sorted(kernel["registers"])[:2], list(parser.hierarchy_dict))
"""


def by_pynq4(boards):
    python = source / "build/venv-pynq4/bin/python"
    assert python.exists(), "PYNQ 4.0.0 is not installed: scripts/bootstrap card"
    for kind in BOARDS:
        hwh = next((boards[kind] / "simulation").glob("*.hwh"))
        done = subprocess.run([python, "-c", READ_BY_PYNQ_4, hwh, hwh.stem], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
        dma = "0x40400000" if kind == "pynq-z2" else "0xa0000000"
        assert done.returncode == 0 and done.stdout.startswith(f"{dma} xilinx.com:ip:axi_dma:7.1"), done.stdout + done.stderr
    print("PYNQ 4.0.0 reads the metadata of both boards")


if __name__ == "__main__":
    main()
