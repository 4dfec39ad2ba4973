"""Siemens PAC and Janitza UMG: panel meters, high word first."""
from .model import Link, Model, table
from .registers import A, HZ, V, VA, VAR, W, WH
from .state import by_phase


def mean(values):
    return sum(values) // len(values)


def pac2200(state, options):
    """volkszaehler/mbmd meters/rs485/pac2200.go; frequency at 0037 as in Tinkerforge/esp32-firmware siemens.py."""
    inputs = table(options)
    inputs.phases((0x0001, 0x0003, 0x0005), "f32", state.voltages, V, "voltage")
    # In between, as Tinkerforge lists them: voltages between the phases, apparent powers.
    inputs.phases((0x0007, 0x0009, 0x000B), "f32", state.line_voltages, V)
    inputs.phases((0x000D, 0x000F, 0x0011), "f32", state.currents, A, "current")
    inputs.phases((0x0013, 0x0015, 0x0017), "f32", state.apparent, VA)
    inputs.phases((0x0019, 0x001B, 0x001D), "f32", state.powers, W, "phase_power")
    inputs.reading(0x0037, "f32", state.frequency, HZ, "frequency")
    inputs.reading(0x003F, "f32", sum(state.apparent), VA)
    inputs.reading(0x0041, "f32", state.power, W, "power")
    inputs.reading(0x0043, "f32", sum(state.reactive), VAR)
    inputs.number(0x0045, "f32", float(state.factor))
    # Tariff 1; all energy goes there.
    inputs.counter(0x0321, "f64", state.import_energy, WH, "import")
    inputs.counter(0x0329, "f64", state.export_energy, WH, "export")
    if options.unsourced:
        inputs.counter(0x0325, "f64", 0, WH)
        inputs.counter(0x032D, "f64", 0, WH)
    return inputs


def pac1600(state, options):
    """OpenEMS/openems MeterSiemensPac1600Impl.java with function 03, evcc's 7KT1665 template with 04."""
    registers = table(options)
    registers.phases((0x0001, 0x0003, 0x0005), "u32", state.voltages, V / 100, "voltage")
    registers.phases((0x0007, 0x0009, 0x000B), "u32", state.currents, A / 10_000, "current")
    registers.phases((0x0013, 0x0015, 0x0017), "s32", state.powers, W / 100, "phase_power")
    # In between, as OpenEMS reads them: voltages between the phases, two mean voltages, a value without a name.
    registers.phases((0x000D, 0x000F, 0x0011), "u32", state.line_voltages, V / 100)
    registers.reading(0x0033, "s32", mean(state.voltages), V / 100)
    registers.reading(0x0035, "s32", mean(state.line_voltages), V / 100)
    registers.fill(range(0x0037, 0x0039))
    registers.reading(0x0031, "s32", state.frequency, HZ / 100, "frequency")
    registers.reading(0x0039, "s32", state.power, W / 100, "power")
    registers.counter(0x1A1F, "u32", state.import_energy, WH, "import")
    registers.counter(0x1A21, "u32", state.export_energy, WH, "export")
    registers.counters((0x1A33, 0x1A47, 0x1A5B), "u32", by_phase(state.import_energy), WH)
    return registers


def umg(state, options):
    """volkszaehler/mbmd meters/rs485/janitza.go with function 03, Tinkerforge/esp32-firmware janitza.py with 04."""
    registers = table(options)
    registers.phases((0x4A38, 0x4A3A, 0x4A3C), "f32", state.voltages, V, "voltage")
    # In between, as Tinkerforge lists them: voltages between the phases, sum of the currents.
    registers.phases((0x4A3E, 0x4A40, 0x4A42), "f32", state.line_voltages, V)
    registers.phases((0x4A44, 0x4A46, 0x4A48), "f32", state.currents, A, "current")
    registers.reading(0x4A4A, "f32", sum(state.currents), A)
    registers.phases((0x4A4C, 0x4A4E, 0x4A50), "f32", state.powers, W, "phase_power")
    registers.reading(0x4A52, "f32", state.power, W, "power")
    registers.reading(0x4A6A, "f32", state.frequency, HZ, "frequency")
    registers.counters((0x4A76, 0x4A78, 0x4A7A), "f32", by_phase(state.import_energy), WH)
    registers.counter(0x4A7C, "f32", state.import_energy, WH, "import")
    registers.counters((0x4A7E, 0x4A80, 0x4A82), "f32", by_phase(state.export_energy), WH)
    registers.counter(0x4A84, "f32", state.export_energy, WH, "export")
    return registers


MODELS = (
    # 19200 8N1 and unit 126 on RS-485, and function 03 for PAC2200, are from memory of the manuals, unverified.
    Model(
        "pac2200", "Siemens PAC2200", "volkszaehler/mbmd meters/rs485/pac2200.go", pac2200, codes=(4,), choices=(3, 4),
        link=Link(19200, "8N1", 126), tcp=True,
    ),
    Model(
        "pac1600", "Siemens PAC1600, 7KT1665/1666", "OpenEMS/openems MeterSiemensPac1600Impl.java", pac1600,
        codes=(3, 4), choices=(3, 4), link=Link(19200, "8N1", 126), tcp=True,
    ),
    Model(
        "umg", "Janitza B2x and UMG 96/103/604", "volkszaehler/mbmd meters/rs485/janitza.go", umg, codes=(3, 4),
        choices=(3, 4), tcp=True,
    ),
)
