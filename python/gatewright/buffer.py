"""Memory on a card, as an ndarray: PYNQ's allocate."""

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
        self._move(self._place().native.to_card)

    def sync_from_device(self):
        """Copies from the card into this array."""
        self._move(self._place().native.from_card)

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

    def _move(self, action):
        if not self.flags.c_contiguous:
            raise Error("only a contiguous slice of a buffer can be moved", remedy="move the whole buffer")
        if self.nbytes != 0:
            action(self.__array_interface__["data"][0] - self._memory.host_address, self.nbytes)


class _Memory:
    """The card's side of a buffer; freed once, at the latest with the last array that refers to it."""

    def __init__(self, device, native, host_address, size):
        self.device, self.native, self.host_address, self.bytes = device, native, host_address, size
        self.address = native.address
        self.alive = True

    def free(self):
        if self.alive:
            self.alive = False
            self.native.release()


def allocate(shape, dtype="u4", target=None, cacheable=False):
    """A zeroed buffer of ``shape`` and ``dtype`` on the card of ``target``, an Overlay. Raises Error where the card's memory is full.

    The array is the memory that the card's own transfers read and write (behind XRT: XRT's mapping), so Overlay.submit takes events in it
    without a copy. cacheable is accepted for PYNQ's sake."""
    if target is None:
        raise Error("a buffer needs a card", remedy="allocate(shape, dtype, target=overlay)")
    try:
        kind = np.dtype(dtype)
        size = int(np.prod(shape, dtype=object)) * kind.itemsize
        if size < 0 or size >= 1 << 40:
            raise ValueError("a card's memory is smaller")
    except (MemoryError, TypeError, ValueError) as cause:
        raise Error(f"no buffer of shape {shape} and dtype {dtype}: {cause}") from None
    if kind.hasobject:
        raise Error(f"elements of type {kind} cannot lie on a card")
    native = target._native.allocate(size)
    array = native.array()[:size].view(kind).reshape(shape).view(Buffer)
    array._memory = _Memory(target._native, native, array.__array_interface__["data"][0], array.nbytes)
    return array
