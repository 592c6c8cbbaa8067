"""The matrices of the comparison: the generator of tests/datapath/matrices.hpp (SplitMix64)."""
import numpy as np

MASK = (1 << 64) - 1


def matrix(kind: str, n: int, bits: int, seed: int) -> np.ndarray:
    """An n x n matrix: 's' uniform signed, 'p' in (2^(bits-1), 2^bits), 'z' as 's' and then half of them zero."""
    state = seed

    def draw() -> int:
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    values = []
    for _ in range(n * n):
        x = draw()
        if kind == "p":
            low, high = (1 << (bits - 1)) + 1, (1 << bits) - 1
            values.append(low + x % (high - low + 1))
            continue
        value = (x >> (64 - bits)) - (1 << (bits - 1))
        values.append(0 if kind == "z" and draw() >> 63 else value)
    return np.array(values, dtype=np.float32).reshape(n, n)
