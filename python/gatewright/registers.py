"""A kernel's registers by name, as PYNQ's register_map shows them."""

from .errors import Error

# UG1399: the fields of an ap_ctrl_hs kernel's first registers.
FIELDS = {
    "CTRL": {"AP_START": 0, "AP_DONE": 1, "AP_IDLE": 2, "AP_READY": 3, "AUTO_RESTART": 7},
    "GIER": {"Enable": 0},
    "IP_IER": {"CHAN0_INT_EN": 0, "CHAN1_INT_EN": 1},
    "IP_ISR": {"CHAN0_INT_ST": 0, "CHAN1_INT_ST": 1},
    "errors": {"READ": 0, "WRITE": 1, "ALIGNMENT": 2},
}


class Register:
    """One register: ``int(reg)``, ``reg[3]``, ``reg[7:4]``, and its fields by name. Every access goes to the card."""

    def __init__(self, ip, name, offset, bits, writable, meaning):
        object.__setattr__(self, "_ip", ip)
        object.__setattr__(self, "_about", (name, offset, bits, writable, meaning))

    name = property(lambda self: self._about[0])
    offset = property(lambda self: self._about[1])
    bits = property(lambda self: self._about[2])
    meaning = property(lambda self: self._about[4])

    def __int__(self):
        value = self._ip.read(self.offset)
        return value | self._ip.read(self.offset + 4) << 32 if self.bits > 32 else value

    __index__ = __int__

    def write(self, value):
        name, offset, bits, writable, _ = self._about
        value = int(value)
        if not writable:
            raise Error(f"the register {name} is read only")
        if not 0 <= value < 1 << bits:
            raise Error(f"{value} does not fit the {bits} bits of the register {name}")
        self._ip.write(offset, value & 0xFFFFFFFF)
        if bits > 32:
            self._ip.write(offset + 4, value >> 32)

    def _range(self, index):
        low, high = (index.stop, index.start) if isinstance(index, slice) else (index, index)
        low, high = 0 if low is None else low, self.bits - 1 if high is None else high
        low, high = min(low, high), max(low, high)
        if low < 0 or high >= self.bits:
            raise Error(f"the register {self.name} has bits 0 to {self.bits - 1}, not {high} down to {low}")
        return low, (1 << (high - low + 1)) - 1

    def __getitem__(self, index):
        low, mask = self._range(index)
        return int(self) >> low & mask

    def __setitem__(self, index, value):
        low, mask = self._range(index)
        if not 0 <= int(value) <= mask:
            raise Error(f"{value} does not fit these bits of the register {self.name}")
        self.write(int(self) & ~(mask << low) | int(value) << low)

    def __getattr__(self, field):
        bit = FIELDS.get(self.name, {}).get(field)
        if bit is None:
            raise AttributeError(f"the register {self.name} has no field {field}; it has {list(FIELDS.get(self.name, {}))}")
        return self[bit]

    def __setattr__(self, field, value):
        bit = FIELDS.get(self.name, {}).get(field)
        if bit is None:
            raise AttributeError(f"the register {self.name} has no field {field}; it has {list(FIELDS.get(self.name, {}))}")
        # CTRL and IP_ISR act on what is written (start, toggle): the other bits must be zeros, not what was read.
        self.write(int(value) << bit if self.name in ("CTRL", "IP_ISR") else int(self) & ~(1 << bit) | int(value) << bit)

    def __repr__(self):
        value = int(self)
        fields = ", ".join(f"{name}={value >> bit & 1}" for name, bit in FIELDS.get(self.name, {}).items())
        return f"Register({fields})" if fields else f"Register(value={value:#x})"


class RegisterMap:
    """``ip.register_map.NAME`` reads as a Register, and is written by assignment."""

    def __init__(self, ip, registers):
        object.__setattr__(self, "_registers", {entry[0]: Register(ip, *entry) for entry in registers})

    def __getattr__(self, name):
        try:
            return self._registers[name]
        except KeyError:
            raise AttributeError(f"there is no register {name}; there are {list(self._registers)}") from None

    def __setattr__(self, name, value):
        getattr(self, name).write(value)

    def __dir__(self):
        return list(self._registers)

    def __repr__(self):
        return "RegisterMap {\n" + "".join(f"  {name} = {register!r}\n" for name, register in self._registers.items()) + "}"
