"""SunSpec meters: a chain of models behind "SunS", each with its number and length, up to model FFFF.

sunspec/models json/model_1.json, model_203.json and model_213.json. Offsets count from the register with the model's
number. Every register inside a model's length exists.
"""
from fractions import Fraction

from .model import Model, table
from .registers import A, HZ, V, VA, VAR, W, WH
from .state import by_phase

BASE = 40_000
COMMON_LENGTH = 66
INTEGER_METER, INTEGER_LENGTH = 203, 105
FLOAT_METER, FLOAT_LENGTH = 213, 124
PERCENT = Fraction(10)


def header(registers, at, model, length):
    """Number and length of a model; gives the address behind it."""
    registers.number(at, "u16", model)
    registers.number(at + 1, "u16", length)
    return at + 2 + length


def start(registers, base):
    registers.text(base, 2, "SunS")
    return base + 2


def end(registers, at):
    registers.number(at, "u16", 0xFFFF)
    registers.number(at + 1, "u16", 0)


def common(registers, at, texts, serial, unit):
    """Model 1. `texts` are manufacturer, model, options and version."""
    for offset, length, string in zip((2, 18, 34, 42), (16, 16, 8, 8), texts, strict=True):
        registers.text(at + offset, length, string)
    registers.text(at + 50, 16, serial, "serial")
    registers.number(at + 66, "u16", unit)
    registers.number(at + 67, "u16", 0x8000)
    return header(registers, at, 1, COMMON_LENGTH)


def total_and_phases(values):
    return (sum(values), *values)


def mean_and_phases(values):
    return (sum(values) // len(values), *values)


def accumulated(state):
    """Offset in model 203, offset in model 213, energy, unit and tag of each group of total, A, B and C."""
    imported, exported = state.import_energy, state.export_energy
    return (
        (38, 60, exported, WH, "export"),
        (46, 68, imported, WH, "import"),
        (55, 76, exported * 21 // 20, VA, ""),
        (63, 84, imported * 21 // 20, VA, ""),
        (72, 92, imported // 10, VAR, ""),
        (80, 100, imported // 50, VAR, ""),
        (88, 108, exported // 20, VAR, ""),
        (96, 116, exported // 40, VAR, ""),
    )


def integer_meter(registers, at, state, exponents):
    """Model 203. `exponents` are those of A, V, Hz, W and Wh; apparent and reactive values go with W and Wh."""
    current, voltage, frequency, power, energy = exponents
    scales = {6: current, 15: voltage, 17: frequency, 22: power, 27: power, 32: power, 37: -1, 54: energy, 71: energy}
    for offset, exponent in (scales | {104: energy}).items():
        registers.number(at + offset, "s16", exponent)

    def group(offset, values, unit, scale, tags):
        for index, value in enumerate(values):
            tag = tags[0] if index == 0 else tags[1]
            registers.reading(at + offset + index, "s16", value, unit, tag, scale_at=at + scale)

    group(2, total_and_phases(state.currents), A, 6, ("", "current"))
    group(7, mean_and_phases(state.voltages), V, 15, ("", "voltage"))
    group(11, mean_and_phases(state.line_voltages), V, 15, ("", ""))
    group(16, (state.frequency,), HZ, 17, ("frequency", ""))
    group(18, total_and_phases(state.powers), W, 22, ("power", "phase_power"))
    group(23, total_and_phases(state.apparent), VA, 27, ("", ""))
    group(28, total_and_phases(state.reactive), VAR, 32, ("", ""))
    group(33, [factor * 1000 for factor in (state.factor, *state.factors)], PERCENT, 37, ("", ""))
    for offset, _, total, unit, tag in accumulated(state):
        scale = at + (54 if offset < 55 else 71 if offset < 72 else 104)
        registers.counter(at + offset, "acc32", total, unit, tag, scale_at=scale)
        addresses = [at + offset + step for step in (2, 4, 6)]
        registers.counters(addresses, "acc32", by_phase(total), unit, scale_at=scale)
    registers.number(at + 105, "u32", 0)
    return header(registers, at, INTEGER_METER, INTEGER_LENGTH)


def float_meter(registers, at, state):
    """Model 213."""

    def group(offset, values, unit, tags):
        for index, value in enumerate(values):
            tag = tags[0] if index == 0 else tags[1]
            registers.reading(at + offset + 2 * index, "f32", value, unit, tag)

    group(2, total_and_phases(state.currents), A, ("", "current"))
    group(10, mean_and_phases(state.voltages), V, ("", "voltage"))
    group(18, mean_and_phases(state.line_voltages), V, ("", ""))
    group(26, (state.frequency,), HZ, ("frequency", ""))
    group(28, total_and_phases(state.powers), W, ("power", "phase_power"))
    group(36, total_and_phases(state.apparent), VA, ("", ""))
    group(44, total_and_phases(state.reactive), VAR, ("", ""))
    group(52, (state.factor, *state.factors), Fraction(1), ("", ""))
    for _, offset, total, unit, tag in accumulated(state):
        registers.counter(at + offset, "f32", total, unit, tag)
        registers.counters([at + offset + step for step in (2, 4, 6)], "f32", by_phase(total), unit)
    registers.number(at + 124, "u32", 0)
    return header(registers, at, FLOAT_METER, FLOAT_LENGTH)


def chain(state, options):
    """A table with "SunS" and model 1, and the address behind them."""
    registers = table(options)
    at = start(registers, BASE if options.base is None else options.base)
    texts = ("Peer Instruments", "SunSpec meter", "", "1.2.3")
    return registers, common(registers, at, texts, state.text, options.unit or 1)


def sunspec_203(state, options):
    registers, at = chain(state, options)
    # A vendor's own model of odd length: whoever does not walk the chain misses the meter behind it.
    stranger = at
    at = header(registers, at, 65_000, 7)
    for offset in range(7):
        registers.number(stranger + 2 + offset, "u16", 203 + offset)
    at = integer_meter(registers, at, state, exponents=(-2, -1, -2, 1, -1))
    end(registers, at)
    return registers


def sunspec_213(state, options):
    registers, at = chain(state, options)
    end(registers, float_meter(registers, at, state))
    return registers


MODELS = (
    Model(
        "sunspec-203", "SunSpec model 203 (integers with scale factors)", "sunspec/models json/model_203.json",
        sunspec_203, codes=(3,), tcp=True,
    ),
    Model(
        "sunspec-213", "SunSpec model 213 (binary32)", "sunspec/models json/model_213.json", sunspec_213, codes=(3,),
        tcp=True,
    ),
)
