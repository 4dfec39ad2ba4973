"""A table of registers with exact content: how a meter encodes a quantity, and what a reader must make of it.

Quantities are integers in thousandths (mV, mA, mW, mHz, mWh). A unit is the number of thousandths that one count of a
register stands for, as a fraction, so that no decimal place passes through a binary float except in registers that
are binary floats themselves.
"""
import math
import struct
from dataclasses import dataclass
from fractions import Fraction

V = A = W = HZ = WH = VA = VAR = Fraction(1_000)
KW = KWH = Fraction(1_000_000)

# Format letters of struct, high byte and high word first; acc32 is SunSpec's accumulator.
KINDS = {
    "u16": "H", "s16": "h", "u32": "I", "s32": "i", "acc32": "I", "u64": "Q", "s64": "q", "f32": "f", "f64": "d",
}


def nearest(value):
    """The nearest integer of a fraction; halves go away from zero."""
    whole = math.floor(abs(value) + Fraction(1, 2))
    return -whole if value < 0 else whole


def pack(kind, raw):
    """The registers of a number, high word first."""
    data = struct.pack(">" + KINDS[kind], raw)
    return list(struct.unpack(f">{len(data) // 2}H", data))


def unpack(kind, words):
    """The exact number in registers that lie high word first."""
    (raw,) = struct.unpack(">" + KINDS[kind], struct.pack(f">{len(words)}H", *words))
    return Fraction(raw)


@dataclass(frozen=True)
class Entry:
    """One value of the table. `kind` is empty for a text; `scale_at` is the address of a decimal exponent."""

    kind: str
    words: list
    unit: Fraction
    tag: str
    scale_at: int | None


class Table:
    """The registers behind one function code; what is not here answers exception 2.

    `tag` names what a value means to a reader: import, export, voltage, current, power, power_out, phase_power,
    frequency, serial.
    """

    def __init__(self, unsourced=False):
        self.entries = {}
        self.taken = set()
        # Registers that answer otherwise when they are read alone.
        self.alone = {}
        # Also the registers that no source within reach confirms.
        self.unsourced = unsourced

    def add(self, address, kind, words, unit=Fraction(1), tag="", scale_at=None):
        occupied = range(address, address + len(words))
        assert self.taken.isdisjoint(occupied), f"{address:04X} overlaps another value"
        self.taken.update(occupied)
        self.entries[address] = Entry(kind, words, unit, tag, scale_at)

    def number(self, address, kind, raw, tag=""):
        """A number as it is: a code, a version, a serial number."""
        self.add(address, kind, pack(kind, raw), tag=tag)

    def text(self, address, registers, string, tag=""):
        """ASCII, two characters a register, filled up with NUL."""
        data = string.encode("ascii")
        assert len(data) <= 2 * registers, f"{string!r} does not fit {registers} registers"
        self.add(address, "", list(struct.unpack(f">{registers}H", data.ljust(2 * registers, b"\0"))), tag=tag)

    def reading(self, address, kind, value, unit, tag="", scale_at=None):
        """A measured value, rounded to the register's resolution."""
        raw = value / (unit * self._scale(scale_at))
        words = pack(kind, float(raw) if kind in ("f32", "f64") else nearest(raw))
        self.add(address, kind, words, unit, tag, scale_at)

    def counter(self, address, kind, value, unit, tag="", scale_at=None, step=None):
        """An energy: an integer register counts completed units; `step` is the resolution of a float one, in mWh."""
        if step:
            value = value // step * step
        raw = value / (unit * self._scale(scale_at))
        if kind == "acc32":
            raw = math.floor(raw) % 2**32
        words = pack(kind, float(raw) if kind in ("f32", "f64") else math.floor(raw))
        self.add(address, kind, words, unit, tag, scale_at)

    def phases(self, addresses, kind, values, unit, tag="", scale_at=None):
        """Measured values of the phases in order."""
        for address, value in zip(addresses, values, strict=True):
            self.reading(address, kind, value, unit, tag, scale_at)

    def counters(self, addresses, kind, values, unit, scale_at=None, step=None):
        """Energies of the phases in order."""
        for address, value in zip(addresses, values, strict=True):
            self.counter(address, kind, value, unit, scale_at=scale_at, step=step)

    def fill(self, addresses):
        """Zero in those of these registers that have no content yet."""
        for address in sorted(set(addresses) - self.taken):
            self.number(address, "u16", 0)

    def words(self, order):
        """The content by address. `order` is be or lsw and holds for every number of more than one register."""
        content = {}
        for address, entry in self.entries.items():
            words = entry.words[::-1] if entry.kind and order == "lsw" else entry.words
            content.update(enumerate(words, address))
        return content

    def decoded(self, tag):
        """What the registers of a tag say, in the order in which they were added, each as whole thousandths."""
        found = []
        for entry in self.entries.values():
            if entry.tag == tag:
                found.append(nearest(unpack(entry.kind, entry.words) * entry.unit * self._scale(entry.scale_at)))
        return found

    def identification(self):
        """The serial number as it is printed; empty where there is none."""
        for entry in self.entries.values():
            if entry.tag == "serial":
                if entry.kind:
                    return str(int(unpack(entry.kind, entry.words)))
                return struct.pack(f">{len(entry.words)}H", *entry.words).rstrip(b"\0").decode("ascii")
        return ""

    def _scale(self, scale_at):
        if scale_at is None:
            return Fraction(1)
        return Fraction(10) ** int(unpack("s16", self.entries[scale_at].words))
