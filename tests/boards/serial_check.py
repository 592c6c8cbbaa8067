"""Against a simulated board: what is no request is refused for the right reason, and the next request is answered.

usage: serial_check.py PROJECT    with GW_PORT set to the board's port
"""
import os
import random
import sys
import time

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import host  # noqa: E402

board = host.Board(os.environ["GW_PORT"])
rng = random.Random(5)
checks = tag = 0


def answers():
    """All answers to what was sent so far: those before the answer to one more request. The board keeps their order."""
    global tag
    tag = (tag + 1) % 256
    board.send_raw(host.frame(bytes([host.INFO, tag])))
    found, end = [], time.monotonic() + 20
    while time.monotonic() < end:
        found += board.answers(0.05)
        if found and found[-1][:2] == bytes([host.INFO, tag]):
            return found[:-1]
    raise TimeoutError(f"no answer after {found}")


def expect(sent, codes, what):
    """`sent` is answered by these codes, and an event after it by its outputs."""
    global checks
    board.send_raw(sent)
    found = [answer[0] for answer in answers()]
    assert found == codes, f"{what}: {[hex(code) for code in found]}, not {[hex(code) for code in codes]}"
    event = bytes(rng.randrange(256) for _ in range(host.IN_BYTES))
    board.send_raw(host.frame(bytes([host.EVENT, 77]) + event))
    got = answers()
    assert len(got) == 1 and got[0][:2] == bytes([host.EVENT, 77]) and len(got[0]) == 2 + host.OUT_BYTES, f"after {what}: {got}"
    checks += 1


def frame_with(contents, crc):
    return b"\x7e" + (contents + crc).replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


event = bytes(range(host.IN_BYTES))
good = host.frame(bytes([host.EVENT, 1]) + event)
board.check()
expect(b"", [], "nothing")
expect(b"\x7e" * 20, [], "flags alone")
expect(good, [host.EVENT], "a good event")
expect(good + good[1:], [host.EVENT] * 2, "two frames with one flag between them")
expect(frame_with(bytes([host.EVENT, 1]) + event, b"\x00\x00"), [0x81], "a wrong CRC")
expect(host.frame(bytes([0x55, 1]) + event), [0x82], "an unknown command")
expect(host.frame(bytes([host.EVENT, 1]) + event[:-1]), [0x83], "an event that is too short")
expect(host.frame(bytes([host.EVENT, 1]) + event + b"\x00"), [0x83], "an event that is too long")
expect(host.frame(bytes([host.INFO, 1, 2])), [0x83], "info with a payload")
expect(host.frame(bytes([host.EVENT, 1]) + event * 300), [0x83], "an event without an end")
expect(b"\x7e\x01\x02\x7d\x7e", [0x84], "an escape that escapes nothing")
expect(b"\x7e\x01\x7d\x7d\x02\x7e", [0x84], "an escape of an escape")
expect(good[:-6] + good, [0x81, host.EVENT], "a frame cut short by the next")
expect(b"hello" + good, [0x81, host.EVENT], "noise before a frame")
# Every single bit of a good frame, flipped: never an answer that is not the right one.
board.send_raw(good)
right = answers()[0]
for place in range(8 * len(good)):
    bad = bytearray(good)
    bad[place // 8] ^= 1 << (place % 8)
    board.send_raw(bytes(bad) + b"\x7e")
    for answer in answers():
        assert answer[0] in host.ERRORS or answer == right, f"bit {place} flipped: {answer}"
    checks += 1
# Noise of all lengths.
for length in [1, 2, 3, 10, 100, 1000]:
    board.send_raw(bytes(rng.randrange(256) for _ in range(length)))
    board.send_raw(b"\x7e")
    answers()
    expect(good, [host.EVENT], f"{length} bytes of noise")
# More requests than the queue holds, which the host never sends: those that are answered are answered rightly.
events = [bytes(rng.randrange(256) for _ in range(host.IN_BYTES)) for _ in range(200)]
reference = board.run(events)
assert board.info()["dropped"] == 0, "the host's window overran the board's queue"
board.send_raw(b"".join(host.frame(bytes([host.EVENT, index]) + one) for index, one in enumerate(events)))
frames, before = [], time.monotonic()
while time.monotonic() - before < 0.5:
    new = board.answers(0.05)
    frames += new
    before = time.monotonic() if new else before
came = {answer[1]: answer[2:] for answer in frames}
assert all(came[tag] == reference[tag] for tag in came), "an answer went to another event's tag"
dropped = board.info()["dropped"]
assert 16 < len(came) < 200 and len(came) + dropped == 200, f"{len(came)} came, {dropped} dropped"
print(f"{checks} checks of frames; {len(came)} of 200 events sent at once were answered, {dropped} counted as dropped")
