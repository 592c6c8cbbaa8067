"""Overlay: a bundle on a card, by PYNQ's names."""

import asyncio
import inspect
import os

import numpy as np

from . import _native
from .buffer import Buffer
from .errors import Error
from .network import load
from .registers import RegisterMap
from .rows import from_rows, to_rows

ARGUMENTS = ("input", "output", "events")


class WaitHandle:
    """A kernel that was started. Keeps its buffers alive until it is done."""

    def __init__(self, native, buffers, time_limit):
        self._native, self._buffers, self._time_limit = native, buffers, time_limit

    @property
    def done(self):
        return self._native.done

    def wait(self, timeout=None):
        """Waits for the kernel. When ``timeout`` (seconds; the overlay's time limit if not given) passes, the run is given up with an
        Error that shows all registers, the card is reset, and the next run works. Returns the kernel's clocks."""
        return self._native.wait(self._time_limit if timeout is None else timeout)


class Batch:
    """Events under way (Overlay.submit)."""

    def __init__(self, native, finish, time_limit):
        self._native, self._finish, self._time_limit = native, finish, time_limit

    @property
    def done(self):
        return self._native.done

    def wait(self, timeout=None):
        """The outputs. Raises Error if ``timeout`` seconds pass first; the batch is then given up."""
        return self._finish(self._native.wait(self._time_limit if timeout is None else timeout))

    def __await__(self):
        """``outputs = await batch``: as wait(), without blocking the event loop. Cancelling the task leaves the batch under way."""
        return self._ready().__await__()

    async def _ready(self):
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()

        def tell():
            try:
                loop.call_soon_threadsafe(ready.set)
            except RuntimeError:
                pass  # the loop is gone, and so is whoever waited

        self._native.when_ready(tell)
        try:
            await asyncio.wait_for(ready.wait(), self._time_limit)
        except asyncio.TimeoutError:
            return self.wait(0)  # gives up, with the Error that says why
        return self.wait()


class Kernel:
    """The bundle's compute unit, as PYNQ's DefaultIP."""

    def __init__(self, native, name, time_limit):
        self._native, self._time_limit = native, time_limit
        self.name = self._fullpath = name
        self.register_map = RegisterMap(self, _native.registers())
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.signature = inspect.Signature([inspect.Parameter(argument, kind) for argument in ARGUMENTS])

    def read(self, offset=0):
        """One 32-bit register. Raises Error for an offset that is no multiple of 4 or outside the control port."""
        return self._native.read_register(_checked_offset(offset))

    def write(self, offset, value):
        if not 0 <= int(value) < 1 << 32:
            raise Error(f"{value} is no 32-bit register value")
        self._native.write_register(_checked_offset(offset), int(value))

    def start(self, *args, **kwargs):
        """start(input, output, events): buffers (or device addresses) and the number of events; returns a WaitHandle."""
        try:
            bound = self.signature.bind(*args, **kwargs).arguments
        except TypeError as cause:
            raise Error(f"the kernel takes (input, output, events): {cause}") from None
        events = int(bound["events"])
        if not 0 <= events < 1 << 32:
            raise Error(f"{events} is no number of events")
        addresses = []
        for argument, per_event in (("input", self._native.input_bytes), ("output", self._native.output_bytes)):
            buffer = bound[argument]
            if not isinstance(buffer, Buffer):
                addresses.append(int(buffer))
                continue
            if buffer.nbytes < events * per_event:
                raise Error(f"the {argument} buffer has {buffer.nbytes} bytes, {events} events take {events * per_event}")
            addresses.append(buffer.device_address)
        native = self._native.start(*addresses, events, self._time_limit)
        return WaitHandle(native, (bound["input"], bound["output"]), self._time_limit)

    start_sw = start

    def call(self, *args, **kwargs):
        """start and wait."""
        return self.start(*args, **kwargs).wait()


def _checked_offset(offset):
    offset = int(offset)
    if offset % 4 != 0 or not 0 <= offset < 4096:
        raise Error(f"{offset:#x} is no register offset: a multiple of 4 below 0x1000")
    return offset


