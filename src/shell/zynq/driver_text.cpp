// The Python driver for the board. It stands alone, since a board has PYNQ and numpy and not Gatewright: so rounding
// and overflow are written once more, for numpy; tests compare every mode with fixed::from_double.
#include <fmt/format.h>

#include "shell/template.hpp"
#include "shell/zynq/design.hpp"

namespace gw::shell {

namespace {

constexpr const char* text = R"py("""Network @CORE@ on a @BOARD@: the driver, by the names that hls4ml's drivers have.

    from driver import NeuralNetworkOverlay
    network = NeuralNetworkOverlay("@K@.bit", x_shape=(10000, @INPUTS@), y_shape=(10000, @OUTPUTS@))
    y = network.predict(x)

On the board itself: python3 driver.py [BITFILE]    runs the events of vectors/ and compares every output.
"""
import re
import sys
import time
from pathlib import Path

import numpy as np
from pynq import Overlay, allocate

# Elements of an event, in order: how many, and their type (docs of Vitis HLS: ap_fixed).
INPUTS = [@INPUT_RUNS@]
OUTPUTS = [@OUTPUT_RUNS@]
KERNEL = "@I@"
MOST_BYTES = (1 << 26) - 64  # of one DMA transfer
TIME_LIMIT = 10.0  # seconds, of a transfer

DMA_REGISTERS = {"MM2S_DMACR": 0x00, "MM2S_DMASR": 0x04, "MM2S_SA": 0x18, "MM2S_LENGTH": 0x28,
                 "S2MM_DMACR": 0x30, "S2MM_DMASR": 0x34, "S2MM_DA": 0x48, "S2MM_LENGTH": 0x58}
KERNEL_REGISTERS = {@REGISTERS@}
RUNS, RESET, HALTED, IDLE, ERRORS = 1, 4, 1, 2, 0x70


class Type:
    """A fixed-point type and its conversions: exact, for any float64."""

    def __init__(self, text):
        match = re.fullmatch(r"(u?)fixed<(\d+),(-?\d+)(?:,(\w+))?(?:,(\w+))?>", text)
        self.signed, self.width = match[1] == "", int(match[2])
        self.fraction = self.width - int(match[3])
        self.rounding, self.overflow = match[4] or "TRN", match[5] or "WRAP"
        self.bytes = (self.width + 7) // 8

    def _rounded(self, x):
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            scaled = np.ldexp(x, self.fraction)
        # What became zero on the way is still not zero to the modes that look at the sign.
        scaled = np.where((scaled == 0) & (x != 0), np.copysign(0.25, x), scaled)
        if self.rounding == "TRN":
            return np.floor(scaled)
        if self.rounding == "TRN_ZERO":
            return np.trunc(scaled)
        if self.rounding == "RND_CONV":
            return np.rint(scaled)
        floor = np.floor(scaled)
        with np.errstate(invalid="ignore"):
            rest = np.where(np.isfinite(scaled), scaled - floor, 0)
        tie_up = {"RND": True, "RND_MIN_INF": False, "RND_ZERO": scaled < 0, "RND_INF": scaled >= 0}[self.rounding]
        return np.where((rest > 0.5) | ((rest == 0.5) & tie_up), floor + 1, floor)

    def encode(self, x):
        """Mantissas of x as int64; of types of 64 bits without a sign, the bits."""
        x = np.asarray(x, np.float64)
        if np.isnan(x).any():
            raise ValueError("NaN is no event")
        if np.isinf(x).any() and self.overflow not in ("SAT", "SAT_SYM"):
            raise ValueError("infinity, where the input type does not saturate")
        if self.width == 0:
            return np.zeros(x.shape, np.int64)
        rounded = self._rounded(x)
        bits = self.width - 1 if self.signed else self.width
        lowest = -(1 << bits) if self.signed else 0
        # Rounded values are integers: "beyond an end" is "at least one more", which float64 holds even where the end itself is between two.
        above = rounded >= 2.0**bits
        symmetric = self.overflow == "SAT_SYM" and self.signed and self.width > 1
        below = rounded < 0 if not self.signed else rounded <= -(2.0**bits) if symmetric else rounded < -(2.0**bits)
        # Modulo 2^64 by magnitude and sign: float64 holds both exactly.
        with np.errstate(invalid="ignore"):
            rest = np.fmod(np.where(np.isfinite(rounded), rounded, 0), 2.0**64)
        magnitude = np.abs(rest).astype(np.uint64)
        wrapped = np.where(rest < 0, np.uint64(0) - magnitude, magnitude).view(np.int64)
        unused = 64 - self.width
        if self.signed:
            wrapped = (wrapped << unused) >> unused
        else:
            wrapped = ((wrapped.view(np.uint64) << np.uint64(unused)) >> np.uint64(unused)).view(np.int64)
        if self.overflow == "WRAP":
            return wrapped
        high = np.array([(1 << bits) - 1], np.uint64).view(np.int64)[0]
        ends = (0, 0) if self.overflow == "SAT_ZERO" else (lowest + symmetric, high)
        return np.where(above, ends[1], np.where(below, ends[0], wrapped))

    def decode(self, mantissas):
        """int64 (or the bits of a type of 64 without a sign) to the nearest float64; exact up to 53 bits."""
        if not self.signed and self.width == 64:
            mantissas = mantissas.view(np.uint64)
        return np.ldexp(mantissas.astype(np.float64), -self.fraction)


class Layout:
    """An event's bytes: its elements in a row, little endian, ceil(width / 8) bytes each."""

