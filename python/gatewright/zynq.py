"""A simulated Zynq board as a device of PYNQ 3.0.1, which stays as it is: scripts for a PYNQ-Z2 run on any computer.

    GATEWRIGHT_ZYNQ=FOLDER python -c "import gatewright.zynq, runpy; runpy.run_path('script.py', run_name='__main__')"
    python -m gatewright.zynq FOLDER script.py [ARGUMENTS]            the same, shorter

FOLDER is ``simulation/`` of what ``gatewright card --platform zynq`` made; several are several boards. The overlay to load is FOLDER/NAME.bit.
Behind it are an AXI DMA in simple mode and the Verilated kernel. Host memory and the board's are two, as with a cache that is not coherent: what
a script forgets to flush does not arrive.
"""

import ctypes
import json
import os
import runpy
import sys
import threading
from pathlib import Path

import numpy as np
from pynq.buffer import PynqBuffer
from pynq.pl_server import hwh_parser
from pynq.pl_server.device import Device

from .errors import Error

VARIABLE = "GATEWRIGHT_ZYNQ"
VERSION = 1  # of the library's interface
PAGE = 4096


class Board:
    """The library of one simulated board: registers and memory by physical address."""

    def __init__(self, folder, memory_bytes=256 << 20, base=0x10000000, seed=1, stall_percent=0):
        self.folder = Path(folder).resolve()
        try:
            self.description = json.loads((self.folder / "board.json").read_text())
            library = ctypes.CDLL(str(self.folder / self.description["library"]))
        except (OSError, ValueError, KeyError) as cause:
            raise Error(f"{folder} is no simulated Zynq board: {cause}", str(folder), "make one: gatewright card BUNDLE --platform zynq --board pynq-z2 -o DIR") from None
        u32, u64, pointer = ctypes.c_uint32, ctypes.c_uint64, ctypes.c_void_p
        signatures = {"version": (u32, []), "open": (pointer, [u64, u64, u64, u32]), "close": (None, [pointer]), "reset": (None, [pointer]),
                      "memory": (pointer, [pointer]), "read": (ctypes.c_int, [pointer, u64, ctypes.POINTER(u32)]),
                      "write": (ctypes.c_int, [pointer, u64, u32]), "run": (ctypes.c_int, [pointer, u64]), "cycles": (u64, [pointer]),
                      "violations": (u64, [pointer, ctypes.POINTER(ctypes.c_char_p)]), "set_fault": (None, [pointer, u32])}
        self._call = {}
        for name, (result, arguments) in signatures.items():
            function = getattr(library, "gw_zynq_" + name)
            function.restype, function.argtypes = result, arguments
            self._call[name] = function
        if self._call["version"]() != VERSION:
            raise Error("the simulated board is of another version", str(self.folder), "make it again: gatewright card --platform zynq")
        self.base, self.bytes = base, memory_bytes
        self._lock = threading.RLock()
        self._board = self._call["open"](memory_bytes, base, seed, stall_percent)
        if not self._board:
            raise Error(f"no {memory_bytes} bytes for the board's memory")
        self._memory = self._call["memory"](self._board)

    def __del__(self):
        if getattr(self, "_board", None):
            self._call["close"](self._board)

    def read(self, address):
        value = ctypes.c_uint32()
        with self._lock:
            if self._call["read"](self._board, address, ctypes.byref(value)) != 0:
                raise Error(f"nothing is at address {address:#x} of this design", remedy="ip_dict of the overlay lists what there is")
            self._check()
        return value.value

    def write(self, address, value):
        with self._lock:
            if self._call["write"](self._board, address, value) != 0:
                raise Error(f"nothing is at address {address:#x} of this design", remedy="ip_dict of the overlay lists what there is")

    def place(self, address, size):
        """Where the board's memory lies in ours."""
        if not (self.base <= address and address + size <= self.base + self.bytes):
            raise Error(f"{size} bytes at {address:#x} are beyond the board's memory")
        return self._memory + address - self.base

    def reset(self):
        with self._lock:
            self._call["reset"](self._board)

    def set_fault(self, fault):
        """For tests of drivers: 0 none, 1 results hang, 2 events hang, 3 memory reads fail, 4 memory writes fail."""
        with self._lock:
            self._call["set_fault"](self._board, fault)

    @property
    def cycles(self):
        """Clocks since the board was opened."""
        with self._lock:
            return self._call["cycles"](self._board)

    def _check(self):
        first = ctypes.c_char_p()
        count = self._call["violations"](self._board, ctypes.byref(first))
        if count:
            raise Error(f"the kernel broke AXI4-Stream's rules {count} times; first, at {first.value.decode()}")


