"""PYNQ 4.0.0, as PyPI has it, drives the simulated card over PYNQ.remote: registers, buffers, AXI DMA, its own self-test, hls4ml's driver; and what
must be refused is. usage: pynq4_check.py GATEWRIGHT SOURCE_DIR        Prints what it did; exit code 1 names what went wrong.
"""
import contextlib
import glob
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EVENTS = 10_000
program, source = sys.argv[1], Path(sys.argv[2])
sys.path.insert(0, str(source / "tests/card"))
# PYNQ knows one port; a loopback address of our own keeps runs apart.
address = f"127.{os.getpid() % 250 + 1}.{os.getpid() // 250 % 250}.7"
os.environ["PYNQ_REMOTE_DEVICES"] = address
os.environ.pop("http_proxy", None)


@contextlib.contextmanager
def server(bundle: Path, *options: str):
    process = subprocess.Popen([program, "card", str(bundle), "--pynq-remote", "--listen", address, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert address in process.stdout.readline(), "the server did not start"
        yield process
    finally:
        process.terminate()
        assert process.wait(20) == 0, "the server did not end well"


def client(script: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=120)


def expect_error(call, text: str) -> None:
    try:
        call()
    except Exception as error:  # RuntimeError or grpc.RpcError: either carries our words
        assert text in str(error), f"expected '{text}' in: {error}"
        return
    raise AssertionError(f"no error that says '{text}'")


def main() -> None:
    import numpy as np
    from layout import Layout

    folder = Path(tempfile.mkdtemp())
    bundle, model = folder / "net.gw", source / "tests/fixtures/models/hls4ml_00.keras"
    run = lambda *words: subprocess.run([program, *map(str, words)], check=True, capture_output=True)
    run("build", model, "-o", bundle)
    run("card", bundle, "-o", folder / "card")
    card = json.loads((bundle / "shell/card.json").read_text())
    inputs, outputs = Layout(card["inputs"], card["input_event_bytes"]), Layout(card["outputs"], card["output_event_bytes"])
    x_values = inputs.random(np.random.default_rng(4), EVENTS)
    np.save(folder / "x.npy", x_values)
    run("predict", bundle, folder / "x.npy", "-o", folder / "y.npy")
    y_values = np.load(folder / "y.npy").reshape(EVENTS, -1)
    x, y = inputs.packed(x_values, padded=False), outputs.packed(y_values, padded=False)
    events = inputs.packed(x_values)
    bit = str(next((folder / "card").glob("*.bit")))
    with server(bundle):
        check(np, bit, card, x, y, events)
    with server(bundle):
        selftest(bit)
    with server(bundle, "--token-file", str(write(folder / "token", "secret"))):
        refused = client("from pynq import Device; print(Device.devices)")
        assert "UNAUTHENTICATED" in refused.stderr, refused.stderr + refused.stdout
        raw = client(WITH_TOKEN, address, "secret")
        assert raw.stdout.strip() == "True", raw.stdout + raw.stderr
        wrong = client(WITH_TOKEN, address, "guess")
        assert "UNAUTHENTICATED" in wrong.stderr, wrong.stderr
        print("without the token, or with another: refused")


# The protocol by hand: PYNQ itself sends no metadata.
WITH_TOKEN = """
import sys, grpc
channel = grpc.insecure_channel(sys.argv[1] + ":7967")
ask = channel.unary_unary("/remote_device.RemoteDevice/existsfile")
answer = ask(b"\\x0a\\x0d/proc/version", metadata=(("authorization", "Bearer " + sys.argv[2]),), timeout=20)
print(answer == b"\\x08\\x01")
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def check(np, bit, card, x, y, events) -> None:
    from pynq import MMIO, Overlay, allocate
    from pynq.lib.dma import DMA

    started = time.perf_counter()
    overlay = Overlay(bit)
    kernel = getattr(overlay, card["kernel"] + "_1")
    assert int(kernel.register_map.core_latency) == card["core_latency"]
    by_registers(np, kernel, allocate, card, events, y)
    print(f"{EVENTS} events by registers: the emulator's bits, {time.perf_counter() - started:.2f} s")

    started = time.perf_counter()
    dma = overlay.hier_0.axi_dma_0
    assert isinstance(dma, DMA)
    send, receive = allocate(x.shape, np.uint8), allocate(y.shape, np.uint8)
    send[:] = x
    dma.recvchannel.transfer(receive)
    dma.sendchannel.transfer(send)
    dma.sendchannel.wait()
    dma.recvchannel.wait()
    assert np.array_equal(receive, y), "DMA"
    print(f"{EVENTS} events by AXI DMA: the emulator's bits, {time.perf_counter() - started:.2f} s")

    # What PYNQ.remote would let pass and ruin.
    expect_error(lambda: send[4:].sync_to_device(), "whole buffers")
    expect_error(lambda: MMIO(0x1000, 16), "not of this design")
    expect_error(lambda: allocate((2**31 - 1,), np.uint8), "memory")
    assert np.array_equal(receive, y)
    refused = client("import sys; from pynq import Overlay; Overlay(sys.argv[1])", bit)
    assert "still connected" in refused.stderr, refused.stderr
    print("a second client's overlay, a slice's sync, a strange address, too large a buffer: refused")

    driver = glob.glob(str(source / "build/venv/lib/python3*/site-packages/hls4ml/templates/vivado_accelerator/zcu102/python_drivers/*.py"))
    if driver:
        spec = importlib.util.spec_from_file_location("driver", driver[0])
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        network = module.NeuralNetworkOverlay(bit, x.shape, y.shape, dtype=np.uint8)  # bytes of mantissas
        assert np.array_equal(network.predict(x), y), "hls4ml's driver"
        print(f"{EVENTS} events by hls4ml's zcu102 driver, unchanged: the emulator's bits")

    # A client that dies leaves nothing behind: its buffers would fill the card.
    for _ in range(3):
        client("import os, numpy as np; from pynq import allocate\n"
               "b = [allocate((48 << 20,), np.uint8) for _ in range(4)]\nos.kill(os.getpid(), 9)")
    big = allocate((160 << 20,), np.uint8)
    print("three clients that died with 192 MiB each: reclaimed")
    big.freebuffer()


def by_registers(np, kernel, allocate, card, events, y) -> None:
    a = allocate((events.size,), np.uint8)
    b = allocate((EVENTS * card["output_event_bytes"],), np.uint8)
    a[:] = events.ravel()
    a.sync_to_device()
    for offset, value in ((0x10, a.physical_address), (0x1C, b.physical_address)):
        kernel.write(offset, value & 0xFFFFFFFF)
        kernel.write(offset + 4, value >> 32)
    kernel.write(0x28, EVENTS)
    kernel.write(0, 1)
    while not kernel.read(0) & 2:
        pass
    b.sync_from_device()
    got = np.array(b).reshape(EVENTS, -1)[:, :y.shape[1]]
    assert np.array_equal(got, y), f"registers: {(got != y).any(axis=1).sum()} of {EVENTS} events differ"


def selftest(bit: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pynq.remote.selftest", "--ip", address, "--bitstream", bit], capture_output=True, text=True, timeout=120)
    line = next((text for text in done.stdout.splitlines() if "summary" in text), done.stdout + done.stderr)
    print("PYNQ's self-test:", line.strip())
    assert " 0 failed" in line, done.stdout


if __name__ == "__main__":
    socket.setdefaulttimeout(60)
    main()
