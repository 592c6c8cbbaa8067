"""Overlay: a bundle on a card, by PYNQ's names."""

import inspect
import os

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
    "xrt", a card behind XRT, simulated or real: then ``xclbin`` names its file, ``card`` which one, ``compute_unit`` which kernel on it (default: the first).

    time_limit: seconds, of every wait that names none."""

    def __init__(self, bundle, device="sim", time_limit=60.0, *, xclbin=None, card=0, compute_unit=""):
        self.bundle = os.fspath(bundle)
        self._time_limit = float(time_limit)
        self._network = load(self.bundle)
        self._native = _native.Device(self.bundle, device, self._time_limit, os.fspath(xclbin) if xclbin is not None else "", card, compute_unit)
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

    def predict(self, x, timeout=None):
        """Float events in, exact outputs out: shapes as Network.predict has them."""
        return self.submit(x).wait(timeout)

    def submit(self, x):
        """Queues a batch and returns it at once (or when a buffer is free); ``.wait()`` gives the outputs."""
        rows = to_rows(x, self._native.input_size, self._network.inputs)
        return Batch(self._native.submit(rows), lambda outputs: from_rows(outputs, self._network.outputs), self._time_limit)

    def pack(self, x):
        """Events as the kernel reads them: uint8 of shape (events, bytes of an event)."""
        return self._native.pack(to_rows(x, self._native.input_size, self._network.inputs))

    def unpack(self, packed):
        """What the kernel wrote, uint8 of shape (events, bytes of an event), as exact values."""
        return from_rows(self._native.unpack(packed), self._network.outputs)

    @property
    def counters(self):
        """Sums over all batches of predict and submit: events, chunks, cycles, read_beats, write_beats, seconds."""
        return self._native.counters

    def free(self):
        """PYNQ's; memory goes with the last reference."""

    def is_loaded(self):
        return True

    def download(self):
        """PYNQ's; a simulated card needs no bitstream."""