class Memory:
    """The board's memory as PYNQ allocates it: first fit, in pages."""

    def __init__(self, device):
        self._device = device
        self._taken = {}  # address -> end
        self._lock = threading.Lock()

    def allocate(self, shape, dtype, **kwargs):
        dtype = np.dtype(dtype)
        shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        size = max(int(np.prod(shape, dtype=np.int64)) * dtype.itemsize, 1)
        address = self._reserve(size)
        buffer = PynqBuffer(shape, dtype, buffer=bytearray(size), device=self._device, device_address=address, bo=address, coherent=False)
        buffer.memory, buffer.pointer, buffer.return_to = self, address, self
        return buffer

    def return_pointer(self, address):
        with self._lock:
            self._taken.pop(address, None)

    def _reserve(self, size):
        whole = (size + PAGE - 1) // PAGE * PAGE
        with self._lock:
            begin = self._device.board.base
            for taken in sorted(self._taken):
                if taken - begin >= whole:
                    break
                begin = self._taken[taken]
            if begin + whole > self._device.board.base + self._device.board.bytes:
                raise Error(f"the board's memory has no room for {size} bytes", remedy="free buffers, or use smaller ones")
            self._taken[begin] = begin + whole
        return begin


class ZynqDevice(Device):
    """What pynq.Device.devices lists where the environment names a simulated board."""

    _probe_priority_ = 45

    @classmethod
    def _probe_(cls):
        folders = [folder for folder in os.environ.get(VARIABLE, "").split(os.pathsep) if folder]
        return [cls(folder, number) for number, folder in enumerate(folders)]

    def __init__(self, folder, number=0, **options):
        super().__init__(f"gatewright_zynq{number}")
        self.board = Board(folder, **options)
        self.name = self.board.description["board"]
        self.capabilities = {"REGISTER_RW": True, "MEMORY_MAPPED": False, "CALLABLE": False}
        self._memory = Memory(self)

    @property
    def default_memory(self):
        return self._memory

    def get_memory(self, description):
        return self._memory

    def get_bitfile_metadata(self, bitfile_name, partial=False):
        metadata = hwh_parser.get_hwh_name(bitfile_name)
        if not os.path.isfile(metadata):
            raise Error(f"the bitstream has no metadata: {metadata} is not there")
        # By the board's processor: PYNQ itself would ask this computer's.
        small = self.board.description["processor"] == "processing_system7"
        parser = (hwh_parser._HWHZynq if small else hwh_parser._HWHUltrascale)(hwh_name=metadata)
        parser.systemgraph = None
        parser.clock_dict = {}  # or PYNQ would set clocks in registers of a real board
        return parser

    def gen_cache(self, bitstream, parser=None):
        """Nothing is kept between processes."""

    def download(self, bitstream, parser=None):
        if bitstream.partial:
            raise Error("a simulated board has no partial reconfiguration")
        own = self.board.folder / (self.board.description["design"] + ".bit")
        if Path(bitstream.bitfile_name).read_bytes() != own.read_bytes():
            raise Error(f"this simulated board is of the design {own.name} alone", bitstream.bitfile_name, f"load {own}")
        self.board.reset()
        self.post_download(bitstream, parser, self.name)

    def close(self):
        """PYNQ calls it where an overlay is freed."""

    def read_registers(self, address, length):
        return b"".join(self.board.read(address + at).to_bytes(4, "little") for at in range(0, length, 4))

    def write_registers(self, address, data):
        data = bytes(data)
        for at in range(0, len(data), 4):
            self.board.write(address + at, int.from_bytes(data[at:at + 4], "little"))

    def flush(self, bo, offset, virtual_address, nbytes):
        ctypes.memmove(self.board.place(bo + offset, nbytes), virtual_address, nbytes)

    def invalidate(self, bo, offset, virtual_address, nbytes):
        ctypes.memmove(virtual_address, self.board.place(bo + offset, nbytes), nbytes)


def main():
    if len(sys.argv) < 3:
        raise SystemExit("usage: python -m gatewright.zynq FOLDER SCRIPT.py [ARGUMENTS]")
    # Not as __main__: PYNQ knows a device class by its name, and this file's would be there twice.
    from gatewright import zynq

    os.environ[zynq.VARIABLE] = sys.argv[1]
    script = sys.argv[2]
    sys.argv[:] = sys.argv[2:]
    sys.path.insert(0, str(Path(script).resolve().parent))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
