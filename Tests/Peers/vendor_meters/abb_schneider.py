"""ABB B21/B23/B24 and Schneider iEM3000: holding registers, high word first."""
from .model import Link, Model, table
from .registers import A, HZ, KW, KWH, V, W, WH
from .state import by_phase


def abb_b23(state, options):
    """volkszaehler/mbmd meters/rs485/abb.go; identification from victronenergy/dbus-modbus-client abb.py."""
    registers = table(options)
    registers.counter(0x5000, "u64", state.import_energy, KWH / 100, "import")
    registers.counter(0x5004, "u64", state.export_energy, KWH / 100, "export")
    registers.counters((0x5460, 0x5464, 0x5468), "u64", by_phase(state.import_energy), KWH / 100)
    registers.counters((0x546C, 0x5470, 0x5474), "u64", by_phase(state.export_energy), KWH / 100)
    registers.phases((0x5B00, 0x5B02, 0x5B04), "u32", state.voltages, V / 10, "voltage")
    registers.phases((0x5B0C, 0x5B0E, 0x5B10), "u32", state.currents, A / 100, "current")
    registers.reading(0x5B14, "s32", state.power, W / 100, "power")
    registers.phases((0x5B16, 0x5B18, 0x5B1A), "s32", state.powers, W / 100, "phase_power")
    # No source names this one; dingo35/SmartEVSE-3.5 reads across it, 16 registers from 5B0C.
    registers.fill(range(0x5B12, 0x5B14))
    registers.reading(0x5B2C, "u16", state.frequency, HZ / 100, "frequency")
    for index, factor in enumerate((state.factor, *state.factors)):
        registers.number(0x5B3A + index, "s16", int(factor * 1000))
    registers.number(0x8900, "u32", state.serial, tag="serial")
    registers.text(0x8908, 8, "B1.23.4")
    registers.text(0x8960, 2, "B23 ")
    return registers


def iem3155(state, options):
    """volkszaehler/mbmd meters/rs485/iem3000.go and htvekov/iem3155_esphome."""
    registers = table(options)
    registers.text(0x001D, 20, "Energy meter")
    registers.text(0x0031, 20, "iEM3155")
    registers.text(0x0045, 20, "Schneider Electric")
    registers.number(0x0081, "u32", state.serial, tag="serial")
    for index, word in enumerate((2023, 0x0511, 0x0A1E, 0)):
        registers.number(0x0083 + index, "u16", word)
    registers.phases((0x0BB7, 0x0BB9, 0x0BBB), "f32", state.currents, A, "current")
    registers.phases((0x0BD3, 0x0BD5, 0x0BD7), "f32", state.voltages, V, "voltage")
    registers.phases((0x0BED, 0x0BEF, 0x0BF1), "f32", state.powers, KW, "phase_power")
    registers.reading(0x0BF3, "f32", state.power, KW, "power")
    registers.reading(0x0C25, "f32", state.frequency, HZ, "frequency")
    registers.counter(0x0C83, "s64", state.import_energy, WH, "import")
    registers.counter(0x0C87, "s64", state.export_energy, WH, "export")
    registers.counters((0x0DBD, 0x0DC1, 0x0DC5), "s64", by_phase(state.import_energy), WH)
    # The float copies: kWh in both projects above, though not undisputed.
    registers.counter(0xB02B, "f32", state.import_energy, KWH)
    registers.counter(0xB02D, "f32", state.export_energy, KWH)
    # What is not measured reads as NaN; jacobstim/wattmonitor reads across it, from 0x0BB7 to 0x0C26 in one request.
    for address in range(0x0BB7, 0x0C27, 2):
        if registers.taken.isdisjoint((address, address + 1)):
            registers.number(address, "u32", 0xFFC0_0000)
    return registers


MODELS = (
    # 9600 8E1 and unit 1 are from memory of the manual, unverified; it may as well be 19200.
    Model(
        "abb-b23", "ABB B23", "volkszaehler/mbmd meters/rs485/abb.go", abb_b23, codes=(3,), link=Link(9600, "8E1", 1)
    ),
    # 19200 8E1 and unit 1: htvekov/iem3155_esphome.
    Model(
        "iem3155", "Schneider iEM3155", "volkszaehler/mbmd meters/rs485/iem3000.go", iem3155, codes=(3,),
        link=Link(19200, "8E1", 1),
    ),
)
