"""A mapped pipeline, all vectors at once: each net is a bit vector over the events.

The netlist must be a pipeline without loops in which every cell's inputs belong to the same event: each net gets the clock cycle in which it
carries event 0, and a cell whose inputs differ in it is an error. So the latency is proved, and registers can be treated as wires.
"""
import json

import numpy as np

ONES = np.uint64(0xFFFFFFFFFFFFFFFF)


def bit_columns(data: bytes, bits: int) -> list:
    """Packed words of 32 bits a vector -> for each bit, the vector of that bit over all events, 64 in a word."""
    words = np.frombuffer(data, dtype="<u4").reshape(-1, (bits + 31) // 32)
    columns = []
    for bit in range(bits):
        column = ((words[:, bit // 32] >> np.uint32(bit % 32)) & 1).astype(np.uint8)
        column = np.pad(column, (0, -len(column) % 64))
        columns.append(np.packbits(column, bitorder="little").view("<u8"))
    return columns


def lookup(table: int, inputs: list):
    """The function of a LUT by Shannon's expansion over its last input; 0, 1 or a bit vector."""
    size = 1 << len(inputs)
    table &= (1 << size) - 1
    if table == 0 or table == (1 << size) - 1:
        return int(table != 0)
    half = size // 2
    low, high, pick = table & ((1 << half) - 1), table >> half, inputs[-1]
    if low == high or isinstance(pick, int):
        return lookup(high if isinstance(pick, int) and pick else low, inputs[:-1])
    return mux(pick, lookup(high, inputs[:-1]), lookup(low, inputs[:-1]))


def invert(a):
    return 1 - a if isinstance(a, int) else a ^ ONES


def both(a, b):
    if isinstance(a, int) or isinstance(b, int):
        constant, other = (a, b) if isinstance(a, int) else (b, a)
        return other if constant else 0
    return a & b


def differ(a, b):
    if isinstance(a, int) or isinstance(b, int):
        constant, other = (a, b) if isinstance(a, int) else (b, a)
        return invert(other) if constant else other
    return a ^ b


def mux(pick, high, low):
    return differ(low, both(pick, differ(high, low)))


class Netlist:
    """@param text Yosys' JSON of a flat netlist of Xilinx cells with the ports clk, x, y."""

    def __init__(self, text: str, top: str):
        module = json.loads(text)["modules"][top]
        self.ports = module["ports"]
        self.cells = module["cells"]
        self.value = {"0": 0, "1": 1, "x": 0}
        self.cycle = {}
        self.drivers = {}
        for name, cell in self.cells.items():
            for port, direction in cell["port_directions"].items():
                if direction == "output":
                    for net in cell["connections"].get(port, []):
                        self.drivers[net] = name
        self.constant = ("0", "1", "x")

    def run(self, x: list):
        """@return the bits of y over all events, and the latency in cycles"""
        for net in self.ports["clk"]["bits"]:
            self.value[net], self.cycle[net] = 0, None
        for net, column in zip(self.ports["x"]["bits"], x):
            self.value[net], self.cycle[net] = column, 0
        outputs = self.ports["y"]["bits"]
        for net in outputs:
            self.settle(net)
        cycles = {self.cycle.get(net) for net in outputs} - {None}
        if len(cycles) != 1:
            raise SystemExit(f"outputs of different latency: {cycles}")
        return [self.value[net] for net in outputs], cycles.pop()

    def settle(self, net) -> None:
        stack = [net]
        while stack:
            net = stack[-1]
            if net in self.value:
                stack.pop()
                continue
            cell = self.cells[self.drivers[net]]
            waiting = [n for port, nets in cell["connections"].items() if cell["port_directions"][port] == "input" and port != "C" and port != "CLK"
                       for n in nets if n not in self.value]
            if waiting:
                stack.extend(waiting)
            else:
                self.evaluate(cell)

    def evaluate(self, cell: dict) -> None:
        kind, nets = cell["type"], cell["connections"]
        value = lambda port, i=0: self.value[nets[port][i]]
        inputs = [n for port, list_ in nets.items() if cell["port_directions"][port] == "input" and port not in ("C", "CLK") for n in list_]
        cycles = {self.cycle.get(n) for n in inputs if n not in self.constant} - {None}
        if len(cycles) > 1:
            raise SystemExit(f"a {kind} that mixes events of cycles {sorted(cycles)}")
        cycle = cycles.pop() if cycles else None
        parameters = {name: int(text, 2) for name, text in cell["parameters"].items() if set(text) <= {"0", "1"}}

        def put(port, i, result, later=0):
            if port in nets and i < len(nets[port]):
                self.value[nets[port][i]] = result
                self.cycle[nets[port][i]] = None if cycle is None else cycle + later

        if kind == "LUT6_2":
            six = [value(f"I{i}") for i in range(6)]
            put("O6", 0, lookup(parameters["INIT"], six))
            put("O5", 0, lookup(parameters["INIT"] & 0xFFFFFFFF, six[:5]))
        elif kind.startswith("LUT"):
            put("O", 0, lookup(parameters["INIT"], [value(f"I{i}") for i in range(int(kind[3]))]))
        elif kind == "INV":
            put("O", 0, invert(value("I")))
        elif kind in ("IBUF", "OBUF", "BUFG"):
            put("O", 0, value("I"))
        elif kind in ("CARRY8", "CARRY4"):
            carry = value("CI") if kind == "CARRY8" or nets["CI"][0] != "0" else value("CYINIT")
            for i in range(len(nets["S"])):
                put("O", i, differ(value("S", i), carry))
                carry = mux(value("S", i), carry, value("DI", i))
                put("CO", i, carry)
        elif kind in ("FDRE", "FDSE"):
            if nets["CE"][0] != "1":
                raise SystemExit("a clock enable")
            set_ = kind == "FDSE"
            held = value("S" if set_ else "R")
            put("Q", 0, invert(both(invert(held), invert(value("D")))) if set_ else both(invert(held), value("D")), 1)
        elif kind == "SRL16E":
            put("Q", 0, value("D"), 1 + sum(value(f"A{i}") << i for i in range(4)))
        elif kind in ("MUXF7", "MUXF8"):
            put("O", 0, mux(value("S"), value("I1"), value("I0")))
        else:
            raise SystemExit(f"a cell that is not known: {kind}")


def mismatches(netlist: str, top: str, x: bytes, y: bytes, input_bits: int, output_bits: int) -> dict:
    """Events in which any bit of y differs."""
    actual, latency = Netlist(netlist, top).run(bit_columns(x, input_bits))
    vectors = len(x) // (4 * ((input_bits + 31) // 32))
    wrong = np.zeros((vectors + 63) // 64, dtype=np.uint64)
    for expected, got in zip(bit_columns(y, output_bits), actual):
        wrong |= expected ^ (np.full_like(expected, ONES if got else 0) if isinstance(got, int) else got)
    wrong = np.unpackbits(wrong.view(np.uint8), bitorder="little")[:vectors]
    return {"vectors": vectors, "mismatches": int(wrong.sum()), "latency": latency}