    def __init__(self, runs):
        self.runs = [(count, Type(text)) for count, text in runs]
        self.elements = sum(count for count, _ in self.runs)
        self.bytes = sum(count * kind.bytes for count, kind in self.runs)

    def encode(self, x):
        """(events, elements) to uint8 of (events, bytes)."""
        packed, element, byte = np.empty((len(x), self.bytes), np.uint8), 0, 0
        for count, kind in self.runs:
            raw = np.ascontiguousarray(kind.encode(x[:, element:element + count]))
            rows = raw.astype("<i8").view(np.uint8).reshape(len(x), count, 8)[:, :, :kind.bytes]
            packed[:, byte:byte + count * kind.bytes] = rows.reshape(len(x), -1)
            element, byte = element + count, byte + count * kind.bytes
        return packed

    def decode(self, packed):
        """The reverse."""
        values, element, byte = np.empty((len(packed), self.elements)), 0, 0
        for count, kind in self.runs:
            if kind.bytes > 0:
                rows = packed[:, byte:byte + count * kind.bytes].reshape(len(packed), count, kind.bytes)
                raw = np.zeros((len(packed), count, 8), np.uint8)
                raw[:, :, :kind.bytes] = rows
                if kind.signed and kind.bytes < 8:
                    raw[:, :, kind.bytes:] = np.where(rows[:, :, -1:] >= 128, 255, 0)
                values[:, element:element + count] = kind.decode(raw.reshape(len(packed), -1).view("<i8").astype(np.int64))
            else:
                values[:, element:element + count] = 0
            element, byte = element + count, byte + count * kind.bytes
        return values


class NeuralNetworkOverlay(Overlay):
    def __init__(self, bitfile_name, x_shape=None, y_shape=None, dtype=np.float64, dtbo=None, download=True, ignore_version=False, device=None,
                 time_limit=TIME_LIMIT):
        """x_shape, y_shape: of a whole batch, events first. dtype: of predict's results. time_limit: seconds, of each transfer."""
        super().__init__(bitfile_name, dtbo=dtbo, download=download, ignore_version=ignore_version, device=device)
        self.input, self.output = Layout(INPUTS), Layout(OUTPUTS)
        self.dtype, self.time_limit = dtype, time_limit
        self.y_shape = None if y_shape is None else tuple(y_shape)
        # Registers by MMIO alone: pynq.lib.DMA waits for ever where a transfer does not end.
        self._dma, self._kernel = self.hier_0.axi_dma_0.mmio, getattr(self.hier_0, KERNEL).mmio
        if self._kernel.read(KERNEL_REGISTERS["identity"]) != @IDENTITY@:
            raise RuntimeError("the bitstream has another kernel than this driver: build both from one bundle")
        self._events = min(x_shape[0] if x_shape is not None else 10000, MOST_BYTES // max(self.input.bytes, self.output.bytes))
        self.input_buffer = allocate((self._events, self.input.bytes), np.uint8)
        self.output_buffer = allocate((self._events, self.output.bytes), np.uint8)
        self.reset()

    def reset(self):
        """DMA and kernel drop what is under way."""
        self._dma.write(0x00, RESET)  # of both channels
        self._until(lambda: self._dma.read(0x00) & RESET == 0 and self._dma.read(0x30) & RESET == 0, "the DMA does not come out of its reset")
        self._kernel.write(0x00, 1)
        self._dma.write(0x00, RUNS)
        self._dma.write(0x30, RUNS)
        self._until(lambda: not (self._dma.read(0x04) | self._dma.read(0x34)) & HALTED, "the DMA does not start")

    def registers(self):
        """All registers of DMA and kernel by name."""
        values = {name: self._dma.read(offset) for name, offset in DMA_REGISTERS.items()}
        values.update({name: self._kernel.read(offset) for name, offset in KERNEL_REGISTERS.items()})
        return values

    def _until(self, there, problem):
        end = time.monotonic() + self.time_limit
        while not there():
            if time.monotonic() > end:
                if there():  # this process, not the board, may have slept
                    return
                shown = "\n".join(f"  {name} {value:#x}" for name, value in self.registers().items())
                raise RuntimeError(f"{problem} within {self.time_limit} s; the registers are\n{shown}")

    def _transfer(self, events):
        """One packet of events to the kernel, one of results back."""
        for channel, buffer, size in ((0x30, self.output_buffer, self.output.bytes), (0x00, self.input_buffer, self.input.bytes)):
            address = buffer.physical_address
            self._dma.write(channel + 0x18, address & 0xFFFFFFFF)
            self._dma.write(channel + 0x1C, address >> 32)
            self._dma.write(channel + 0x28, events * size)

        def ended():
            status = self._dma.read(0x04), self._dma.read(0x34)
            if (status[0] | status[1]) & ERRORS:
                raise RuntimeError(f"the DMA reports an error: MM2S {status[0]:#x}, S2MM {status[1]:#x}; all registers: {self.registers()}")
            return status[0] & status[1] & IDLE

        try:
            self._until(ended, "the batch did not end")
            if self._dma.read(0x58) != events * self.output.bytes:
                raise RuntimeError(f"results of {self._dma.read(0x58)} bytes came, {events} events have {events * self.output.bytes}")
            errors = self._kernel.read(KERNEL_REGISTERS["errors"])
            if errors:
                raise RuntimeError(f"the kernel reports errors {errors:#x}: {self.registers()}")
        except RuntimeError:
            self.reset()  # the next batch works
            raise

    def predict(self, X, debug=False, profile=False, encode=None, decode=None):
        """The network's exact outputs for X, whose first axis counts events.

        encode: X to uint8 of (events, bytes of an event), instead of the types' own conversion; decode: the reverse of the results.
        profile: returns (outputs, seconds, events per second). Raises RuntimeError with all registers where a transfer fails or does not end."""
        started = time.perf_counter()
        X = np.asarray(X)
        packed = self.input.encode(X.reshape(len(X), -1)) if encode is None else np.asarray(encode(X), np.uint8)
        if packed.shape != (len(X), self.input.bytes):
            raise ValueError(f"events of {packed.shape[1:]} bytes, where the network takes {self.input.bytes}")
        results = np.empty((len(X), self.output.bytes), np.uint8)
        for first in range(0, len(X), self._events):
            count = min(self._events, len(X) - first)
            self.input_buffer[:count] = packed[first:first + count]
            self.input_buffer.flush()
            self._transfer(count)
            self.output_buffer.invalidate()
            results[first:first + count] = self.output_buffer[:count]
            if debug:
                print(f"{first + count} of {len(X)} events; kernel clocks: {self._kernel.read(KERNEL_REGISTERS['cycles'])}")
        y = self.output.decode(results) if decode is None else decode(results)
        if decode is None:
            y = y.astype(self.dtype, copy=False)
            if self.y_shape is not None and y.size == np.prod(self.y_shape):
                y = y.reshape(self.y_shape)
        if not profile:
            return y
        seconds = time.perf_counter() - started
        print(f"Classified {len(X)} samples in {seconds} seconds ({len(X) / seconds} inferences / s)")
        return y, seconds, len(X) / seconds


def main():
    here = Path(__file__).resolve().parent
    network = NeuralNetworkOverlay(sys.argv[1] if len(sys.argv) > 1 else str(here / "@K@.bit"))
    x, expected = np.load(here / "vectors/inputs.npy"), np.load(here / "vectors/outputs.npy")
    y = network.predict(x, profile=True)[0].reshape(len(x), -1)
    wrong = int((y != expected.reshape(len(x), -1)).any(axis=1).sum())
    print(f"{wrong} mismatches in {len(x)} events")
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
)py";

/// [(3, "fixed<16,6>"), ...]
std::string runs(const EventLayout& layout) {
    std::string text;
    for (std::size_t first = 0, end = 0; first < layout.elements.size(); first = end) {
        while (end < layout.elements.size() && layout.elements[end].type == layout.elements[first].type)
            ++end;
        text += fmt::format("{}({}, \"{}\")", text.empty() ? "" : ", ", end - first,
                            fixed::to_string(layout.elements[first].type));
    }
    return text;
}

} // namespace

std::string driver_python(const ZynqDesign& design) {
    std::string registers;
    for (const Register& entry : stream_register_map())
        registers += fmt::format("{}\"{}\": {:#04x}", registers.empty() ? "" : ", ", entry.name, entry.offset);
    return fill(text, {{"CORE", design.core},
                       {"BOARD", design.board.name},
                       {"K", design.kernel.name},
                       {"I", design.instance()},
                       {"INPUTS", std::to_string(design.kernel.input.elements.size())},
                       {"OUTPUTS", std::to_string(design.kernel.output.elements.size())},
                       {"INPUT_RUNS", runs(design.kernel.input)},
                       {"OUTPUT_RUNS", runs(design.kernel.output)},
                       {"REGISTERS", registers},
                       {"IDENTITY", fmt::format("{:#x}", stream_identity)}});
}

} // namespace gw::shell
