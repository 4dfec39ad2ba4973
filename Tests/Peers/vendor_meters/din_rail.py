"""Meters of smaller vendors on the DIN rail: Orno, Inepro, Finder, DZG. High word first."""
from .model import Link, Model, table
from .registers import A, HZ, KW, KWH, V, VAR, W, WH
from .state import by_phase, make_state


def we516(state, options):
    """Orno OR-WE-516/517: volkszaehler/mbmd meters/rs485/orno3p.go."""
    registers = table(options)
    registers.phases((0x000E, 0x0010, 0x0012), "f32", state.voltages, V, "voltage")
    registers.reading(0x0014, "f32", state.frequency, HZ, "frequency")
    registers.phases((0x0016, 0x0018, 0x001A), "f32", state.currents, A, "current")
    registers.reading(0x001C, "f32", state.power, KW, "power")
    registers.phases((0x001E, 0x0020, 0x0022), "f32", state.powers, KW, "phase_power")
    registers.counter(0x0100, "f32", state.import_energy + state.export_energy, KWH)
    registers.counter(0x0108, "f32", state.import_energy, KWH, "import")
    registers.counters((0x010A, 0x010C, 0x010E), "f32", by_phase(state.import_energy), KWH)
    registers.counter(0x0110, "f32", state.export_energy, KWH, "export")
    registers.counters((0x0112, 0x0114, 0x0116), "f32", by_phase(state.export_energy), KWH)
    if options.unsourced:
        registers.number(0x0000, "u32", state.serial)
    return registers


def pro380(state, options):
    """Inepro PRO380, also WAGO 879-30xx: volkszaehler/mbmd meters/rs485/inepro.go. Energies move in steps of 10 Wh."""
    registers = table(options)
    if options.unsourced:
        registers.number(0x4000, "u32", state.serial)
        for address, word in ((0x4002, 0x0102), (0x4003, options.unit or 1), (0x4004, 9600)):
            registers.number(address, "u16", word)
        registers.number(0x4007, "f32", 2.18)
    registers.phases((0x5002, 0x5004, 0x5006), "f32", state.voltages, V, "voltage")
    registers.reading(0x5008, "f32", state.frequency, HZ, "frequency")
    registers.phases((0x500C, 0x500E, 0x5010), "f32", state.currents, A, "current")
    registers.reading(0x5012, "f32", state.power, KW, "power")
    registers.phases((0x5014, 0x5016, 0x5018), "f32", state.powers, KW, "phase_power")
    step = 10_000
    tariff = state.import_energy * 2 // 3
    registers.counter(0x6000, "f32", state.import_energy + state.export_energy, KWH, step=step)
    registers.counter(0x600C, "f32", state.import_energy, KWH, "import", step=step)
    registers.counters((0x600E, 0x6010), "f32", (tariff, state.import_energy - tariff), KWH, step=step)
    registers.counters((0x6012, 0x6014, 0x6016), "f32", by_phase(state.import_energy), KWH, step=step)
    registers.counter(0x6018, "f32", state.export_energy, KWH, "export", step=step)
    return registers


def finder_7m(state, options):
    """Finder 7M.38: volkszaehler/mbmd meters/rs485/finder7m*.go."""
    registers = table(options)
    registers.phases((0x09C4, 0x09C6, 0x09C8), "f32", state.voltages, V, "voltage")
    registers.phases((0x09D4, 0x09D6, 0x09D8), "f32", state.currents, A, "current")
    # No source names these four; dingo35/SmartEVSE-3.5 reads across them, 20 registers from 09D4.
    registers.fill(range(0x09DA, 0x09E2))
    registers.phases((0x09E2, 0x09E4, 0x09E6), "f32", state.powers, W, "phase_power")
    registers.reading(0x09E8, "f32", state.power, W, "power")
    registers.reading(0x0A18, "f32", state.frequency, HZ, "frequency")
    # dingo35/SmartEVSE-3.5 reads this one; here it is another counter, so that whoever bills from it is seen.
    registers.counter(0x0A4E, "f32", state.import_energy // 9, WH)
    registers.counter(0x0AC0, "f32", state.import_energy, WH, "import")
    registers.counter(0x0AC4, "f32", state.export_energy, WH, "export")
    # The reactive energies of both directions, as mbmd lists them.
    registers.counter(0x0AC2, "f32", state.import_energy // 10, VAR)
    registers.counter(0x0AC6, "f32", state.export_energy // 20, VAR)
    return registers


def dvh4013(state, options):
    """DZG DVH4013/4014: volkszaehler/mbmd meters/rs485/dzg.go. 0014 and 0016 answer exception 2 there, too."""
    registers = table(options)
    registers.reading(0x0000, "u32", max(state.power, 0), W / 10, "power")
    registers.reading(0x0002, "u32", max(-state.power, 0), W / 10, "power_out")
    registers.phases((0x0004, 0x0006, 0x0008), "u32", state.voltages, V / 100, "voltage")
    registers.phases((0x000A, 0x000C, 0x000E), "u32", state.currents, A / 1000, "current")
    # No source gives the scale of the power factor.
    registers.number(0x0010, "u32", int(state.factor * 1000))
    registers.reading(0x0012, "u32", state.frequency, HZ / 1000, "frequency")
    registers.counter(0x4000, "u32", state.import_energy, KWH / 1000, "import")
    registers.counters((0x4020, 0x4040, 0x4060), "u32", by_phase(state.import_energy), KWH / 1000)
    registers.counter(0x4100, "u32", state.export_energy, KWH / 1000, "export")
    registers.counters((0x4120, 0x4140, 0x4160), "u32", by_phase(state.export_energy), KWH / 1000)
    return registers


def dvh_unit(serial):
    """The last two digits of the serial number plus one, read as hexadecimal: …23 has unit 24h (mbmd's README)."""
    return int(str(serial % 100 + 1), 16)


MODELS = (
    # 9600 8E1 and unit 1: mbmd's README and evcc's template.
    Model(
        "we516", "Orno OR-WE-516/517", "volkszaehler/mbmd meters/rs485/orno3p.go", we516, codes=(3,),
        link=Link(9600, "8E1", 1),
    ),
    # 9600 8E1 and unit 1 are from memory of the manual, unverified.
    Model(
        "pro380", "Inepro PRO380", "volkszaehler/mbmd meters/rs485/inepro.go", pro380, codes=(3,),
        link=Link(9600, "8E1", 1),
    ),
    # 19200 8N1 and unit 1 are from memory of the manual, unverified.
    Model(
        "finder-7m", "Finder 7M.24/7M.38", "volkszaehler/mbmd meters/rs485/finder7m*.go", finder_7m, codes=(4,),
        link=Link(19200, "8N1", 1),
    ),
    # 9600 8E1: mbmd's README.
    Model(
        "dvh4013", "DZG DVH4013/4014", "volkszaehler/mbmd meters/rs485/dzg.go", dvh4013, codes=(3,),
        link=Link(9600, "8E1", dvh_unit(make_state("odd").serial)),
    ),
)
