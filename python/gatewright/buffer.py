"""Memory on a card, as an ndarray: PYNQ's allocate."""

import weakref

import numpy as np

from .errors import Error


class Buffer(np.ndarray):
    """An array in the host's memory with its own place on the card. Nothing moves but by sync_to_device and sync_from_device.

    Slices keep their offsets, so ``buffer[10:20].sync_to_device()`` moves ten rows; a slice must be contiguous to be moved."""

    def __array_finalize__(self, base):
        self._memory = getattr(base, "_memory", None)

    @property
    def device_address(self):
        """Where the first element lies on the card, in bytes."""
        memory = self._place()
        return memory.address + self.__array_interface__["data"][0] - memory.host_address

    physical_address = device_address

    @property
    def virtual_address(self):
        return self.__array_interface__["data"][0]

    cacheable = property(lambda self: True)
    coherent = property(lambda self: False)

    def sync_to_device(self):
        """Copies this array to the card."""
        self._place().device.write_memory(self.device_address, self._bytes())

    def sync_from_device(self):
        """Copies from the card into this array."""
        self._place().device.read_memory(self.device_address, self._bytes())

    flush = sync_to_device
    invalidate = sync_from_device

    def freebuffer(self):
        """Gives the card's memory back; using the buffer on the card afterwards is an Error."""
        if self._memory is not None:
            self._memory.free()

    close = freebuffer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.freebuffer()

    def _place(self):
        memory = self._memory
        begin = self.__array_interface__["data"][0]
        if memory is None or not memory.host_address <= begin <= memory.host_address + memory.bytes:
            raise Error("this array has no place on a card: it is a result of numpy, not an allocated buffer or a slice of one")
        if not memory.alive:
            raise Error("the buffer has been freed")
        return memory

    def _bytes(self):
        if not self.flags.c_contiguous:
            raise Error("only a contiguous slice of a buffer can be moved", remedy="move the whole buffer")
        return np.asarray(self).reshape(-1).view(np.uint8)


class _Memory:
    """The card's side of a buffer; freed once, at the latest with the last array that refers to it."""

    def __init__(self, device, host_address, size):
        self.device, self.host_address, self.bytes = device, host_address, size
        self.address = device.allocate(max(size, 1))
        self._finalizer = weakref.finalize(self, device.release, self.address)

    @property
    def alive(self):
        return self._finalizer.alive

    def free(self):
        self._finalizer()


def allocate(shape, dtype="u4", target=None, cacheable=False):
    """A zeroed buffer of ``shape`` and ``dtype`` on the card of ``target``, an Overlay. Raises Error where the card's memory is full.

    cacheable is accepted for PYNQ's sake; host and card never share memory here."""
    if target is None:
        raise Error("a buffer needs a card", remedy="allocate(shape, dtype, target=overlay)")
    try:
        array = np.zeros(shape, dtype).view(Buffer)
    except (MemoryError, TypeError, ValueError) as cause:
        raise Error(f"no buffer of shape {shape} and dtype {dtype}: {cause}") from None
    if array.dtype.hasobject:
        raise Error(f"elements of type {array.dtype} cannot lie on a card")
    array._memory = _Memory(target._native, array.__array_interface__["data"][0], array.nbytes)
    return array
