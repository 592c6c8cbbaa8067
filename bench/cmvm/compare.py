"""Our solver and da4ml 0.6.0's on the same square matrices. usage: compare.py CMVM_BENCH OUTPUT.json

Inputs are 8 bits signed. Both counts are the tools' own: an adder is one two-input sum or difference, its bits are the bits of its carry chain. da4ml is
timed by CPU seconds of one thread, as we are; both verify nothing inside the time. Every solution of ours is checked against the matrix afterwards.
"""
import json
import statistics
import subprocess
import sys
import time

import numpy as np
from da4ml.cmvm import solve

MASK = (1 << 64) - 1
CASES = [("s", 8, 4), ("s", 8, 8), ("s", 16, 4), ("s", 16, 8), ("s", 32, 4), ("s", 32, 8), ("s", 64, 4), ("s", 64, 8), ("p", 8, 8), ("p", 16, 8),
         ("z", 16, 8), ("z", 32, 8)]


def matrix(kind: str, n: int, bits: int, seed: int) -> np.ndarray:
    """The generator of tests/datapath/matrices.hpp (SplitMix64)."""
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


def ours(program: str, kind: str, n: int, bits: int, seed: int, depth: str) -> dict:
    run = subprocess.run([program, kind, str(n), str(bits), str(seed), depth], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def peers(kind: str, n: int, bits: int, seed: int, hard_dc: int) -> dict:
    kernel = matrix(kind, n, bits, seed)
    started = time.process_time()
    pipeline = solve(kernel, hard_dc=hard_dc, adder_size=1, carry_size=-1, qintervals=[(-128.0, 127.0, 1.0)] * n, latencies=[0.0] * n)
    seconds = time.process_time() - started
    if not np.array_equal(np.asarray(pipeline.kernel), kernel):
        raise SystemExit("da4ml's solution is not the matrix")
    adders = sum(op.opcode in (0, 1) for stage in pipeline.solutions for op in stage.ops)
    return {"adders": adders, "adder_bits": int(pipeline.cost), "depth": int(max(pipeline.latency)), "cpu_seconds": seconds}


def main() -> None:
    program, report = sys.argv[1], sys.argv[2]
    rows = []
    for kind, n, bits in CASES:
        for depth, hard_dc in (("0", 0), ("free", -1)):
            seeds = (1, 2, 3) if n <= 32 else (1,)
            row = {"kind": kind, "n": n, "bits": bits, "depth": "least" if depth == "0" else "free", "seeds": len(seeds)}
            for name, results in (("gatewright", [ours(program, kind, n, bits, s, depth) for s in seeds]),
                                  ("da4ml", [peers(kind, n, bits, s, hard_dc) for s in seeds])):
                row[name] = {key: statistics.mean(r[key] for r in results) for key in ("adders", "adder_bits", "depth", "cpu_seconds")}
            rows.append(row)
    with open(report, "w") as file:
        json.dump({"peer": "da4ml 0.6.0", "rows": rows}, file, indent=1)
    print(f"{'matrix':12} {'depth':6} | {'adders':>8} {'bits':>8} {'depth':>5} {'CPU s':>8} | {'da4ml':>8} {'bits':>8} {'depth':>5} {'CPU s':>8} | {'bits':>6} {'time':>6}")
    for row in rows:
        a, b = row["gatewright"], row["da4ml"]
        print(f"{row['kind']} {row['n']:3}x{row['n']:<3} {row['bits']}b {row['depth']:6} | {a['adders']:8.1f} {a['adder_bits']:8.0f} {a['depth']:5.1f} {a['cpu_seconds']:8.4f} | "
              f"{b['adders']:8.1f} {b['adder_bits']:8.0f} {b['depth']:5.1f} {b['cpu_seconds']:8.4f} | {a['adder_bits'] / b['adder_bits']:6.3f} "
              f"{a['cpu_seconds'] / max(b['cpu_seconds'], 1e-6):6.3f}")


if __name__ == "__main__":
    main()
