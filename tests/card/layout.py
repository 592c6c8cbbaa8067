"""Events as a card has them, of the ports in a bundle's shell/card.json. For the scripts that drive cards."""
import re

import numpy as np


class Layout:
    """Events in memory, of shell/card.json: each element in whole bytes, little endian."""

    def __init__(self, ports, event_bytes):
        self.event_bytes, self.elements = event_bytes, []
        for port in ports:
            sign, width, integer = re.match(r"(u?)fixed<(\d+),(-?\d+)", port["type"]).groups()
            self.elements.append((sign == "u", int(width), int(width) - int(integer)))

    def random(self, rng, events):
        columns = []
        for unsigned, width, fraction in self.elements:
            low, high = (0, 2**width) if unsigned else (-(2 ** (width - 1)), 2 ** (width - 1))
            columns.append(rng.integers(low, high, events) / 2.0**fraction)
        return np.stack(columns, axis=1)

    def packed(self, values, padded=True):
        mantissas = [np.round(values[:, k] * 2.0**fraction).astype("<i8").view(np.uint8).reshape(len(values), 8)[:, : (width + 7) // 8]
                     for k, (_, width, fraction) in enumerate(self.elements)]
        rows = np.concatenate(mantissas, axis=1)
        return np.pad(rows, ((0, 0), (0, self.event_bytes - rows.shape[1]))) if padded else rows
