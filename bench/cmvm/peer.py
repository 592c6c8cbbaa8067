"""One matrix through da4ml 0.6.0 or alkaid 0.8.2. usage: peer.py da4ml|alkaid KIND N BITS SEED min|free

Prints a JSON object: adders, adder_bits, depth, cpu_seconds. Only the solver's call is timed. What it returns is walked here, operation by operation, as
exact linear forms: the result is compared with the matrix, and adders, bits and depth are counted by the one definition that we count ourselves by:

  an adder is a sum or difference of two values, or the negation of an output;
  its bits run from the lowest bit in which something must be added (the higher of the operands' lowest bits; the lower one if the finer operand is
  subtracted) to the highest bit of the exact range, sign included.
"""
import json
import sys
import time

import numpy as np

from matrices import matrix

LOW, HIGH = -128, 127


class Value:
    """weights * 2^exponent over the inputs, weights integers with an odd one among them; depth in adders."""

    def __init__(self, weights: np.ndarray, exponent: int, depth: int):
        while weights.any() and not (weights & 1).any():
            weights, exponent = weights >> 1, exponent + 1
        self.weights, self.exponent, self.depth = weights, exponent, depth

    def shifted(self, shift: int) -> "Value":
        return Value(self.weights, self.exponent + shift, self.depth)

    def top(self) -> int:
        """One past the highest bit of the range, sign included."""
        positive, negative = int(self.weights[self.weights > 0].sum()), int(self.weights[self.weights < 0].sum())
        high, low = positive * HIGH + negative * LOW, positive * LOW + negative * HIGH
        return max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0) + 1 + self.exponent


class Count:
    def __init__(self) -> None:
        self.adders = self.bits = self.negations = 0

    def add(self, a: Value, b: Value, subtract: bool) -> Value:
        exponent = min(a.exponent, b.exponent)
        b_weights = b.weights << (b.exponent - exponent)
        result = Value((a.weights << (a.exponent - exponent)) + (-b_weights if subtract else b_weights), exponent, max(a.depth, b.depth) + 1)
        start = b.exponent if subtract and b.exponent < a.exponent else max(a.exponent, b.exponent)
        self.adders += 1
        self.bits += max(1, result.top() - start)
        return result

    def negate(self, a: Value) -> Value:
        self.adders += 1
        self.negations += 1
        self.bits += max(1, a.top() - a.exponent)
        return Value(-a.weights, a.exponent, a.depth + 1)


def walk(stage, inputs: list[Value], count: Count, is_last: bool) -> list[Value]:
    """The outputs of one stage of a solution."""
    values: list[Value] = []
    for op in stage.ops:
        operands = op.addr if hasattr(op, "addr") else (op.id0, op.id1)
        data = op.data if isinstance(op.data, tuple) else (op.data,)
        if op.opcode == -1:
            source = data[0] if hasattr(op, "addr") else op.id0
            values.append(inputs[source].shifted(int(stage.inp_shifts[source])))
        elif op.opcode in (0, 1):
            values.append(count.add(values[operands[0]], values[operands[1]].shifted(int(data[0])), op.opcode == 1))
        else:
            raise SystemExit(f"an operation {op} that is no adder")
    outputs = []
    for index, shift, negative in zip(stage.out_idxs, stage.out_shifts, stage.out_negs):
        if index < 0:
            outputs.append(Value(np.zeros_like(inputs[0].weights), 0, 0))
            continue
        value = values[index].shifted(int(shift))
        if negative and is_last:
            value = count.negate(value)
        elif negative:  # the next stage can subtract instead
            value = Value(-value.weights, value.exponent, value.depth)
        outputs.append(value)
    return outputs


def solve(tool: str, kernel: np.ndarray, hard_dc: int, search_all: bool):
    n = kernel.shape[0]
    common = {"hard_dc": hard_dc, "qintervals": [(float(LOW), float(HIGH), 1.0)] * n, "latencies": [0.0] * n, "search_all_decompose_dc": search_all}
    if tool == "da4ml":
        from da4ml.cmvm import solve as da4ml_solve
        started = time.process_time()
        stages = da4ml_solve(kernel, adder_size=1, carry_size=-1, **common).solutions
    else:
        from alkaid.cmvm import cmvm_solve
        started = time.process_time()
        stages = cmvm_solve(kernel, **common)
    return stages, time.process_time() - started


def main() -> None:
    tool, kind, depth = sys.argv[1], sys.argv[2], sys.argv[6]
    n, bits, seed = (int(text) for text in sys.argv[3:6])
    kernel = matrix(kind, n, bits, seed)
    # At 128 columns the search over decompositions takes minutes; the published figures there are without it too.
    stages, seconds = solve(tool, kernel, 0 if depth == "min" else -1, search_all=n < 128)
    count = Count()
    values = [Value(row, 0, 0) for row in np.eye(n, dtype=np.int64)]
    for k, stage in enumerate(stages):
        values = walk(stage, values, count, is_last=k + 1 == len(stages))
    for j, value in enumerate(values):
        # floats hold these integers exactly
        if not np.array_equal(value.weights * 2.0**value.exponent, kernel[:, j].astype(np.float64)):
            raise SystemExit(f"{tool}: column {j} is not the matrix's")
    print(json.dumps({"adders": count.adders, "adder_bits": count.bits, "depth": max(v.depth for v in values), "negations": count.negations,
                      "cpu_seconds": seconds}))


if __name__ == "__main__":
    main()
