// host.py: Python 3 alone, so that any machine with the board's USB cable runs it.
#include "shell/ecp5/verilog.hpp"

namespace gw::shell {

const char* const ecp5_host_text = R"py(#!/usr/bin/env python3
"""Sends events to @NAME@ on @BOARD@ and reads its outputs; standard library alone.

usage: host.py --port /dev/ttyUSB0 events.csv outputs.csv     values, one event a line, rounded as the network's input types say
       host.py --port /dev/ttyUSB0 events.bin outputs.bin     the card's own bytes (card.json), both ways
       host.py --port /dev/ttyUSB0 --info
"""
import argparse
import collections
import csv
import os
import select
import sys
import termios
import time

BAUD = @BAUD@
IDENTITY, VERSION = 0x@IDENTITY@, @VERSION@
IN_BYTES, OUT_BYTES = @INBYTES@, @OUTBYTES@
INFO, EVENT = 0x01, 0x02
ERRORS = {0x81: "wrong CRC", 0x82: "unknown command", 0x83: "wrong length", 0x84: "broken byte"}
WINDOW = @WINDOW@  # requests under way: no more than the board's queue of answers holds

# (byte, bytes, width, fraction, signed, rounding, overflow) of each element
INPUTS = [
@INPUTS@]
OUTPUTS = [
@OUTPUTS@]


def crc(data: bytes) -> int:
    """RFC 1662's frame check sequence, as it is sent."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0x8408 if value & 1 else value >> 1
    return value ^ 0xFFFF


def frame(contents: bytes) -> bytes:
    checked = contents + crc(contents).to_bytes(2, "little")
    return b"\x7e" + checked.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def unframe(data: bytes):
    """The contents between two flags, or None where they are damaged."""
    contents = data.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
    if len(contents) < 4 or crc(contents[:-2]) != int.from_bytes(contents[-2:], "little"):
        return None
    return contents[:-2]


def quantise(value: float, kind) -> int:
    """The mantissa of a value under an element's type, as ap_fixed (UG1399) rounds and limits."""
    _, _, width, fraction, signed, rounding, overflow = kind
    if width == 0:
        return 0
    top, bottom = value.as_integer_ratio()
    top, bottom = (top << fraction, bottom) if fraction >= 0 else (top, bottom << -fraction)
    low, rest = divmod(top, bottom)
    half = 2 * rest - bottom  # above, at or below the middle
    up = {"TRN": False, "TRN_ZERO": rest > 0 and top < 0, "RND": half >= 0, "RND_ZERO": half > 0 or (half == 0 and top < 0),
          "RND_MIN_INF": half > 0, "RND_INF": half > 0 or (half == 0 and top >= 0), "RND_CONV": half > 0 or (half == 0 and low % 2 == 1)}
    whole = low + up[rounding]
    lowest, highest = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)
    if overflow == "SAT_SYM" and signed:
        lowest = -highest
    if overflow == "WRAP":
        return (whole - lowest) % (1 << width) + lowest
    if overflow == "SAT_ZERO":
        return whole if lowest <= whole <= highest else 0
    return min(max(whole, lowest), highest)


def pack(values) -> bytes:
    event = bytearray(IN_BYTES)
    if len(values) != len(INPUTS):
        raise ValueError(f"{len(values)} values, where an event has {len(INPUTS)}")
    for value, kind in zip(values, INPUTS):
        byte, count = kind[0], kind[1]
        event[byte:byte + count] = quantise(value, kind).to_bytes(count, "little", signed=kind[4])
    return bytes(event)


def unpack(event: bytes):
    values = []
    for byte, count, _, fraction, signed, _, _ in OUTPUTS:
        mantissa = int.from_bytes(event[byte:byte + count], "little", signed=signed)
        values.append(mantissa / (1 << fraction) if fraction >= 0 else float(mantissa << -fraction))
    return values