class Overlay:
    """A bundle on a card. ``device``: "sim", the bundle's simulated card, or "emulator", the CPU behind the same registers,
    "xrt", a card behind XRT, simulated or real: then ``xclbin`` names its file, ``card`` which one, ``compute_unit`` which kernel on it (default: the first;
    or a list, each "UNIT" or "CARD:UNIT"), ``access`` how it is had: "exclusive", "shared" with other programs, or "registers".

    time_limit: seconds, of every wait that names none. cards: how many simulated ones work side by side. replays: how often a part of a batch that a card
    failed is tried again. checksums: compare what host and kernel read and wrote (of bundles built with them)."""

    def __init__(self, bundle, device="sim", time_limit=60.0, *, xclbin=None, card=0, compute_unit="", access="exclusive", cards=1, replays=1,
                 checksums=False, _faulty=False):
        self.bundle = os.fspath(bundle)
        self._time_limit = float(time_limit)
        self._network = load(self.bundle)
        units = [compute_unit] if isinstance(compute_unit, str) else list(compute_unit)
        options = {"xclbin": os.fspath(xclbin) if xclbin is not None else "", "card": int(card), "units": [unit for unit in units if unit],
                   "access": access, "cards": int(cards), "replays": int(replays), "checksums": bool(checksums), "faulty": _faulty}
        self._native = _native.Device(self.bundle, device, self._time_limit, options)
        name = self._native.kernel_name + "_1"  # instance names as v++ gives them
        self._kernels = {name: Kernel(self._native, name, self._time_limit)}
        self.ip_dict = {
            name: {
                "fullpath": name,
                "type": f"gatewright:kernel:{self._native.kernel_name}:1.0",
                "phys_addr": 0,
                "addr_range": 4096,
                "state": None,
                "interrupts": {},
                "gpio": {},
                "registers": {
                    entry[0]: {"address_offset": entry[1], "size": entry[2], "access": "read-write" if entry[3] else "read-only",
                               "description": entry[4]}
                    for entry in _native.registers()
                },
            }
        }
        self.mem_dict = {"bank0": {"base_address": 0, "type": "memory"}}
        self.clock_dict = {"clock0": {"name": "ap_clk", "frequency": round(1000 / self._native.clock_ns, 3)}}

    def __getattr__(self, name):
        kernels = self.__dict__.get("_kernels", {})
        if name in kernels:
            return kernels[name]
        raise AttributeError(f"the overlay has no {name}; it has {list(kernels)}")

    def __dir__(self):
        return list(super().__dir__()) + list(self._kernels)

    @property
    def kernel(self):
        """The compute unit, whatever its name."""
        return next(iter(self._kernels.values()))

    @property
    def input_dtype(self):
        """The integer dtype in which rows of mantissas lie as the kernel reads them; None where its layout has padding or several types."""
        native = self._native.native_input
        return None if native is None else np.dtype(f"{'i' if native[1] else 'u'}{native[0]}")

    def predict(self, x, timeout=None, *, raw=False, priority=0):
        """Float events in, exact outputs out: shapes as Network.predict has them."""
        return self.submit(x, raw=raw, priority=priority).wait(timeout)

    async def predict_async(self, x, *, raw=False, priority=0):
        """predict for an event loop: neither the queueing nor the card blocks it."""
        loop = asyncio.get_running_loop()
        return await (await loop.run_in_executor(None, lambda: self.submit(x, raw=raw, priority=priority)))

    def submit(self, x, *, raw=False, priority=0):
        """Queues a batch and returns it at once (or when a buffer is free); ``.wait()`` or ``await`` gives the outputs.

        raw: x has the kernel's own bytes: mantissas of input_dtype, or uint8 as pack() gives them; bits beyond an element's width do not count. They
        are copied once, or, in a buffer of allocate() on this overlay, not at all: then it must stay as it is until the batch is over. Arrays of
        input_dtype whose mantissas are the values (whole numbers of 8, 16, 32 bits) go that way without being told.
        priority: batches of a higher one overtake."""
        return Batch(self._queue(x, raw, int(priority)), lambda outputs: from_rows(outputs, self._network.outputs), self._time_limit)

    def _queue(self, x, raw, priority):
        native = self._native.native_input
        own = isinstance(x, np.ndarray) and native is not None and native[2] and x.dtype == self.input_dtype
        if not raw and not (own and x.ndim > 0 and x.size == len(x) * self._native.input_size):
            rows = to_rows(x, self._native.input_size, self._network.inputs, keep_floats=True)
            return (self._native.submit_floats if rows.dtype == np.float32 else self._native.submit)(rows, priority)
        x = x if isinstance(x, np.ndarray) else np.asarray(x)
        if x.dtype not in (np.uint8, self.input_dtype) or x.ndim == 0 or x.nbytes != len(x) * self._native.input_bytes:
            raise Error(f"an array of shape {x.shape} and dtype {x.dtype}, where an event is {self._native.input_bytes} bytes"
                        + (f" or {self._native.input_size} of {self.input_dtype}" if native is not None else ""), remedy="pack() gives such bytes")
        memory = x._memory if isinstance(x, Buffer) else None
        if memory is not None and memory.alive and memory.device is self._native and x.flags.c_contiguous:
            offset = x.device_address - memory.address
            if offset % 64 == 0:
                return self._native.submit_in_place(memory.native, offset, len(x), priority)
        return self._native.submit_packed(np.ascontiguousarray(np.asarray(x)).reshape(-1).view(np.uint8), priority)

    def pack(self, x):
        """Events as the kernel reads them: uint8 of shape (events, bytes of an event)."""
        return self._native.pack(to_rows(x, self._native.input_size, self._network.inputs))

    def unpack(self, packed):
        """What the kernel wrote, uint8 of shape (events, bytes of an event), as exact values."""
        return from_rows(self._native.unpack(packed), self._network.outputs)

    @property
    def counters(self):
        """Sums over all batches of predict and submit: events, chunks, cycles, read_beats, write_beats, seconds; bytes of inputs that were converted,
        copied or read in place; failures, time_outs, damaged, resets, replays, moved; lost_cards, as of now."""
        return self._native.counters

    def free(self):
        """PYNQ's; memory goes with the last reference."""

    def is_loaded(self):
        return True

    def download(self):
        """PYNQ's; a simulated card needs no bitstream."""