class Board:
    """The board at the other end of a serial line."""

    def __init__(self, port: str, baud: int = BAUD):
        self.descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY)
        if not hasattr(termios, f"B{baud}"):
            raise ValueError(f"this system has no serial speed of {baud} bits a second")
        speed = getattr(termios, f"B{baud}")
        control = [bytes([0])] * len(termios.tcgetattr(self.descriptor)[6])
        control[termios.VMIN] = 0
        control[termios.VTIME] = 0
        # Raw bytes: no echo, no line editing, no flow control, no newline changed into another.
        termios.tcsetattr(self.descriptor, termios.TCSANOW,
                          [0, 0, termios.CS8 | termios.CREAD | termios.CLOCAL, 0, speed, speed, control])
        termios.tcflush(self.descriptor, termios.TCIOFLUSH)
        self.byte_seconds = 10 / baud
        self.rest = b""
        self.damaged = 0  # answers that were no frame
        self.refused = collections.Counter()  # what the board said of requests

    def close(self):
        os.close(self.descriptor)

    def send_raw(self, data: bytes):
        while data:
            data = data[os.write(self.descriptor, data):]

    def answers(self, limit: float):
        """Frames that have come, waiting at most `limit` seconds for the first byte."""
        ready, _, _ = select.select([self.descriptor], [], [], limit)
        if ready:
            self.rest += os.read(self.descriptor, 65536)
        *parts, self.rest = self.rest.split(b"\x7e")
        frames = [unframe(part) for part in parts if part]
        self.damaged += frames.count(None)
        return [contents for contents in frames if contents is not None]

    def info(self, limit: float = 2.0):
        """What the board is; flags first, so that whatever it still waits for ends. Sent again until it answers."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            self.send_raw(b"\x7e" + frame(bytes([INFO, 0xA5])))
            again = time.monotonic() + 0.25
            while time.monotonic() < again:
                for contents in self.answers(0.05):
                    if contents[:2] == bytes([INFO, 0xA5]) and len(contents) == 14:
                        body = contents[2:]
                        return {"identity": int.from_bytes(body[0:4], "little"), "version": body[4],
                                "in_bytes": int.from_bytes(body[5:7], "little"), "out_bytes": int.from_bytes(body[7:9], "little"),
                                "latency": int.from_bytes(body[9:11], "little"), "dropped": body[11]}
        raise TimeoutError("the board does not answer: is it configured, and is this its port and speed?")

    def check(self):
        found = self.info()
        if (found["identity"], found["version"], found["in_bytes"], found["out_bytes"]) != (IDENTITY, VERSION, IN_BYTES, OUT_BYTES):
            raise ValueError(f"the board has another design: {found}")
        return found

    def run(self, events, patience: float = 5.0):
        """Outputs of `events` (bytes each), in their order. What is not answered is sent again: events have no memory."""
        outputs = [b""] * len(events)
        waiting = collections.OrderedDict()  # tag -> event
        after = 0.02 + 4 * WINDOW * (IN_BYTES + OUT_BYTES + 16) * self.byte_seconds
        following, done = 0, 0
        since = last = time.monotonic()
        while done < len(events):
            while len(waiting) < WINDOW and following < len(events):
                tag = following % 256
                waiting[tag] = following
                self.send_raw(frame(bytes([EVENT, tag]) + events[following]))
                following += 1
            for contents in self.answers(0.05):
                if contents[0] == EVENT and contents[1] in waiting and len(contents) == 2 + OUT_BYTES:
                    outputs[waiting.pop(contents[1])] = contents[2:]
                    done += 1
                    since = last = time.monotonic()
                elif contents[0] in ERRORS:
                    self.refused[ERRORS[contents[0]]] += 1
            now = time.monotonic()
            if now - since > patience:
                raise TimeoutError(f"no answer for {patience} s, after {done} of {len(events)} events")
            if now - last > max(after, 0.1):
                for tag, index in waiting.items():
                    self.send_raw(frame(bytes([EVENT, tag]) + events[index]))
                last = now
        return outputs


def read_events(name: str):
    if name.endswith(".bin"):
        with open(name, "rb") as file:
            data = file.read()
        if len(data) % IN_BYTES:
            raise ValueError(f"{name}: {len(data)} bytes are no whole events of {IN_BYTES}")
        return [data[at:at + IN_BYTES] for at in range(0, len(data), IN_BYTES)]
    with open(name, newline="") as file:
        return [pack([float(value) for value in row]) for row in csv.reader(file) if row]


def write_outputs(name: str, outputs):
    part = name + ".part"
    if name.endswith(".bin"):
        with open(part, "wb") as file:
            file.write(b"".join(outputs))
    else:
        with open(part, "w", newline="") as file:
            csv.writer(file).writerows([repr(value) for value in unpack(event)] for event in outputs)
    os.replace(part, name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", default=os.environ.get("GW_PORT", "/dev/ttyUSB0"))
    parser.add_argument("--baud", type=int, default=BAUD)
    parser.add_argument("--patience", type=float, default=5.0, help="seconds without an answer until it gives up; a simulation may want more")
    parser.add_argument("--info", action="store_true", help="say what design the board has, and end")
    parser.add_argument("events", nargs="?")
    parser.add_argument("outputs", nargs="?")
    options = parser.parse_args()
    try:
        board = Board(options.port, options.baud)
        if options.info:
            print(board.info())
            return 0
        if options.outputs is None:
            parser.error("name a file of events and one for the outputs")
        board.check()
        events = read_events(options.events)
        start = time.monotonic()
        outputs = board.run(events, options.patience)
        seconds = time.monotonic() - start
        write_outputs(options.outputs, outputs)
        print(f"{len(events)} events in {seconds:.2f} s, {len(events) / max(seconds, 1e-9):.0f} a second; "
              f"{board.damaged} damaged answers, {sum(board.refused.values())} refused requests")
        return 0
    except (OSError, ValueError, OverflowError, TimeoutError) as error:
        print(f"host.py: error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
)py";

} // namespace gw::shell
